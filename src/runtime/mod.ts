/**
 * The port to the runtime: byte streams, listeners, and the little of the host that genkan uses.
 * `deno.ts` and `bun.ts` implement it natively, `memory.ts` in memory for tests. Everything above
 * this folder is written against these interfaces and runs on all three.
 *
 * @module
 */

export { isIpAddress, isUnixPath, showAddress } from "./address.ts";

/** An IP address or host name, and a TCP port; or the path of a unix socket. */
export interface SocketAddress {
  /** `127.0.0.1`, `::1` (without brackets), a name, or a path that begins with `/`. */
  readonly host: string;
  /** 0 to 65535; 0 asks a listener for any free port. With a unix socket always 0. */
  readonly port: number;
}

/** A version of TLS, as Envoy's files and OpenSSL print it. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** What a finished handshake settled. A field is null where the runtime cannot tell. */
export interface TlsInfo {
  /** The application protocol agreed upon (RFC 7301), null when there was none. */
  readonly alpn: string | null;
  /** The name the client asked for (SNI, RFC 6066 §3), lower case. */
  readonly serverName: string | null;
  /** `TLSv1.3` and so on. */
  readonly version: string | null;
  /** The cipher suite's name as the runtime spells it. */
  readonly cipher: string | null;
  /**
   * The other end's certificate and what leads from it to its authority, as far as the runtime knows
   * it: DER, leaf first. Empty when there was none. On a listener's connection they were verified,
   * on a dialled one as `verify` says.
   */
  readonly peerCertificates: readonly Uint8Array[];
}

/**
 * Whom `Conn.receive` tells what came. Each is called as a function, and so has to be bound: once for
 * all reads.
 */
export interface Receiver {
  /** Room for at least one byte, asked for where the runtime wants to be told where to write. */
  readonly space: () => Uint8Array;
  /** So many bytes were written to the start of `space()`; null for the end of the stream. */
  readonly filled: (count: number | null) => void;
  /** Bytes came where the runtime had put them, at least one. They are the receiver's to keep. */
  readonly given: (bytes: Uint8Array) => void;
  /** What `read` would have rejected with. */
  readonly failed: (error: unknown) => void;
}

/**
 * A byte stream in both directions, plain or TLS.
 *
 * At most one `read` and one `write` are under way at a time; a read and a write may overlap.
 * Every failure is a `ConnError`.
 */
export interface Conn {
  /** Our end. */
  readonly local: SocketAddress;
  /** The other end. A client of a unix socket has no address: both ends have the socket's. */
  readonly remote: SocketAddress;
  /**
   * Completes the TLS handshake; null on a plain connection, the same answer when called again.
   * Has no deadline of its own: close the connection to end it. Reading and writing wait for it.
   * Fails with `tls`, `reset`, `closed`, or `unexpected_eof` when the other end leaves half-way.
   */
  handshake(): Promise<TlsInfo | null>;
  /**
   * Fills `buffer`, which is not empty, from its start with at least one byte and gives the count;
   * null at the end of the stream, and again at each call after it. A TLS stream that was cut
   * without close_notify rejects with `unexpected_eof` where the runtime can tell, and otherwise
   * ends with null: so far neither Deno's `node:tls` nor Bun can.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * As `read`, told by a call: of what it gives, or of what it rejects with; neither before this
   * returns. For whoever reads again and again: promises and copies are most of what a read costs.
   * Gives a promise that resolves behind the call where there is one anyway, and else null.
   */
  receive(receiver: Receiver): Promise<void> | null;
  /**
   * Takes at least one byte of `bytes` and gives the count, which may be less than its length: at
   * once where the system took them at once, else as a promise. The array is the caller's again then.
   */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Ends our direction (FIN; on TLS close_notify first). Reading goes on. */
  closeWrite(): Promise<void>;
  /**
   * Ends both directions at once and lets go of the socket; a pending call rejects with `closed`, and
   * so does every later one. What `write` had taken still arrives, and close_notify after it, unless
   * bytes of the other end's were left unread: then TCP answers with a reset (RFC 9293 §3.10.4).
   */
  close(): void;
}

/**
 * A connection of which nothing was made yet: what an inspecting listener accepts. It is a plain one
 * until `startTls`.
 */
export interface AcceptedConn extends Conn {
  /**
   * Shows `judge` all that has come, with each piece anew, until it gives something else than null,
   * which is the answer. Takes nothing away, and may be called again. `judge` bounds what is gathered:
   * it has to make up its mind at some size. What it throws is what `peek` fails with. Only before
   * the first read, write or `startTls`. Fails as `read` does, and with `unexpected_eof` when the
   * stream ends without a verdict.
   */
  peek<Verdict>(judge: (bytes: Uint8Array) => Verdict | null): Promise<Verdict>;
  /** Takes away the first `count` bytes of what `peek` has shown, such as a PROXY protocol header. */
  skip(count: number): void;
  /**
   * Terminates TLS from here on; bytes that were only shown are part of it. Reads and writes are the
   * plain text's then, and wait for the handshake, whose outcome this and `handshake` give. To be
   * called once, before the first read or write. Fails as `handshake` does; a client's certificate
   * that is missing or can't be verified is `tls`, with the reason.
   */
  startTls(tls: ServerTls): Promise<TlsInfo>;
}

/** Writes all of `bytes`. */
export async function writeAll(conn: Pick<Conn, "write">, bytes: Uint8Array): Promise<void> {
  let written = await conn.write(bytes);
  while (written < bytes.length) written += await conn.write(bytes.subarray(written));
}

/** How a listener terminates TLS. */
export interface ListenTls {
  /** The leaf and its intermediates, PEM. */
  readonly certChain: string;
  /** The leaf's key, PEM (PKCS#8, PKCS#1 or SEC1). */
  readonly privateKey: string;
  /**
   * Protocols offered, in order of preference; empty offers none. A client that offers others only
   * is refused with `tls` (RFC 7301 §3.2).
   */
  readonly alpn: readonly string[];
  /** The lowest version; null for the runtime's (TLS 1.2). */
  readonly minVersion: TlsVersion | null;
  /** The highest version; null for the runtime's (TLS 1.3). */
  readonly maxVersion: TlsVersion | null;
}

/**
 * How TLS is terminated on one connection. What is made of it, sessions for resumption included, is
 * kept as long as the object is and never shared with another one: a certificate or an authority is
 * changed by handing over a new object.
 */
export interface ServerTls {
  /** The leaf and its intermediates, PEM. */
  readonly certChain: string;
  /** The leaf's key, PEM (PKCS#8, PKCS#1 or SEC1). */
  readonly privateKey: string;
  /** Protocols offered, in order of preference, as in `ListenTls`. */
  readonly alpn: readonly string[];
  /** The lowest version; null for the runtime's (TLS 1.2). */
  readonly minVersion: TlsVersion | null;
  /** The highest version; null for the runtime's (TLS 1.3). */
  readonly maxVersion: TlsVersion | null;
  /**
   * Suites of TLS 1.2 by OpenSSL's names; empty for the runtime's. Refused with `tls` where the
   * runtime doesn't keep to them (`TlsSupport`).
   */
  readonly ciphers: readonly string[];
  /** Asks the client for a certificate; null doesn't. */
  readonly clientCertificate: ClientVerification | null;
}

/** Which certificates of clients are accepted. One that is sent must be good, required or not. */
export interface ClientVerification {
  /** The authorities, PEM. */
  readonly ca: string;
  /** Refuses clients without a certificate, with the reason `client_certificate_required`. */
  readonly required: boolean;
  /**
   * Certificates that were revoked (RFC 5280 §5), PEM; null for none. Refused with `tls` where the
   * runtime doesn't look at it (`TlsSupport`).
   */
  readonly crl: string | null;
}

/** What a runtime's TLS can do. What it can't is refused, never left out. */
export interface TlsSupport {
  /** Looks at `ClientVerification.crl`. */
  readonly crl: boolean;
  /** Keeps to `ServerTls.ciphers` and `ConnectTls.ciphers`. */
  readonly ciphers: boolean;
}

/** How to listen. */
export interface ListenOptions {
  /** Terminates TLS; absent or null for plain TCP. */
  readonly tls?: ListenTls | null;
  /** Gives connections before anything is made of them, as `AcceptedConn`. Not with `tls`. */
  readonly inspect?: boolean;
  /** Lets several listeners share the port (SO_REUSEPORT). */
  readonly reusePort?: boolean;
}

/** A bound port or unix socket. */
export interface Listener<Accepted extends Conn = Conn> {
  /** Where it is bound, with the port that was given out. */
  readonly address: SocketAddress;
  /**
   * The next connection, before its handshake; null once the listener was closed. Fails with `other`
   * when the process has run out of descriptors, again about once a second for as long as that lasts.
   * The connection then waits, and so should the caller; on Bun it is closed.
   */
  accept(): Promise<Accepted | null>;
  /** Stops accepting, and removes a unix socket's file. Accepted connections live on. */
  close(): void;
}

/** How a connection originates TLS. What is made of it is kept as long as the object is. */
export interface ConnectTls {
  /**
   * The name sent as SNI and, with `verify: "full"`, looked for in the certificate. Null sends no
   * SNI; `full` then checks against the address that was dialled. An IP address is checked and
   * never sent (RFC 6066 §3).
   */
  readonly serverName: string | null;
  /** With `full`, the name or address looked for instead; absent or null for `serverName`. */
  readonly verifyName?: string | null;
  /** `full`: chain and name. `chain`: chain only. `none`: nothing. */
  readonly verify: "full" | "chain" | "none";
  /** Trusted certificates, PEM, in place of all others; null for the runtime's roots (Mozilla's). */
  readonly ca: string | null;
  /** Protocols offered; empty offers none. */
  readonly alpn: readonly string[];
  /** The lowest version; null for the runtime's. */
  readonly minVersion: TlsVersion | null;
  /** The highest version; null for the runtime's. */
  readonly maxVersion: TlsVersion | null;
  /** Our certificate, leaf first, and its key, PEM, for who asks; absent or null for none. */
  readonly certificate?: { readonly certChain: string; readonly privateKey: string } | null;
  /** As `ServerTls.ciphers`; absent is as empty. */
  readonly ciphers?: readonly string[];
}

/** How to connect. */
export interface ConnectOptions {
  /** Milliseconds for the whole of it, the TLS handshake included; then `timeout`. */
  readonly timeoutMs: number;
  /** Originates TLS; absent or null for plain TCP. */
  readonly tls?: ConnectTls | null;
  /** Is sent before all else, in the clear: a PROXY protocol header. */
  readonly prefix?: Uint8Array;
}

/** A running HTTP service of the runtime's own. */
export interface HttpService {
  /** Where it is bound, with the port that was given out. */
  readonly address: SocketAddress;
  /** Stops accepting and resolves when what ran has ended. */
  close(): Promise<void>;
}

/** The network. */
export interface Network {
  /**
   * Binds. The file of a unix socket that nobody answers on any more is replaced. Fails with
   * `address_in_use`, `address_not_available`, `permission`, `tls`, or `other`.
   */
  listen(
    address: SocketAddress,
    options: ListenOptions & { readonly inspect: true },
  ): Promise<Listener<AcceptedConn>>;
  /** The same, for connections that are not looked at. */
  listen(address: SocketAddress, options?: ListenOptions): Promise<Listener>;
  /** Dials, and finishes the handshake. Fails with any `ConnErrorCode`. */
  connect(address: SocketAddress, options: ConnectOptions): Promise<Conn>;
  /**
   * Serves plain HTTP with the runtime's own server: for the admin, never for the data path.
   * Fails as `listen` does.
   */
  serveHttp(
    address: SocketAddress,
    handler: (request: Request) => Response | Promise<Response>,
  ): Promise<HttpService>;
  /**
   * The IP addresses of a name, of both families, in the resolver's order. An IP address is its own;
   * localhost and the names below it are always the loopback of both families (RFC 6761 §6.3).
   * Fails with `dns`.
   */
  resolve(name: string): Promise<string[]>;
}

/** A signal that genkan answers to. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/**
 * A way to talk to another thread of the process. What can be said is what structured cloning
 * carries: plain data, and shared memory, which then belongs to both.
 */
export interface Channel {
  /** Sends a message. */
  post(message: unknown): void;
  /** Calls `handler` for each message, in order. To be called once, before any can have come. */
  onMessage(handler: (message: unknown) => void): void;
}

/** A thread, seen by the one that has started it. */
export interface Thread extends Channel {
  /**
   * Resolves when the thread has ended by itself, with why, and where where that is known; on purpose,
   * with `terminate`, with null. Its sockets are closed some milliseconds later.
   */
  readonly ended: Promise<string | null>;
  /** Ends it at once; see `Runtime.endsBusyThreads`. */
  terminate(): void;
}

/** What a thread may do beside using the network, where the runtime can hold it to that (Deno). */
export interface ThreadRights {
  /** The unix sockets that it may bind and dial. */
  readonly unixPaths: readonly string[];
}

/** What genkan uses of its host, besides the network. */
export interface Host {
  /** The command line without the program's own name. */
  readonly args: readonly string[];
  /** This process. */
  readonly pid: number;
  /** How many processors there are for it, 1 at least. */
  readonly processors: number;
  /** In a thread that `startThread` has started, the way to who did; null in the first one. */
  readonly control: Channel | null;
  /** Starts a thread of the program, whose `control` leads here. */
  startThread(rights: ThreadRights): Thread;
  /** From now on this thread, and each that it starts, writes no file where the runtime can forbid it. */
  forgoWriting(): void;
  /** An environment variable; undefined when unset, or when reading it isn't permitted. */
  env(name: string): string | undefined;
  /** The whole file. Fails with a `FileError`. */
  readFile(path: string): Promise<Uint8Array>;
  /** The names of what is in a folder, in no order. Fails with a `FileError`. */
  readFolder(path: string): Promise<string[]>;
  /** What a symbolic link says. Fails with a `FileError`. */
  readLink(path: string): Promise<string>;
  /** The path of genkan's own executable; null where a runtime runs its sources, or can't tell. */
  executable(): string | null;
  /**
   * Writes the file whole, making the folders above it (0700). It appears with its final mode
   * (such as 0o600) from the first byte on. `createNew` fails with `exists` instead of replacing.
   * Fails with a `FileError`.
   */
  writeFile(
    path: string,
    bytes: Uint8Array,
    options: { mode: number; createNew?: boolean },
  ): Promise<void>;
  /** Deletes a file. Fails with a `FileError`. */
  removeFile(path: string): Promise<void>;
  /** Writes all of the text. A closed pipe is not an error: what can't be written is dropped. */
  write(stream: "stdout" | "stderr", text: string): Promise<void>;
  /** True when the stream is a terminal. */
  isTerminal(stream: "stdout" | "stderr"): boolean;
  /** Calls `handler` for each such signal from now on, in place of the default action. */
  onSignal(signal: Signal, handler: () => void): void;
  /**
   * Sends one datagram to a service manager's unix socket, a path or an abstract name after `@`
   * (sd_notify(3)). `message` is lines of `NAME=value`, without a newline at the end. Deno needs the
   * right to write to a path, Bun systemd's helper `systemd-notify`. Fails with a `ConnError`.
   */
  notify(socket: string, message: string): Promise<void>;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** A runtime: its name, its network, its host. */
export interface Runtime extends Network, Host {
  /** `deno` or `bun`. */
  readonly name: string;
  /** The runtime's version, such as `2.9.6`. */
  readonly version: string;
  /** What its TLS can do. */
  readonly supports: TlsSupport;
  /** Whether the kernel shares the connections to a port among the listeners that share it. */
  readonly sharesPorts: boolean;
  /** Whether a thread can be ended that is caught in a loop. Deno waits until it comes out of it. */
  readonly endsBusyThreads: boolean;
  /** Whether a thread is held to the `ThreadRights` that it was started with. */
  readonly limitsThreads: boolean;
}

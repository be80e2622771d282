/**
 * The part of Bun's API that the adapter uses, as types. Bun's own type package declares globals
 * that clash with Deno's, and only one file may use them anyway.
 *
 * @module
 */

import type { NodeCertificate } from "./peer_certificates.ts";

/** A TCP or TLS socket. `data` is ours. */
export interface BunSocket<Data> {
  /** What the handlers find their connection by. */
  data: Data;
  /** Our end. */
  readonly localAddress: string;
  /** Our end's port. */
  readonly localPort: number;
  /** The other end; undefined once the connection was reset. */
  readonly remoteAddress?: string;
  /** The other end's port; undefined once the connection was reset. */
  readonly remotePort?: number;
  /** The protocol agreed upon; false when there is none. */
  readonly alpnProtocol: string | false | null;
  /** The count taken, 0 when full, -1 when the socket is gone. */
  write(bytes: Uint8Array): number;
  /** Stops reading. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Ends our direction, on TLS with close_notify. */
  shutdown(): void;
  /** Closes once what was taken is sent; on TLS without close_notify. */
  close(): void;
  /** Closes at once with a reset. */
  terminate(): void;
  /** Closes after that many seconds without traffic. */
  timeout(seconds: number): void;
  /** Turns Nagle's algorithm off. */
  setNoDelay(noDelay: boolean): boolean;
  /**
   * Terminates TLS from here on. `initialData` is what was read of it already: Bun's own `node:tls`
   * relies on it, its types leave it out. Gives the socket below, whose callbacks see what is
   * encrypted, and the TLS socket, which has `data`.
   */
  upgradeTLS<Inner>(options: {
    data: Inner;
    isServer: true;
    tls: BunServerTls;
    initialData: Uint8Array | undefined;
    socket: BunSocketHandler<Inner>;
  }): readonly [below: unknown, socket: BunSocket<Inner>];
  /** Whether the handshake resumed an earlier session. */
  isSessionReused(): boolean;
  /** The name the client asked for. */
  getServername(): string | undefined;
  /** `TLSv1.3` and so on. */
  getTLSVersion(): string;
  /** The other end's certificate, as `node:tls` describes it; with its issuers' unless `abbreviated`. */
  getPeerCertificate(abbreviated: boolean): NodeCertificate | null;
  /** The cipher suite; its name is null before the handshake has ended well. */
  getCipher(): { name: string | null } | undefined;
}

/** The callbacks of a socket. */
export interface BunSocketHandler<Data> {
  /** `uint8array` gives `data` plain arrays, which are cheaper than Buffers. */
  readonly binaryType: "uint8array";
  /** Connected; on TLS before the handshake. */
  open(socket: BunSocket<Data>): void;
  /** The handshake has ended, well or not. */
  handshake(socket: BunSocket<Data>, success: boolean, error: Error | null): void;
  /** A chunk that is ours to keep. */
  data(socket: BunSocket<Data>, chunk: Uint8Array): void;
  /** There is room to write again. */
  drain(socket: BunSocket<Data>): void;
  /** The other end has ended its direction. */
  end(socket: BunSocket<Data>): void;
  /** The socket is gone, with the reason when it failed. */
  close(socket: BunSocket<Data>, error?: Error): void;
  /** An established TLS session failed. */
  error(socket: BunSocket<Data>, error: Error): void;
  /** `connect` failed. */
  connectError?(socket: BunSocket<Data>, error: Error): void;
}

/** TLS settings of `listen` and `connect`. */
export interface BunTls {
  /** PEM. */
  cert?: string;
  /** PEM. */
  key?: string;
  /** PEM; replaces the built-in roots. */
  ca?: string;
  /** SNI and the name that is checked; empty sends none and checks the dialled host. */
  serverName?: string;
  /** Whether a certificate that fails its check ends the handshake. */
  rejectUnauthorized?: boolean;
  /** Each name after its length in one byte, as on the wire. */
  ALPNProtocols?: Uint8Array;
  /** Suites of TLS 1.2, in OpenSSL's form. */
  ciphers?: string;
  /** SSL_OP_* bits of OpenSSL. */
  secureOptions?: number;
}

/** TLS settings of `upgradeTLS`. */
export interface BunServerTls {
  /** What `createSecureContext` of `node:tls` has below its `context`. */
  secureContext: unknown;
  /** Whether the client is asked for a certificate. */
  requestCert: boolean;
  /** Whether a certificate that fails its check ends the handshake. */
  rejectUnauthorized: boolean;
  /** Each name after its length in one byte, as on the wire. */
  ALPNProtocols?: Uint8Array;
}

/** What `listen` and `connect` take. */
export interface BunSocketOptions<Data> {
  /** The address. */
  hostname: string;
  /** The port. */
  port: number;
  /** Lets one direction end before the other. */
  allowHalfOpen: true;
  /** Lets several listeners share the port. */
  reusePort?: boolean;
  /** Absent for plain TCP. */
  tls?: BunTls;
  /** The socket's `data`. */
  data?: Data;
  /** The callbacks. */
  socket: BunSocketHandler<Data>;
}

/** The global `Bun`. */
export interface BunApi {
  /** Bun's version. */
  readonly version: string;
  /** False in a worker. */
  readonly isMainThread: boolean;
  /** The path of the script. */
  readonly main: string;
  /** The program's name and its script, then the arguments. */
  readonly argv: readonly string[];
  /** Standard output, for `write`. */
  readonly stdout: unknown;
  /** Standard error, for `write`. */
  readonly stderr: unknown;
  /** Listens. */
  listen<Data>(
    options: BunSocketOptions<Data>,
  ): { readonly hostname: string; readonly port: number; stop(closeActive?: boolean): void };
  /** Connects. */
  connect<Data>(options: BunSocketOptions<Data>): Promise<BunSocket<Data>>;
  /** Serves HTTP. */
  serve(options: {
    hostname: string;
    port: number;
    reusePort: false;
    development: false;
    fetch(request: Request): Response | Promise<Response>;
  }): { readonly hostname: string; readonly port: number; stop(): Promise<void> };
  /** Writes bytes to standard output or error; gives the count. */
  write(to: unknown, bytes: Uint8Array): Promise<number>;
  /** Starts a program, without a shell; throws when it isn't there. */
  spawn(command: readonly string[], options: {
    env: Readonly<Record<string, string | undefined>>;
    stdin: "ignore";
    stdout: "ignore";
    stderr: "pipe";
    /** Milliseconds after which it is killed. */
    timeout: number;
  }): BunSubprocess;
  /** The resolver. */
  readonly dns: {
    lookup(name: string, options: { backend: "system" }): Promise<{ address: string }[]>;
  };
}

/** A program that was started. */
export interface BunSubprocess {
  /** Its exit code, when it has ended. */
  readonly exited: Promise<number>;
  /** What it says on standard error. */
  readonly stderr: ReadableStream<Uint8Array>;
}

/** The part of Node's global `process` that Bun has for what its own API lacks. */
export interface BunProcess {
  /** This process. */
  readonly pid: number;
  /** Such as `linux`. */
  readonly platform: string;
  /** The path of the executable. */
  readonly execPath: string;
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether it is a terminal. */
  readonly stdout: { readonly isTTY?: boolean };
  /** Whether it is a terminal. */
  readonly stderr: { readonly isTTY?: boolean };
  /** Adds a signal's handler. */
  on(signal: string, handler: () => void): void;
  /** Ends the process. */
  exit(code: number): never;
}

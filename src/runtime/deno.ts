/**
 * The runtime port on Deno's native calls, TLS excepted: that goes through `node:tls`, on both
 * sides, because the native calls cannot be made to do what an edge proxy needs.
 *
 * - `Deno.listenTls` leaves Nagle's algorithm on and offers no way to turn it off, so the second
 *   small write of a response waits for the client's delayed ACK: a response of 20 KB took 44 ms on
 *   loopback and takes 0.3 ms now, for 5 to 9 µs more CPU a request. It tells neither server name,
 *   version nor cipher, and cannot be held to a version.
 * - `Deno.startTls` trusts a given authority beside the built-in ones instead of in their place,
 *   refuses a self-signed certificate that is marked as a CA, cannot leave out the verification,
 *   and keeps the socket of a handshake that was given up for as long as the other end is silent.
 *
 * @module
 */

import { isUnixPath, knownAddresses, showAddress, socketAddress } from "./address.ts";
import { begun } from "./begun.ts";
import { type Descriptor, DescriptorWatch } from "./descriptors.ts";
import {
  bindError,
  connError,
  connFailure,
  dialError,
  fileError,
  handshakeError,
  reasonOf,
} from "./failure.ts";
import { LastingService } from "./lasting_service.ts";
import type {
  AcceptedConn,
  Channel,
  Conn,
  ConnectOptions,
  HttpService,
  Listener,
  ListenOptions,
  Receiver,
  Runtime,
  Signal,
  SocketAddress,
  Thread,
  ThreadRights,
} from "./mod.ts";
import { TextOutput } from "./text_output.ts";
import { ownChannel, WebWorkerThread } from "./web_worker.ts";
import { type FileCalls, writeWholeFile } from "./whole_file.ts";

/** The runtime port on Deno. `worker` is the URL of what its threads run. */
export function denoRuntime(worker?: string): Runtime {
  return new DenoRuntime(worker);
}

class DenoRuntime implements Runtime {
  readonly name = "deno";
  readonly version: string = Deno.version.deno;
  readonly args: readonly string[] = Deno.args;
  readonly pid: number = Deno.pid;
  readonly processors: number = navigator.hardwareConcurrency;
  readonly control: Channel | null = "WorkerGlobalScope" in globalThis ? ownChannel() : null;
  readonly supports = { crl: false, ciphers: false };
  readonly sharesPorts: boolean = Deno.build.os === "linux";
  readonly endsBusyThreads = false;
  readonly limitsThreads = true;
  readonly checkKeyPair = checkKeyPair;
  readonly #descriptors = new DescriptorWatch({ open: openSocket, spares: 0 });
  readonly #worker: string | undefined;
  readonly #outputs = {
    stdout: new TextOutput("stdout", (bytes) => Deno.stdout.write(bytes)),
    stderr: new TextOutput("stderr", (bytes) => Deno.stderr.write(bytes)),
  };

  constructor(worker: string | undefined) {
    this.#worker = worker;
  }

  listen(
    address: SocketAddress,
    options: ListenOptions & { readonly inspect: true },
  ): Promise<Listener<AcceptedConn>>;
  listen(address: SocketAddress, options?: ListenOptions): Promise<Listener>;
  async listen(
    address: SocketAddress,
    options: ListenOptions = {},
  ): Promise<Listener | Listener<AcceptedConn>> {
    const { tls = null, reusePort = false } = options;
    const bind = { reusePort, descriptors: this.#descriptors };
    this.#mayListen(address);
    if (options.inspect === true || (tls === null && isUnixPath(address.host))) {
      const { listenInspecting } = await import("./node_tls.ts");
      return await listenInspecting(address, { ...bind, runtime: this });
    }
    if (tls !== null) {
      try {
        checkKeyPair(tls);
      } catch (error) {
        throw handshakeError(`Cannot listen on ${showAddress(address)}`, error);
      }
      const { listenNodeTls } = await import("./node_tls.ts");
      return await listenNodeTls(address, tls, bind);
    }
    try {
      const { host: hostname, port } = address;
      return new DenoListener(Deno.listen({ hostname, port, reusePort }));
    } catch (error) {
      throw bindError(address, error);
    }
  }

  /** `node:net` throws a missing permission where nobody catches it. */
  #mayListen(address: SocketAddress): void {
    if (isUnixPath(address.host)) return;
    const host = showAddress(address);
    if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
    throw bindError(
      address,
      new Deno.errors.NotCapable(`Deno was started without --allow-net=${host}`),
    );
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    const { tls = null, timeoutMs, prefix } = options;
    if (tls === null && !isUnixPath(address.host)) {
      return await begun(await dial(address, timeoutMs), prefix);
    }
    const { connectNodeTls, connectUnix } = await import("./node_tls.ts");
    if (tls === null) return await begun(await connectUnix(address, timeoutMs), prefix);
    return await connectNodeTls(address, tls, { timeoutMs, prefix, runtime: this });
  }

  // deno-lint-ignore require-await -- a failure of the synchronous call must reject
  async serveHttp(
    address: SocketAddress,
    handler: (request: Request) => Response | Promise<Response>,
  ): Promise<HttpService> {
    try {
      return new LastingService(address, ({ host: hostname, port }) => {
        // Without onListen a line is printed.
        const server = Deno.serve({ hostname, port, onListen: () => {} }, handler);
        return {
          address: fromNetAddr(server.addr),
          finished: server.finished,
          shutdown: () => server.shutdown(),
        };
      });
    } catch (error) {
      throw bindError(address, error);
    }
  }

  async resolve(name: string): Promise<string[]> {
    const known = knownAddresses(name);
    if (known !== null) return known;
    const answers = await Promise.allSettled([
      Deno.resolveDns(name, "A"),
      Deno.resolveDns(name, "AAAA"),
    ]);
    const addresses = answers.flatMap((answer) =>
      answer.status === "fulfilled" ? answer.value : []
    );
    if (addresses.length > 0) return addresses;
    const failed = answers.find((answer) => answer.status === "rejected");
    throw connFailure("dns", `Cannot resolve ${name}`, reasonOf(failed?.reason), failed?.reason);
  }

  startThread({ unixPaths }: ThreadRights): Thread {
    const paths = unixPaths.length === 0 ? false : [...unixPaths];
    // What a stranger's bytes reach has the network, and nothing else.
    const permissions: Deno.PermissionOptions = {
      net: true,
      read: paths,
      write: paths,
      env: false,
      run: false,
      ffi: false,
      sys: false,
      import: false,
    };
    const options = { type: "module", deno: { permissions } } as const;
    return new WebWorkerThread((url) => new Worker(url, options), this.#worker);
  }

  forgoWriting(): void {
    Deno.permissions.revokeSync({ name: "write" });
  }

  env(name: string): string | undefined {
    // Asked first, because Deno.env.get would prompt on a terminal.
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) : undefined;
  }

  async readFile(path: string): Promise<Uint8Array> {
    try {
      return await Deno.readFile(path);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  async readFolder(path: string): Promise<string[]> {
    try {
      return await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  async readLink(path: string): Promise<string> {
    try {
      return await Deno.readLink(path);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  executable(): string | null {
    return Deno.build.standalone ? Deno.execPath() : null;
  }

  writeFile(
    path: string,
    bytes: Uint8Array,
    options: { mode: number; createNew?: boolean },
  ): Promise<void> {
    return writeWholeFile(denoFiles, path, bytes, options);
  }

  async removeFile(path: string): Promise<void> {
    try {
      await Deno.remove(path);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  write(stream: "stdout" | "stderr", text: string): Promise<void> {
    return this.#outputs[stream].write(text);
  }

  isTerminal(stream: "stdout" | "stderr"): boolean {
    return Deno[stream].isTerminal();
  }

  onSignal(signal: Signal, handler: () => void): void {
    Deno.addSignalListener(signal, handler);
  }

  async notify(socket: string, message: string): Promise<void> {
    const attempt = `Cannot send to ${socket}`;
    const path = socket.replace(/^@/, "\0");
    // Asked first, because sending would prompt on a terminal.
    if (
      path === socket &&
      Deno.permissions.querySync({ name: "write", path }).state !== "granted"
    ) {
      throw connFailure("permission", attempt, "genkan lacks the right to write to it");
    }
    try {
      // An abstract name of our own needs neither a folder nor the right to write to one.
      const own = Deno.listenDatagram({
        transport: "unixpacket",
        path: `\0genkan-${crypto.randomUUID()}`,
      });
      try {
        await own.send(new TextEncoder().encode(message), { transport: "unixpacket", path });
      } finally {
        own.close();
      }
    } catch (error) {
      throw dialError(attempt, error);
    }
  }

  exit(code: number): never {
    Deno.exit(code);
  }
}

/** A socket, for which the network is enough, and that for a moment: threads may open no files. */
function openSocket(): Descriptor {
  const hostname = "127.0.0.1";
  // Asked first, because the call would prompt on a terminal.
  const { state } = Deno.permissions.querySync({ name: "net", host: hostname });
  if (state !== "granted") throw new Deno.errors.NotCapable("not without the network");
  return Deno.listen({ hostname, port: 0 });
}

const denoFiles: FileCalls = {
  makeFolder: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  writeNew: (path, bytes, mode) => Deno.writeFile(path, bytes, { mode, createNew: true }),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
};

class DenoListener implements Listener {
  readonly address: SocketAddress;
  readonly #listener: Deno.TcpListener;
  #closed = false;

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.address = fromNetAddr(listener.addr);
  }

  async accept(): Promise<Conn | null> {
    const attempt = `Cannot accept on ${showAddress(this.address)}`;
    for (;;) {
      try {
        return openConn(await this.#listener.accept(), attempt);
      } catch (error) {
        if (this.#closed) return null;
        const failure = connError(attempt, error);
        // A peer that has left again before it was accepted is nobody's concern.
        if (failure.code !== "reset") throw failure;
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }
}

/** Nothing but a failure's words around the native calls: the hot path has no room for more. */
class DenoConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #conn: Deno.TcpConn;
  #closed = false;
  /** Whom the read under way tells. */
  #receiver: Receiver | null = null;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.local = fromNetAddr(conn.localAddr);
    this.remote = fromNetAddr(conn.remoteAddr);
  }

  handshake(): Promise<null> {
    return Promise.resolve(null);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#conn.read(buffer).catch(this.#cannotRead);
  }

  receive(receiver: Receiver): Promise<void> | null {
    this.#receiver = receiver;
    return this.#conn.read(receiver.space()).then(receiver.filled, this.#cannotReceive);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes).catch(this.#cannotWrite);
  }

  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      throw this.#failure("end the stream to", error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  // Bound once a connection, as the others: a closure for each read is garbage.
  readonly #cannotReceive = (error: unknown): void =>
    this.#receiver!.failed(this.#failure("read from", error));

  readonly #cannotRead = (error: unknown): never => {
    throw this.#failure("read from", error);
  };

  readonly #cannotWrite = (error: unknown): never => {
    throw this.#failure("write to", error);
  };

  #failure(verb: string, error: unknown): Error {
    const attempt = `Cannot ${verb} ${showAddress(this.remote)}`;
    return this.#closed ? connFailure("closed", attempt) : connError(attempt, error);
  }
}

function openConn(conn: Deno.TcpConn, attempt: string): Conn {
  try {
    conn.setNoDelay(true);
    return new DenoConn(conn);
  } catch (error) {
    conn.close();
    // The option can only be refused to a socket whose peer has left (EINVAL on some systems).
    throw connFailure("reset", attempt, undefined, error);
  }
}

async function dial(address: SocketAddress, timeoutMs: number): Promise<Conn> {
  const attempt = `Cannot connect to ${showAddress(address)}`;
  const expiry = new AbortController();
  const timer = setTimeout(() => expiry.abort(), timeoutMs);
  try {
    const { host: hostname, port } = address;
    const conn = await Deno.connect({ hostname, port, signal: expiry.signal });
    return openConn(conn, attempt);
  } catch (error) {
    throw expiry.signal.aborted
      ? connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`, error)
      : connError(attempt, error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * An HTTP client takes the same pair, and says at once what `node:tls` says to the first peer. But
 * for a certificate of X.509 version 1, as Envoy's sandbox has: that it cannot read, and `node:tls`
 * serves it all the same.
 */
function checkKeyPair({ certChain, privateKey }: { certChain: string; privateKey: string }): void {
  try {
    Deno.createHttpClient({ cert: certChain, key: privateKey }).close();
  } catch (error) {
    if (!reasonOf(error).includes("UnsupportedCertVersion")) throw error;
  }
}

function fromNetAddr(address: Deno.NetAddr): SocketAddress {
  return socketAddress(address.hostname, address.port);
}

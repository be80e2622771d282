/**
 * The runtime port on Deno's native calls. TLS that those calls cannot do (an unverified upstream,
 * bounds on the version, the server name a client asked for) goes through `node_tls.ts`.
 *
 * @module
 */

import type { ConnError } from "../errors.ts";
import { isIpAddress, showAddress } from "./address.ts";
import { connError, connFailure, fileError, reasonOf } from "./failure.ts";
import type {
  Conn,
  ConnectOptions,
  ConnectTls,
  HttpService,
  Listener,
  ListenOptions,
  ListenTls,
  Runtime,
  Signal,
  SocketAddress,
  TlsInfo,
} from "./mod.ts";

/** The runtime port on Deno. */
export function denoRuntime(): Runtime {
  return new DenoRuntime();
}

class DenoRuntime implements Runtime {
  readonly name = "deno";
  readonly version: string = Deno.version.deno;
  readonly args: readonly string[] = Deno.args;
  readonly pid: number = Deno.pid;

  async listen(address: SocketAddress, options: ListenOptions = {}): Promise<Listener> {
    const { tls = null, reusePort = false } = options;
    const where = { hostname: address.host, port: address.port, reusePort };
    try {
      if (tls === null) return new DenoListener(Deno.listen(where));
      if (!isNativeListen(tls)) {
        const { listenNodeTls } = await import("./node_tls.ts");
        return await listenNodeTls(address, tls, reusePort);
      }
      return new DenoListener(Deno.listenTls({
        ...where,
        cert: tls.certChain,
        key: tls.privateKey,
        alpnProtocols: tls.alpn.length > 0 ? [...tls.alpn] : undefined,
      }));
    } catch (error) {
      throw listenError(address, error);
    }
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    const tls = options.tls ?? null;
    const attempt = `Cannot connect to ${showAddress(address)}`;
    if (tls !== null && !isNativeConnect(tls, address)) {
      const { connectNodeTls } = await import("./node_tls.ts");
      return await connectNodeTls(address, tls, options.timeoutMs);
    }
    // The signal ends the TCP connect, which has no handle to close yet.
    const expiry = new AbortController();
    let open: Deno.Conn | null = null;
    const timer = setTimeout(() => {
      expiry.abort();
      open?.close();
    }, options.timeoutMs);
    try {
      const tcp = await Deno.connect({
        hostname: address.host,
        port: address.port,
        signal: expiry.signal,
      });
      open = tcp;
      tcp.setNoDelay(true);
      if (tls === null) return new DenoTcpConn(tcp);
      // startTls takes the TCP connection over and leaves `tcp` without a handle.
      const stream = await Deno.startTls(tcp, startTlsOptions(tls, tcp));
      open = stream;
      const { alpnProtocol } = await stream.handshake();
      return new DenoTlsConn(stream, tlsInfo(alpnProtocol, tls.serverName));
    } catch (error) {
      if (expiry.signal.aborted) {
        throw connFailure("timeout", attempt, `no answer within ${options.timeoutMs} ms`, error);
      }
      open?.close();
      throw connError(attempt, error);
    } finally {
      clearTimeout(timer);
    }
  }

  // deno-lint-ignore require-await -- a failure of the synchronous call must reject
  async serveHttp(
    address: SocketAddress,
    handler: (request: Request) => Response | Promise<Response>,
  ): Promise<HttpService> {
    try {
      const server = Deno.serve({
        hostname: address.host,
        port: address.port,
        onListen: () => {}, // The default prints a line.
      }, handler);
      return { address: fromNetAddr(server.addr), close: () => server.shutdown() };
    } catch (error) {
      throw listenError(address, error);
    }
  }

  async resolve(name: string): Promise<string[]> {
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

  async writeFile(
    path: string,
    bytes: Uint8Array,
    options: { mode: number; createNew?: boolean },
  ): Promise<void> {
    try {
      await Deno.writeFile(path, bytes, options);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  async write(stream: "stdout" | "stderr", text: string): Promise<void> {
    let rest = new TextEncoder().encode(text);
    try {
      while (rest.length > 0) rest = rest.subarray(await Deno[stream].write(rest));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  isTerminal(stream: "stdout" | "stderr"): boolean {
    return Deno[stream].isTerminal();
  }

  onSignal(signal: Signal, handler: () => void): void {
    Deno.addSignalListener(signal, handler);
  }

  exit(code: number): never {
    Deno.exit(code);
  }
}

class DenoListener implements Listener {
  readonly address: SocketAddress;
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  #closed = false;

  constructor(listener: Deno.TcpListener | Deno.TlsListener) {
    this.#listener = listener;
    this.address = fromNetAddr(listener.addr);
  }

  async accept(): Promise<Conn | null> {
    try {
      const conn = await this.#listener.accept();
      if (!("setNoDelay" in conn)) return new DenoTlsConn(conn as Deno.TlsConn, null);
      (conn as Deno.TcpConn).setNoDelay(true);
      return new DenoTcpConn(conn);
    } catch (error) {
      if (this.#closed) return null;
      throw connError(`Cannot accept on ${showAddress(this.address)}`, error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }
}

/** One try and one await around the native call: the hot path has no room for more. */
class DenoTcpConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #conn: Deno.Conn<Deno.NetAddr>;
  #closed = false;

  constructor(conn: Deno.Conn<Deno.NetAddr>) {
    this.#conn = conn;
    this.local = fromNetAddr(conn.localAddr);
    this.remote = fromNetAddr(conn.remoteAddr);
  }

  handshake(): Promise<TlsInfo | null> {
    return Promise.resolve(null);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#conn.read(buffer);
    } catch (error) {
      throw this.failure("read from", error);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    try {
      return await this.#conn.write(bytes);
    } catch (error) {
      throw this.failure("write to", error);
    }
  }

  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      throw this.failure("end the stream to", error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  protected failure(verb: string, error: unknown): ConnError {
    const attempt = `Cannot ${verb} ${showAddress(this.remote)}`;
    return this.#closed ? connFailure("closed", attempt) : connError(attempt, error);
  }
}

class DenoTlsConn extends DenoTcpConn {
  readonly #stream: Deno.TlsConn;
  #info: TlsInfo | null;

  /** `info` is null when the handshake is still to come. */
  constructor(stream: Deno.TlsConn, info: TlsInfo | null) {
    super(stream);
    this.#stream = stream;
    this.#info = info;
  }

  override async handshake(): Promise<TlsInfo> {
    if (this.#info !== null) return this.#info;
    try {
      const { alpnProtocol } = await this.#stream.handshake();
      return this.#info = tlsInfo(alpnProtocol, null);
    } catch (error) {
      throw this.failure("finish the TLS handshake with", error);
    }
  }
}

/** Whether a native listener does what is asked. */
function isNativeListen(tls: ListenTls): boolean {
  return !isBounded(tls) && !tls.needServerName;
}

/** Whether a native connection does what is asked. */
function isNativeConnect(tls: ConnectTls, address: SocketAddress): boolean {
  if (isBounded(tls) || tls.verify === "none") return false;
  // Without SNI the native call can check the address only, not the name that led to it.
  return tls.serverName !== null || tls.verify === "chain" || isIpAddress(address.host);
}

/** Deno speaks TLS 1.2 and 1.3 and cannot be held to one of them. */
function isBounded({ minVersion, maxVersion }: ListenTls | ConnectTls): boolean {
  return minVersion === "TLSv1.3" || maxVersion === "TLSv1.2";
}

function startTlsOptions(tls: ConnectTls, tcp: Deno.TcpConn): Deno.StartTlsOptions {
  return {
    // For an IP address no SNI is sent (RFC 6066 §3 allows names only).
    hostname: tls.serverName ?? tcp.remoteAddr.hostname,
    caCerts: tls.ca === null ? [] : [tls.ca],
    alpnProtocols: tls.alpn.length > 0 ? [...tls.alpn] : undefined,
    unsafelyDisableHostnameVerification: tls.verify === "chain",
  };
}

function tlsInfo(alpn: string | null, serverName: string | null): TlsInfo {
  return { alpn, serverName, version: null, cipher: null };
}

function fromNetAddr(address: Deno.NetAddr): SocketAddress {
  return { host: address.hostname, port: address.port };
}

function listenError(address: SocketAddress, error: unknown): ConnError {
  return connError(`Cannot listen on ${showAddress(address)}`, error);
}

/**
 * The runtime port on Bun's native calls.
 *
 * @module
 */

import { AcceptQueue } from "./accept_queue.ts";
import { isIpAddress, knownAddresses, showAddress } from "./address.ts";
import type { BunApi, BunProcess, BunTls } from "./bun_api.ts";
import { BunConn, type Socket, socketHandler } from "./bun_conn.ts";
import { connError, connFailure, handshakeError, reasonOf } from "./failure.ts";
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
} from "./mod.ts";
import { checksAnotherName } from "./mod.ts";
import { nodeFiles, readFile } from "./node_files.ts";
import { TextOutput } from "./text_output.ts";
import { writeWholeFile } from "./whole_file.ts";

const { Bun, process } = globalThis as unknown as { Bun: BunApi; process: BunProcess };

/** OpenSSL's SSL_OP_NO_TLSv1_2 and SSL_OP_NO_TLSv1_3; Bun speaks nothing below TLS 1.2. */
const NO_TLS_1_2 = 0x08000000, NO_TLS_1_3 = 0x20000000;

/** The runtime port on Bun. */
export function bunRuntime(): Runtime {
  return new BunRuntime();
}

class BunRuntime implements Runtime {
  readonly name = "bun";
  readonly version: string = Bun.version;
  readonly args: readonly string[] = Bun.argv.slice(2);
  readonly pid: number = process.pid;
  readonly #outputs = {
    stdout: new TextOutput("stdout", (bytes) => Bun.write(Bun.stdout, bytes)),
    stderr: new TextOutput("stderr", (bytes) => Bun.write(Bun.stderr, bytes)),
  };

  // deno-lint-ignore require-await -- a failure of the synchronous call must reject
  async listen(address: SocketAddress, options: ListenOptions = {}): Promise<Listener> {
    const attempt = `Cannot listen on ${showAddress(address)}`;
    try {
      return new BunListener(address, options);
    } catch (error) {
      throw options.tls ? handshakeError(attempt, error) : connError(attempt, error);
    }
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    const tls = options.tls ?? null;
    if (tls !== null && !isNativeConnect(tls, address)) {
      const { connectNodeTls } = await import("./node_tls.ts");
      return await connectNodeTls(address, tls, options.timeoutMs);
    }
    return await dial(address, tls, options.timeoutMs);
  }

  // deno-lint-ignore require-await -- a failure of the synchronous call must reject
  async serveHttp(
    address: SocketAddress,
    handler: (request: Request) => Response | Promise<Response>,
  ): Promise<HttpService> {
    try {
      const { host: hostname, port } = address;
      const server = Bun.serve({ hostname, port, development: false, fetch: handler });
      return {
        address: { host: address.host, port: server.port },
        close: () => server.stop(),
      };
    } catch (error) {
      throw connError(`Cannot listen on ${showAddress(address)}`, error);
    }
  }

  async resolve(name: string): Promise<string[]> {
    const known = knownAddresses(name);
    if (known !== null) return known;
    try {
      // getaddrinfo, as all other programs on the host use it.
      const found = await Bun.dns.lookup(name, { backend: "system" });
      return [...new Set(found.map(({ address }) => address))];
    } catch (error) {
      throw connFailure("dns", `Cannot resolve ${name}`, reasonOf(error), error);
    }
  }

  env(name: string): string | undefined {
    return process.env[name];
  }

  readFile(path: string): Promise<Uint8Array> {
    return readFile(path);
  }

  writeFile(
    path: string,
    bytes: Uint8Array,
    options: { mode: number; createNew?: boolean },
  ): Promise<void> {
    return writeWholeFile(nodeFiles, path, bytes, options);
  }

  write(stream: "stdout" | "stderr", text: string): Promise<void> {
    return this.#outputs[stream].write(text);
  }

  isTerminal(stream: "stdout" | "stderr"): boolean {
    return process[stream].isTTY === true;
  }

  onSignal(signal: Signal, handler: () => void): void {
    process.on(signal, handler);
  }

  exit(code: number): never {
    return process.exit(code);
  }
}

class BunListener implements Listener {
  readonly address: SocketAddress;
  readonly #server: { stop(): void };
  readonly #queue = new AcceptQueue();

  constructor(address: SocketAddress, { tls = null, reusePort = false }: ListenOptions) {
    const server = Bun.listen<BunConn | null>({
      hostname: address.host,
      port: address.port,
      reusePort,
      allowHalfOpen: true,
      tls: tls === null ? undefined : listenTls(tls),
      socket: socketHandler(
        (socket) => {
          socket.data = new BunConn(socket, tls !== null);
          this.#queue.push(socket.data);
        },
        (conn, socket, success, error) => {
          if (!success) return conn.refused(error);
          conn.secured(socket.getServername()?.toLowerCase() ?? null);
        },
      ),
    });
    this.#server = server;
    this.address = { host: address.host, port: server.port };
  }

  accept(): Promise<Conn | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#server.stop();
    this.#queue.close();
  }
}

/**
 * Bun cannot take back a connect that is under way: after a timeout the socket is closed as soon as
 * it opens, or when the kernel gives up.
 */
function dial(address: SocketAddress, tls: ConnectTls | null, timeoutMs: number): Promise<Conn> {
  const attempt = `Cannot connect to ${showAddress(address)}`;
  return new Promise((resolve, reject) => {
    let conn: BunConn | null = null;
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      reject(connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`));
      conn?.close();
    }, timeoutMs);
    const settle = (error: unknown) => {
      clearTimeout(timer);
      if (error === null) resolve(conn!);
      else reject(tls === null ? connError(attempt, error) : handshakeError(attempt, error));
    };
    const handler = socketHandler(
      (socket) => {
        if (expired) return socket.terminate();
        socket.data = conn = new BunConn(socket, tls !== null);
        if (tls === null) settle(null);
        // The handshake that ends without a word of its own ends with the socket.
        else conn.handshake().catch(settle);
      },
      (opened, socket, success, error) => {
        if (isAccepted(tls!.verify, socket, success, error)) {
          opened.secured(tls!.serverName);
          settle(null);
        } else {
          settle(error);
          opened.refused(error);
        }
      },
    );
    Bun.connect<BunConn | null>({
      hostname: address.host,
      port: address.port,
      allowHalfOpen: true,
      data: null,
      tls: tls === null ? undefined : connectTls(tls),
      socket: { ...handler, connectError: (_socket, error) => settle(error) },
    }).catch(settle);
  });
}

/**
 * Bun tells of a certificate that fails its check and of a handshake that fails alike; only the
 * former has a cipher. It checks the chain before the name, so a complaint about the name means
 * that the chain is good.
 */
function isAccepted(
  verify: ConnectTls["verify"],
  socket: Socket,
  success: boolean,
  error: Error | null,
): boolean {
  if (success && error === null) return true;
  if (verify === "full" || !socket.getCipher()?.name) return false;
  const code = (error as { code?: unknown } | null)?.code;
  return verify === "none" || code === "ERR_TLS_CERT_ALTNAME_INVALID";
}

/** Whether a native connection does what is asked: Bun sends even an IP address as SNI. */
function isNativeConnect(tls: ConnectTls, address: SocketAddress): boolean {
  const { serverName } = tls;
  if (checksAnotherName(tls)) return false;
  return serverName === null || !isIpAddress(serverName) || serverName === address.host;
}

function listenTls(tls: ListenTls): BunTls {
  return {
    cert: tls.certChain,
    key: tls.privateKey,
    ALPNProtocols: alpnList(tls.alpn),
    secureOptions: versionBits(tls),
  };
}

function connectTls(tls: ConnectTls): BunTls {
  const isName = tls.serverName !== null && !isIpAddress(tls.serverName);
  return {
    // Empty sends no SNI and checks against the dialled host.
    serverName: isName ? tls.serverName! : "",
    // Said in any case: the default can be turned off by NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: tls.verify === "full",
    ca: tls.ca ?? undefined,
    ALPNProtocols: alpnList(tls.alpn),
    secureOptions: versionBits(tls),
  };
}

function versionBits({ minVersion, maxVersion }: ListenTls | ConnectTls): number {
  return (minVersion === "TLSv1.3" ? NO_TLS_1_2 : 0) | (maxVersion === "TLSv1.2" ? NO_TLS_1_3 : 0);
}

/** RFC 7301 §3.1: each name after its length in one byte. */
function alpnList(names: readonly string[]): Uint8Array | undefined {
  if (names.length === 0) return undefined;
  const encoder = new TextEncoder();
  return new Uint8Array(names.flatMap((name) => {
    const bytes = encoder.encode(name);
    return [bytes.length, ...bytes];
  }));
}

/**
 * The runtime port on Bun's native calls.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import { AcceptQueue } from "./accept_queue.ts";
import { isUnixPath, knownAddresses, showAddress } from "./address.ts";
import { begun } from "./begun.ts";
import type { BunApi, BunProcess, BunSubprocess } from "./bun_api.ts";
import { BunConn, peerOf, type Socket, socketHandler } from "./bun_conn.ts";
import { InspectedBunConn } from "./bun_inspected.ts";
import {
  type CheckName,
  checksNameOurselves,
  connectTls,
  listenTls,
  refusal,
  terminator,
} from "./bun_tls.ts";
import { DescriptorWatch, type Unaware } from "./descriptors.ts";
import { bindError, connError, connFailure, handshakeError, reasonOf } from "./failure.ts";
import type {
  AcceptedConn,
  Channel,
  Conn,
  ConnectOptions,
  ConnectTls,
  HttpService,
  Listener,
  ListenOptions,
  Runtime,
  Signal,
  SocketAddress,
  Thread,
  ThreadRights,
} from "./mod.ts";
import {
  nodeFiles,
  openNothing,
  readFile,
  readFolder,
  readLink,
  removeFile,
} from "./node_files.ts";
import { TextOutput } from "./text_output.ts";
import { ownChannel, WebWorkerThread } from "./web_worker.ts";
import { writeWholeFile } from "./whole_file.ts";

const { Bun, process } = globalThis as unknown as { Bun: BunApi; process: BunProcess };

/** Enough for connections that are closed as they come in, while what is served takes some. */
const SPARE_DESCRIPTORS = 8;

/** The runtime port on Bun. `worker` is the URL of what its threads run. */
export function bunRuntime(worker?: string): Runtime {
  return new BunRuntime(worker);
}

class BunRuntime implements Runtime {
  readonly name = "bun";
  readonly version: string = Bun.version;
  readonly args: readonly string[] = Bun.argv.slice(2);
  readonly pid: number = process.pid;
  readonly processors: number = navigator.hardwareConcurrency;
  readonly control: Channel | null = Bun.isMainThread
    ? null
    : ownChannel(() => this.#descriptors[Symbol.dispose]());
  readonly supports = { crl: true, ciphers: true };
  readonly sharesPorts: boolean = process.platform === "linux";
  readonly endsBusyThreads = true;
  readonly limitsThreads = false;
  readonly #descriptors = new DescriptorWatch({ open: openNothing, spares: SPARE_DESCRIPTORS });
  readonly #worker: string | undefined;
  readonly #outputs = {
    stdout: new TextOutput("stdout", (bytes) => Bun.write(Bun.stdout, bytes)),
    stderr: new TextOutput("stderr", (bytes) => Bun.write(Bun.stderr, bytes)),
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
    if (isUnixPath(address.host)) {
      const { listenInspecting, listenNodeTls } = await import("./node_tls.ts");
      const bind = { reusePort, descriptors: this.#descriptors };
      if (tls !== null) return await listenNodeTls(address, tls, bind);
      return await listenInspecting(address, { ...bind, runtime: this });
    }
    try {
      const descriptors = this.#descriptors;
      if (options.inspect !== true) {
        const open = (socket: Socket, remote: SocketAddress) =>
          new BunConn(socket, { remote, isTls: tls !== null });
        return new BunListener(address, options, { descriptors, open });
      }
      const { serverContext } = await import("./node_tls.ts");
      const terminate = terminator((offered) => serverContext(offered, this));
      const open = (socket: Socket, remote: SocketAddress) =>
        new InspectedBunConn(socket, remote, terminate);
      return new BunListener(address, { reusePort }, { descriptors, open });
    } catch (error) {
      const failure = bindError(address, this.#descriptors.shortage() ?? error);
      if (!options.tls || (failure.code !== "other" && failure.code !== "tls")) throw failure;
      throw handshakeError(`Cannot listen on ${showAddress(address)}`, error);
    }
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    try {
      return await this.#connect(address, options);
    } catch (error) {
      // Bun says of a socket that it couldn't have that it was refused.
      const isMasked = error instanceof ConnError && error.code === "refused";
      const shortage = isMasked ? this.#descriptors.shortage() : null;
      if (shortage === null) throw error;
      throw connError(`Cannot connect to ${showAddress(address)}`, shortage);
    }
  }

  async #connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    const { tls = null, timeoutMs, prefix } = options;
    // Nothing can be written on a native socket before its handshake.
    if (isUnixPath(address.host) || (tls !== null && prefix !== undefined)) {
      const { connectNodeTls, connectUnix } = await import("./node_tls.ts");
      if (tls === null) return await begun(await connectUnix(address, timeoutMs), prefix);
      return await connectNodeTls(address, tls, { timeoutMs, prefix, runtime: this });
    }
    const checkName = tls !== null && checksNameOurselves(tls, address)
      ? (await import("./node_tls.ts")).checkCertificateName
      : null;
    return await begun(await dial(address, { tls, timeoutMs, checkName }), prefix);
  }

  // deno-lint-ignore require-await -- a failure of the synchronous call must reject
  async serveHttp(
    address: SocketAddress,
    handler: (request: Request) => Response | Promise<Response>,
  ): Promise<HttpService> {
    try {
      const { host: hostname, port } = address;
      // Bun shares the port by default: a second program would get half of the requests.
      const server = Bun.serve({
        hostname,
        port,
        reusePort: false,
        development: false,
        fetch: handler,
      });
      return {
        address: { host: address.host, port: server.port },
        close: () => server.stop(),
      };
    } catch (error) {
      throw bindError(address, error);
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

  startThread(_rights: ThreadRights): Thread {
    return new WebWorkerThread((url) => new Worker(url, { type: "module" }), this.#worker);
  }

  forgoWriting(): void {
    // Bun has no permissions: the service's unit is what forbids it.
  }

  env(name: string): string | undefined {
    return process.env[name];
  }

  readFile(path: string): Promise<Uint8Array> {
    return readFile(path);
  }

  readFolder(path: string): Promise<string[]> {
    return readFolder(path);
  }

  readLink(path: string): Promise<string> {
    return readLink(path);
  }

  executable(): string | null {
    // The sources of an executable are in a file system of Bun's own.
    return Bun.main.startsWith("/$bunfs/") ? process.execPath : null;
  }

  writeFile(
    path: string,
    bytes: Uint8Array,
    options: { mode: number; createNew?: boolean },
  ): Promise<void> {
    return writeWholeFile(nodeFiles, path, bytes, options);
  }

  removeFile(path: string): Promise<void> {
    return removeFile(path);
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

  async notify(socket: string, message: string): Promise<void> {
    const attempt = `Cannot send to ${socket}`;
    const helper = startHelper(attempt, socket, message);
    const [code, said] = await Promise.all([helper.exited, new Response(helper.stderr).text()]);
    if (code === 0) return;
    const [found] = said.trim().split("\n", 1);
    throw connFailure("other", attempt, found || `${NOTIFY_HELPER} ended with ${code}`);
  }

  exit(code: number): never {
    return process.exit(code);
  }
}

/** Bun has no datagrams on unix sockets: systemd's own program sends them. */
const NOTIFY_HELPER = "systemd-notify";

/** It waits up to 5 s for the manager to have read the message, or nobody would know whose it is. */
const NOTIFY_MS = 10_000;

function startHelper(attempt: string, socket: string, message: string): BunSubprocess {
  try {
    return Bun.spawn([NOTIFY_HELPER, ...message.split("\n")], {
      env: { PATH: process.env.PATH, NOTIFY_SOCKET: socket },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      timeout: NOTIFY_MS,
    });
  } catch (error) {
    const found = (error as { code?: unknown }).code === "ENOENT"
      ? `${NOTIFY_HELPER}, which Bun needs for it, is not on the PATH`
      : reasonOf(error);
    throw connFailure("other", attempt, found, error);
  }
}

class BunListener<Accepted extends BunConn> implements Listener<Accepted>, Unaware {
  readonly address: SocketAddress;
  readonly #descriptors: DescriptorWatch;
  readonly #server: { stop(): void };
  readonly #queue = new AcceptQueue<Accepted>();

  constructor(
    address: SocketAddress,
    { tls = null, reusePort = false }: ListenOptions,
    { descriptors, open }: {
      descriptors: DescriptorWatch;
      open: (socket: Socket, remote: SocketAddress) => Accepted;
    },
  ) {
    const server = Bun.listen<BunConn | null>({
      hostname: address.host,
      port: address.port,
      reusePort,
      allowHalfOpen: true,
      tls: tls === null ? undefined : listenTls(tls),
      socket: socketHandler(
        (socket) => {
          const remote = descriptors.turnsAway ? null : peerOf(socket);
          if (remote === null) return socket.terminate();
          const conn = open(socket, remote);
          socket.data = conn;
          this.#queue.push(conn);
        },
        (conn, socket, success, error) => {
          if (!success) return conn.refused(error);
          const serverName = socket.getServername()?.toLowerCase() ?? null;
          conn.secured(serverName, { asksForCertificate: false });
        },
      ),
    });
    this.#server = server;
    this.address = { host: address.host, port: server.port };
    this.#descriptors = descriptors;
    descriptors.add(this);
  }

  accept(): Promise<Accepted | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#descriptors.delete(this);
    this.#server.stop();
    this.#queue.close();
  }

  starve(error: Error): void {
    this.#queue.fail(connError(`Cannot accept on ${showAddress(this.address)}`, error));
  }

  resume(): void {
    // Bun never stops accepting.
  }
}

/**
 * Bun cannot take back a connect that is under way: after a timeout the socket is closed as soon as
 * it opens, or when the kernel gives up.
 */
function dial(
  address: SocketAddress,
  options: { tls: ConnectTls | null; timeoutMs: number; checkName: CheckName | null },
): Promise<Conn> {
  const { tls, timeoutMs, checkName } = options;
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
        const remote = peerOf(socket);
        if (remote === null) {
          socket.terminate();
          return settle(connFailure("reset", attempt));
        }
        socket.data = conn = new BunConn(socket, { remote, isTls: tls !== null });
        if (tls === null) settle(null);
        // The handshake that ends without a word of its own ends with the socket.
        else conn.handshake().catch(settle);
      },
      (opened, socket, success, error) => {
        const refused = refusal(tls!, address, { socket, success, error }, checkName);
        settle(refused);
        if (refused !== null) return opened.refused(refused);
        opened.secured(tls!.serverName?.toLowerCase() ?? null, { asksForCertificate: true });
      },
    );
    try {
      Bun.connect<BunConn | null>({
        hostname: address.host,
        port: address.port,
        allowHalfOpen: true,
        data: null,
        tls: tls === null ? undefined : connectTls(tls, address),
        socket: { ...handler, connectError: (_socket, error) => settle(error) },
      }).catch(settle);
    } catch (error) {
      settle(error); // Certificates that cannot be read.
    }
  });
}

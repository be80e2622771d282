/**
 * TLS through the built-in `node:tls`, for what a runtime's native calls cannot do: `deno.ts` and
 * `bun.ts` say when they turn to it.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";
import type { TlsReason } from "../errors.ts";
import { isIpAddress, isUnixPath, showAddress } from "./address.ts";
import {
  addressInUse,
  bindError,
  connFailure,
  dialError,
  handshakeError,
  handshakeWith,
  reasonOf,
  tlsFailure,
} from "./failure.ts";
import type { DescriptorWatch } from "./descriptors.ts";
import { InspectedConn, type Terminate } from "./inspected_conn.ts";
import type {
  AcceptedConn,
  Conn,
  ConnectTls,
  Listener,
  ListenTls,
  ServerTls,
  SocketAddress,
} from "./mod.ts";
import { type Ends, NodeConn, type NodeTcpSocket, type NodeTlsSocket } from "./node_conn.ts";
import { isSocketFile, nodeFiles } from "./node_files.ts";
import { endsOf, NodeListener, type NodeServer } from "./node_listener.ts";
import {
  clientContextSettings,
  type NodeTlsRuntime,
  protocolList,
  serverContextSettings,
  serverSocketSettings,
  versionBounds,
} from "./node_settings.ts";
import { outOfTime } from "./peer_certificates.ts";

/** What Deno says of an unknown issuer and of a certificate that is out of its time alike. */
const AMBIGUOUS = /unable to verify the first certificate/;
/** For a look at a certificate, whose settings were good enough before. */
const UNCHECKED: NodeTlsRuntime = { supports: { crl: false, ciphers: false } };
/** How long a look at a certificate may hold up a failure. */
const MAX_LOOK_MS = 1000;

/** How a port is bound. */
interface BindOptions {
  /** As `ListenOptions.reusePort`. */
  readonly reusePort: boolean;
  /** Looks after the listener. */
  readonly descriptors: DescriptorWatch;
}

/** Terminates TLS on a port. Fails as `Network.listen` does. */
export async function listenNodeTls(
  address: SocketAddress,
  options: ListenTls,
  bind: BindOptions,
): Promise<Listener> {
  let settings: tls.TLSSocketOptions;
  try {
    const { certChain: cert, privateKey: key } = options;
    settings = {
      isServer: true,
      secureContext: tls.createSecureContext({ cert, key, ...versionBounds(options) }),
      ALPNProtocols: protocolList(options.alpn),
    };
  } catch (error) {
    // A certificate or key that cannot be used.
    throw handshakeError(`Cannot listen on ${showAddress(address)}`, error);
  }
  return await listen(address, bind, (tcp, ends) => {
    const attempt = handshakeWith(ends.remote);
    const conn = new NodeConn(tcp, ends, { attempt, phase: "waiting" });
    conn.secure(around(tcp, settings), {
      secureEvent: "secure",
      serverName: null,
      asksForCertificate: false,
    });
    return conn;
  });
}

/** Listens without making anything of a connection. Fails as `Network.listen` does. */
export function listenInspecting(
  address: SocketAddress,
  { runtime, ...bind }: BindOptions & { readonly runtime: NodeTlsRuntime },
): Promise<Listener<AcceptedConn>> {
  const terminate: Terminate = (tcp, options) => {
    const secureContext = serverContext(options, runtime);
    return around(tcp, { secureContext, ...serverSocketSettings(options) });
  };
  return listen(address, bind, (tcp, ends) => new InspectedConn(tcp, ends, terminate));
}

async function listen<Accepted extends Conn>(
  address: SocketAddress,
  { reusePort, descriptors }: BindOptions,
  open: (tcp: NodeTcpSocket, ends: Ends) => Accepted,
): Promise<Listener<Accepted>> {
  const { host, port } = address;
  if (isUnixPath(host)) await removeStaleSocket(address);
  const { promise, resolve, reject } = Promise.withResolvers<Listener<Accepted>>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  const refuse = (error: unknown) => {
    reject(bindError(address, descriptors.shortage() ?? error));
  };
  server.once("error", refuse);
  try {
    server.listen(isUnixPath(host) ? { path: host } : { host, port, reusePort }, () => {
      const bound = server.address() as net.AddressInfo | string;
      const at = typeof bound === "string" ? address : { host: bound.address, port: bound.port };
      const listening = server as unknown as NodeServer;
      resolve(new NodeListener(listening, { address: at, descriptors, open }));
    });
  } catch (error) {
    refuse(error); // Deno throws a missing permission.
  }
  return await promise;
}

/** Removes a unix socket on which nobody answers: what a process that was killed leaves behind. */
async function removeStaleSocket(address: SocketAddress): Promise<void> {
  const { host: path } = address;
  if (!await isSocketFile(path)) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error) => resolve((error as { code?: unknown }).code === "ECONNREFUSED"));
  });
  if (!refused) throw addressInUse(address);
  await nodeFiles.remove(path).catch(() => {}); // Then binding says what is wrong.
}

function around(tcp: NodeTcpSocket, settings: tls.TLSSocketOptions): NodeTlsSocket {
  return new tls.TLSSocket(tcp as unknown as net.Socket, settings) as unknown as NodeTlsSocket;
}

const serverContexts = new WeakMap<ServerTls, tls.SecureContext>();

/** What a server needs for handshakes, made once for all connections. Throws as the settings do. */
export function serverContext(options: ServerTls, runtime: NodeTlsRuntime): tls.SecureContext {
  const kept = serverContexts.get(options);
  if (kept !== undefined) return kept;
  const made = tls.createSecureContext(serverContextSettings(options, runtime));
  serverContexts.set(options, made);
  return made;
}

/** Connects in the clear to a unix socket. Fails as `Network.connect` does. */
export function connectUnix(address: SocketAddress, timeoutMs: number): Promise<Conn> {
  const attempt = `Cannot connect to ${showAddress(address)}`;
  return new Promise((resolve, reject) => {
    const socket = dial(address);
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(dialError(attempt, error));
    };
    const timer = setTimeout(() => {
      refuse(connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once("error", refuse);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", refuse);
      const ends = { local: address, remote: address };
      const conn = new NodeConn(socket, ends, { attempt, phase: "waiting" });
      conn.plain();
      resolve(conn);
    });
  });
}

/** Originates TLS. Fails as `Network.connect` does. */
export function connectNodeTls(
  address: SocketAddress,
  options: ConnectTls,
  { timeoutMs, prefix, runtime }: {
    timeoutMs: number;
    prefix?: Uint8Array;
    runtime: NodeTlsRuntime;
  },
): Promise<Conn> {
  const attempt = `Cannot connect to ${showAddress(address)}`;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const tcp = dial(address);
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      tcp.destroy();
      const failure = dialError(attempt, error);
      if (!AMBIGUOUS.test(failure.message)) return reject(failure);
      const restMs = Math.min(MAX_LOOK_MS, timeoutMs - (performance.now() - started));
      void lookAtTime(address, options, restMs).then((reason) => {
        if (reason === null) return reject(failure);
        const { cause } = failure;
        reject(tlsFailure(reason, attempt, { said: reasonOf(cause), cause }));
      });
    };
    const timer = setTimeout(() => {
      refuse(connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    tcp.on("error", refuse);
    const begin = () => {
      try {
        const ends = endsOf(tcp, address);
        if (ends === null) return refuse(connFailure("reset", attempt));
        const socket = tls.connect(connectOptions(tcp, address, options, runtime));
        const conn = new NodeConn(tcp, ends, { attempt, phase: "waiting" });
        conn.secure(socket, {
          secureEvent: "secureConnect",
          serverName: options.serverName,
          asksForCertificate: true,
        });
        conn.handshake().then(() => {
          clearTimeout(timer);
          tcp.off("error", refuse);
          resolve(conn);
        }, refuse);
      } catch (error) {
        refuse(handshakeError(attempt, error)); // Certificates that cannot be read.
      }
    };
    tcp.once("connect", () => {
      if (prefix === undefined) begin();
      else tcp.write(prefix, (error) => error ? refuse(error) : begin());
    });
  });
}

/** The looks that are under way, so that a burst of failures makes one. */
const looks = new WeakMap<ConnectTls, Promise<TlsReason | null>>();

/**
 * Whether a certificate that can't be verified is out of its time; null when it isn't, or can't be
 * seen. Deno shows no certificate of a handshake that failed, so this is another one, which trusts
 * anybody, says nothing and is only looked at.
 */
function lookAtTime(
  address: SocketAddress,
  options: ConnectTls,
  timeoutMs: number,
): Promise<TlsReason | null> {
  const running = looks.get(options);
  if (running !== undefined) return running;
  const look = new Promise<TlsReason | null>((resolve) => {
    const tcp = dial(address);
    const settle = (reason: TlsReason | null) => {
      clearTimeout(timer);
      looks.delete(options);
      tcp.destroy();
      resolve(reason);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    tcp.once("error", () => settle(null));
    tcp.once("close", () => settle(null));
    tcp.once("connect", () => {
      // Its own context, too: no session of an unverified handshake may be resumed by a verified one.
      const unverified = { ...options, verify: "none", ciphers: [] } as const;
      const socket = tls.connect(connectOptions(tcp, address, unverified, UNCHECKED));
      socket.once("error", () => settle(null));
      socket.once("secureConnect", () => {
        settle(outOfTime(socket.getPeerCertificate()));
        socket.destroy();
      });
    });
  });
  looks.set(options, look);
  return look;
}

function dial({ host, port }: SocketAddress): net.Socket {
  const shared = { allowHalfOpen: true, noDelay: true };
  return net.connect(isUnixPath(host) ? { ...shared, path: host } : { ...shared, host, port });
}

function connectOptions(
  tcp: net.Socket,
  address: SocketAddress,
  options: ConnectTls,
  runtime: NodeTlsRuntime,
): tls.ConnectionOptions {
  const { serverName, verify, alpn } = options;
  const expected = options.verifyName ?? serverName ?? address.host;
  return {
    socket: tcp,
    secureContext: connectContext(options, runtime),
    servername: serverName === null || isIpAddress(serverName) ? "" : serverName,
    rejectUnauthorized: verify !== "none",
    checkServerIdentity: (_host, certificate) =>
      verify === "full" ? tls.checkServerIdentity(expected, certificate) : undefined,
    ALPNProtocols: protocolList(alpn),
    ...versionBounds(options),
  };
}

const contexts = new WeakMap<ConnectTls, tls.SecureContext>();

/** Parses the trusted certificates once for all connections of a cluster. */
function connectContext(options: ConnectTls, runtime: NodeTlsRuntime): tls.SecureContext {
  const kept = contexts.get(options);
  if (kept !== undefined) return kept;
  const made = tls.createSecureContext(clientContextSettings(options, runtime));
  contexts.set(options, made);
  return made;
}

/** Says why a certificate is not for a name or address; undefined when it is. */
export function checkCertificateName(name: string, certificate: object): Error | undefined {
  return tls.checkServerIdentity(name, certificate as tls.PeerCertificate);
}

/**
 * The network in memory, for tests: addresses, back-pressure, half-close, resets and time-outs as
 * on the real one, without a socket.
 *
 * TLS is pretended: where both ends ask for it they agree at once, on the listener's first ALPN
 * protocol that the client offers too; no certificate is looked at. Where only one end asks for it,
 * the handshake fails as it would on a real network: with `tls` once the other end says something,
 * with `timeout` while it says nothing.
 *
 * @module
 */

import { AcceptQueue } from "./accept_queue.ts";
import { isUnixPath, knownAddresses, showAddress } from "./address.ts";
import { begun } from "./begun.ts";
import { addressInUse, connError, connFailure, tlsFailure } from "./failure.ts";
import { connectInMemory, joinInMemory, MemoryConn } from "./memory_conn.ts";
import { InspectedMemoryConn } from "./memory_inspected.ts";
import type {
  AcceptedConn,
  Conn,
  ConnectOptions,
  ConnectTls,
  HttpService,
  Listener,
  ListenOptions,
  ListenTls,
  Network,
  SocketAddress,
  TlsInfo,
} from "./mod.ts";

export { MemoryConn, memoryPair } from "./memory_conn.ts";

/** The first port that is given out for port 0 (RFC 6335 §6: the dynamic ports). */
const FIRST_DYNAMIC_PORT = 49152;

/** A network of its own: what listens on one is not to be reached from another. */
export class MemoryNetwork implements Network {
  readonly #names: Readonly<Record<string, readonly string[]>>;
  readonly #listeners: MemoryListener[] = [];
  readonly #silent = new Set<string>();
  #nextPort = FIRST_DYNAMIC_PORT;

  /** `names` are the names that resolve, beside localhost. */
  constructor(options: { names?: Readonly<Record<string, readonly string[]>> } = {}) {
    this.#names = options.names ?? {};
  }

  /** Makes connects to `address` run into their time-out, as if packets were dropped. */
  silence(address: SocketAddress): void {
    this.#silent.add(showAddress(address));
  }

  listen(
    address: SocketAddress,
    options: ListenOptions & { readonly inspect: true },
  ): Promise<Listener<AcceptedConn>>;
  listen(address: SocketAddress, options?: ListenOptions): Promise<Listener>;
  async listen(
    address: SocketAddress,
    options: ListenOptions = {},
  ): Promise<Listener> {
    const attempt = `Cannot listen on ${showAddress(address)}`;
    const [host] = await this.#lookUp(address.host, attempt);
    const asksForPort = address.port === 0 && !isUnixPath(host);
    const bound = { host, port: asksForPort ? this.#nextPort++ : address.port };
    const { reusePort = false } = options;
    const others = this.#listeners.filter(({ address }) =>
      address.host === bound.host && address.port === bound.port
    );
    if (others.length > 0 && !(reusePort && others.every((other) => other.reusePort))) {
      throw addressInUse(bound);
    }
    const listener = new MemoryListener(bound, options, () => {
      this.#listeners.splice(this.#listeners.indexOf(listener), 1);
    });
    this.#listeners.push(listener);
    return listener;
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    const attempt = `Cannot connect to ${showAddress(address)}`;
    const expired = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      expired.reject(connFailure("timeout", attempt, `no answer within ${options.timeoutMs} ms`));
    }, options.timeoutMs);
    try {
      for (const host of await this.#lookUp(address.host, attempt)) {
        const remote = { host, port: address.port };
        if (this.#silent.has(showAddress(remote))) await expired.promise;
        const listener = this.#listeners.find((listener) => listener.answers(remote));
        if (listener === undefined) continue;
        const local = isUnixPath(host) ? remote : { host, port: this.#nextPort++ };
        if (listener.inspects) {
          const inspected = new InspectedMemoryConn(remote, local);
          const [client] = joinInMemory(new MemoryConn(local, remote), inspected);
          listener.push(inspected);
          if (options.tls) {
            const greeting = inspected.greet(client, options.tls);
            client.pretendTls(
              await Promise.race([greeting, expired.promise]).catch((error) => {
                client.close();
                throw connError(attempt, error);
              }),
            );
          }
          return client;
        }
        const [client, server] = connectInMemory(local, remote);
        if (listener.tls !== null) agree(client, server, options.tls ?? null, listener.tls);
        listener.push(server);
        if (options.tls && listener.tls === null) {
          await Promise.race([speakTlsToPlain(client, attempt), expired.promise])
            .finally(() => client.close());
        }
        return await begun(client, options.prefix);
      }
      throw connFailure("refused", attempt);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Not in memory: rejects with `other`. */
  serveHttp(): Promise<HttpService> {
    return Promise.reject(connFailure("other", "Cannot serve HTTP", "this network is in memory"));
  }

  async resolve(name: string): Promise<string[]> {
    return await this.#lookUp(name, `Cannot resolve ${name}`);
  }

  #lookUp(name: string, attempt: string): Promise<string[]> {
    const found = knownAddresses(name) ?? this.#names[name];
    if (found === undefined) return Promise.reject(connFailure("dns", attempt, "no such name"));
    return Promise.resolve([...found]);
  }
}

class MemoryListener implements Listener {
  readonly address: SocketAddress;
  readonly tls: ListenTls | null;
  readonly reusePort: boolean;
  readonly inspects: boolean;
  readonly #queue = new AcceptQueue();
  readonly #closed: () => void;

  constructor(
    address: SocketAddress,
    { tls = null, reusePort = false, inspect = false }: ListenOptions,
    closed: () => void,
  ) {
    this.address = address;
    this.tls = tls;
    this.reusePort = reusePort;
    this.inspects = inspect;
    this.#closed = closed;
  }

  answers(address: SocketAddress): boolean {
    const { host, port } = this.address;
    if (port !== address.port) return false;
    return host === address.host || host === (address.host.includes(":") ? "::" : "0.0.0.0");
  }

  push(conn: Conn): void {
    this.#queue.push(conn);
  }

  accept(): Promise<Conn | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#queue.close();
    this.#closed();
  }
}

/** What a handshake between both would settle. */
function agree(
  client: MemoryConn,
  server: MemoryConn,
  asked: ConnectTls | null,
  offered: ListenTls,
): void {
  if (asked === null) {
    server.pretendTls(tlsFailure("not_tls", "Cannot finish the TLS handshake"));
    return server.close();
  }
  const info: TlsInfo = {
    alpn: offered.alpn.find((protocol) => asked.alpn.includes(protocol)) ?? null,
    serverName: asked.serverName?.toLowerCase() ?? null,
    version: offered.maxVersion ?? asked.maxVersion ?? "TLSv1.3",
    cipher: null,
    peerCertificates: [],
  };
  client.pretendTls(info);
  server.pretendTls(info);
}

/** Sends what looks like a ClientHello; whatever comes back is not TLS. */
async function speakTlsToPlain(client: MemoryConn, attempt: string): Promise<never> {
  await client.write(Uint8Array.of(0x16, 3, 1));
  const answer = await client.read(new Uint8Array(1));
  throw answer === null ? connFailure("unexpected_eof", attempt) : tlsFailure("not_tls", attempt);
}

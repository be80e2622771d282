/**
 * A proxy between ends in memory, where nothing but the test decides who moves: for back-pressure,
 * and for connections that are torn, which Deno's own `close()` cannot do (it ends them first).
 *
 * @module
 */

import type { HttpFilterConfig, TcpFilterConfig } from "../../src/config/model.ts";
import { type MemoryConn, MemoryNetwork } from "../../src/runtime/memory.ts";
import type { Listener, Runtime } from "../../src/runtime/mod.ts";
import { cluster, http, listener, TestServer } from "./fixture.ts";
import { Wire } from "./wire.ts";

const HOST = "127.0.0.1";
const PORT = 7;

/** A proxy with its clients and its one upstream in memory. */
export class InMemory implements AsyncDisposable {
  readonly proxy: TestServer;
  readonly #network: MemoryNetwork;
  readonly #listener: Listener;
  readonly #conns: MemoryConn[] = [];

  private constructor(network: MemoryNetwork, upstream: Listener, proxy: TestServer) {
    this.#network = network;
    this.#listener = upstream;
    this.proxy = proxy;
  }

  /** Starts it, for HTTP unless told otherwise. */
  static async start(filter: HttpFilterConfig | TcpFilterConfig = http()): Promise<InMemory> {
    const network = new MemoryNetwork();
    const upstream = await network.listen({ host: HOST, port: PORT });
    const proxy = await TestServer.start({
      listeners: [listener(filter)],
      clusters: [cluster([PORT])],
      // A server uses no more of its host than the runtime's name.
      runtime: Object.assign(network, { name: "memory", version: "0" }) as unknown as Runtime,
    });
    return new InMemory(network, upstream, proxy);
  }

  /** A client's connection. */
  async connect(): Promise<Wire> {
    const address = { host: HOST, port: this.proxy.port() };
    return this.#wire(await this.#network.connect(address, { timeoutMs: 1_000 }) as MemoryConn);
  }

  /** The next connection that the proxy makes. */
  async accept(): Promise<Wire> {
    return this.#wire(await this.#listener.accept() as MemoryConn);
  }

  #wire(conn: MemoryConn): Wire {
    this.#conns.push(conn);
    return new Wire(conn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) conn.close();
    await this.proxy[Symbol.asyncDispose]();
  }
}

/** Tears a connection of an `InMemory`: the other end's reads and writes fail. */
export function tear(wire: Wire): void {
  (wire.conn as MemoryConn).reset();
}

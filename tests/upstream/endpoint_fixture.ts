/**
 * An endpoint without sockets.
 *
 * @module
 */

import type { CircuitBreakersConfig, ClusterConfig } from "../../src/config/model.ts";
import { CIRCUIT_BREAKERS } from "../../src/config/native/defaults.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { NO_BODY } from "../../src/http1/mod.ts";
import { createStats } from "../../src/observe/mod.ts";
import { type Http1ClientSession, TimerWheel } from "../../src/session/mod.ts";
import { CircuitBreakers } from "../../src/upstream/circuit_breakers.ts";
import { ClusterStats } from "../../src/upstream/cluster_stats.ts";
import { Endpoint, type Ends } from "../../src/upstream/mod.ts";
import { assertEquals } from "../assert.ts";
import { FakeNetwork } from "./fake_network.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/** An endpoint on a fake network. */
export class Fixture implements Disposable {
  readonly network = new FakeNetwork();
  readonly wheel = new TimerWheel();
  readonly stats = new ClusterStats(createStats(), "app");
  readonly breakers: CircuitBreakers;
  readonly endpoint: Endpoint;

  constructor(
    addresses: readonly string[] = ["10.0.0.1"],
    hostname = "",
    limits: Partial<CircuitBreakersConfig> = {},
    proxyProtocol: ClusterConfig["proxyProtocol"] = null,
  ) {
    this.breakers = new CircuitBreakers({
      name: "app",
      circuitBreakers: { ...CIRCUIT_BREAKERS, ...limits },
    }, { stats: this.stats });
    const place = { addresses: addresses.map((host) => ({ host, port: 80 })), hostname, weight: 1 };
    this.endpoint = new Endpoint(place, {
      network: this.network,
      wheel: this.wheel,
      stats: this.stats,
      breakers: this.breakers,
      connectTimeoutMs: 5_000,
      tls: null,
      proxyProtocol,
    });
  }

  /** The connection for a request, as the exchange takes it. */
  async acquire(ends: Ends | null = null): Promise<Http1ClientSession> {
    return this.endpoint.takeIdle(ends) ?? await this.endpoint.open({}, ends);
  }

  /** One request with this answer, and the connection given back. */
  async exchange(answer = OK): Promise<void> {
    this.endpoint.release(await this.answered(answer));
  }

  /** A connection whose request was answered. */
  async answered(answer = OK, ends: Ends | null = null): Promise<Http1ClientSession> {
    const session = await this.acquire(ends);
    session.startRequest({
      method: "GET",
      target: "/",
      headers: HeaderMap.of(["host", "a"]),
      framing: NO_BODY,
    });
    await session.writer.flush();
    this.network.conns.at(-1)!.feed(answer);
    await session.nextHead();
    await session.reader.body();
    return session;
  }

  /** Connections made, alive and gone, as the endpoint and as its cluster count them. */
  get counts(): { total: number; active: number; gone: number } {
    const { stats, endpoint } = this;
    assertEquals(endpoint.cxActive, stats.cxActive.value);
    assertEquals(endpoint.cxTotal, stats.cxTotal.value);
    return {
      total: stats.cxTotal.value,
      active: stats.cxActive.value,
      gone: stats.cxDestroy.value,
    };
  }

  [Symbol.dispose](): void {
    this.endpoint.close();
    this.wheel[Symbol.dispose]();
  }
}

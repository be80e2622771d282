/**
 * An HTTP filter whose client, upstream and clock are the test's.
 *
 * @module
 */

import type { HttpFilterConfig } from "../../src/config/model.ts";
import {
  AccessLog,
  createStats,
  type Log,
  type LogFields,
  type Stats,
} from "../../src/observe/mod.ts";
import { type FilterSession, HttpFilter, type Origin } from "../../src/proxy/mod.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { Cluster } from "../../src/upstream/mod.ts";
import { assertEquals } from "../assert.ts";
import { http, route } from "../server/fixture.ts";
import { from, ScriptedConn, settle } from "../session/scripted_conn.ts";
import { clusterOf, FakeNetwork } from "../upstream/fake_network.ts";

/** A filter between scripted connections, on a clock that the test moves. */
export class ScriptedFilter implements AsyncDisposable {
  /** The client's connection, as the filter sees it. */
  readonly client = new ScriptedConn();
  readonly network = new FakeNetwork();
  readonly stats: Stats = createStats();
  readonly lines: string[] = [];
  /** What the log was told, without its levels. */
  readonly logged: (readonly [message: string, fields: LogFields])[] = [];
  readonly filter: HttpFilter;
  /** Serves `client`. */
  readonly session: FilterSession;
  /** The filter's clusters by their names, those that it had before included. */
  readonly clusters: Cluster[] = [];
  now = 0;
  readonly #wheel = new TimerWheel(() => this.now);
  readonly #log: Log;
  readonly #accessLog: AccessLog;
  readonly #running: Promise<void>;

  private constructor(
    config: HttpFilterConfig,
    origin: Partial<Origin>,
    prepare: (session: FilterSession) => void,
  ) {
    const say = (message: string, fields: LogFields = {}) =>
      void this.logged.push([message, fields]);
    const log = this.#log = { info: say, warning: say, error: say };
    const sink = (text: string) => {
      this.lines.push(text);
      return Promise.resolve();
    };
    this.#accessLog = new AccessLog(sink, { log });
    const cluster = this.#cluster("app", "10.0.0.1:80");
    this.filter = new HttpFilter(config, {
      wheel: this.#wheel,
      stats: this.stats,
      log,
      accessLog: this.#accessLog,
      clusters: new Map([["app", cluster]]),
      form: "native",
      network: this.network,
    });
    this.session = this.filter.open(this.client, { ...from(this.client), ...origin });
    prepare(this.session);
    this.#running = cluster.start().then(() => this.session.run());
  }

  /**
   * Serves a client, by default by a route without a timeout of its own. `origin` is what there is to
   * know of the client, besides that its connection is a plain one. `prepare` is called before the
   * session runs.
   */
  static async start(
    config: HttpFilterConfig = http({ routes: [route({ timeoutMs: 0 })] }),
    origin: Partial<Origin> = {},
    prepare: (session: FilterSession) => void = () => {},
  ): Promise<ScriptedFilter> {
    const scripted = new ScriptedFilter(config, origin, prepare);
    await settle();
    return scripted;
  }

  /** The connection to the upstream. */
  get upstream(): ScriptedConn {
    return this.network.conns[0];
  }

  /** Gives the filter other routes, which lead to a cluster of that name with that endpoint. */
  async update(config: HttpFilterConfig, name: string, address: string): Promise<void> {
    const cluster = this.#cluster(name, address);
    await cluster.start();
    this.filter.update({ config, clusters: new Map([[name, cluster]]) });
  }

  /** The flag in the access log's only line, with the status. */
  async outcome(): Promise<string> {
    await this.#running;
    await this.#accessLog.flush();
    assertEquals(this.lines.length, 1);
    return / (\d+ \S+) \d+ \d+ \d+ /.exec(this.lines[0])![1];
  }

  /** Lets time pass, and then what comes of it happen. */
  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.#wheel.advance();
    }
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#running;
    for (const cluster of this.clusters) cluster.close();
    this.#wheel[Symbol.dispose]();
    await this.#accessLog.flush();
    await settle();
    assertEquals(
      this.stats.readings().filter(({ name, value }) => name.endsWith("_active") && value !== 0),
      [],
    );
  }

  #cluster(name: string, address: string): Cluster {
    const cluster = new Cluster(clusterOf([address], { name }), {
      wheel: this.#wheel,
      stats: this.stats,
      log: this.#log,
      network: this.network,
    });
    this.clusters.push(cluster);
    return cluster;
  }
}

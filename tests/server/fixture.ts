/**
 * A server inside of the test's process, and configurations for it in few words.
 *
 * @module
 */

import type {
  ClusterConfig,
  Config,
  DownstreamTlsConfig,
  HttpFilterConfig,
  HttpTimeoutsConfig,
  ListenerConfig,
  RouteConfig,
  TcpFilterConfig,
} from "../../src/config/model.ts";
import { ANY, CIRCUIT_BREAKERS, NO_CLIENT_CERT_HEADER } from "../../src/config/native/defaults.ts";
import { AccessLog, type LogFields } from "../../src/observe/mod.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import type { Runtime } from "../../src/runtime/mod.ts";
import { type Server, startServer } from "../../src/server/mod.ts";
import { assertEquals } from "../assert.ts";
import { connect, until, type Wire } from "./wire.ts";

/** A cluster of ports on the loopback, or of `host:port`. */
export function cluster(
  endpoints: readonly (number | string)[],
  options: Partial<ClusterConfig> = {},
): ClusterConfig {
  return {
    name: "app",
    discovery: "strict_dns",
    endpoints: endpoints.map((endpoint) => {
      const text = typeof endpoint === "number" ? `127.0.0.1:${endpoint}` : endpoint;
      const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(text)!;
      return { address: { host, port: Number(port) }, weight: 1 };
    }),
    loadBalancing: "round_robin",
    connectTimeoutMs: 5_000,
    circuitBreakers: CIRCUIT_BREAKERS,
    proxyProtocol: null,
    tls: null,
    ...options,
  };
}

/** What an HTTP filter's timeouts are unless a test says otherwise, milliseconds. */
export const TIMEOUTS: HttpTimeoutsConfig = {
  headMs: 10_000,
  requestMs: 0,
  idleMs: 60_000,
  streamIdleMs: 300_000,
};

/** A route for every path. */
export function route(options: Partial<RouteConfig> = {}): RouteConfig {
  return {
    match: { path: { kind: "prefix", value: "/" }, headers: [] },
    cluster: "app",
    timeoutMs: 15_000,
    timeoutCovers: "head",
    prefixRewrite: null,
    clientSans: null,
    maxBodyBytes: 0,
    upgrades: [],
    ...options,
  };
}

/** An HTTP filter whose routes are for any host. */
export function http(
  options: Partial<HttpFilterConfig> & { routes?: RouteConfig[] } = {},
): HttpFilterConfig {
  const { routes = [route()], ...rest } = options;
  return {
    kind: "http",
    statPrefix: "web",
    forwarding: { mode: "replace" },
    clientCertHeader: NO_CLIENT_CERT_HEADER,
    ignorePortInHost: true,
    virtualHosts: [{ name: "any", domains: ["*"], routes }],
    accessLog: true,
    acceptHttp10: false,
    defaultHostForHttp10: null,
    limits: {
      headBytes: 60 * 1024,
      headFields: 100,
      targetBytes: 0,
      requestsPerConnection: 0,
      minBodyRate: 0,
    },
    timeouts: TIMEOUTS,
    errors: "short",
    maxHops: 0,
    ...rest,
  };
}

/** A TCP filter. */
export function tcp(options: Partial<TcpFilterConfig> = {}): TcpFilterConfig {
  return {
    kind: "tcp",
    statPrefix: "raw",
    cluster: "app",
    idleTimeoutMs: 60_000,
    accessLog: true,
    ...options,
  };
}

/** A listener on a free port of the loopback. */
export function listener(
  filter: HttpFilterConfig | TcpFilterConfig,
  options: {
    name?: string;
    port?: number;
    tls?: DownstreamTlsConfig | null;
    maxConnections?: number;
  } = {},
): ListenerConfig {
  const { name = "web", port = 0, tls = null, maxConnections = 0 } = options;
  const address = { host: "127.0.0.1", port };
  return {
    name,
    address,
    maxConnections,
    inspectTls: false,
    proxyProtocol: null,
    filterChains: [{ name: "", match: ANY, tls, filter }],
    defaultFilterChain: null,
  };
}

/** A configuration. */
export function config(listeners: ListenerConfig[], clusters: ClusterConfig[]): Config {
  return { frontEnd: "native", file: "test.yaml", admin: null, listeners, clusters };
}

/** What an access log line says. */
export interface AccessLine {
  readonly request: string;
  readonly status: number;
  readonly flags: string;
  readonly received: number;
  readonly sent: number;
  readonly upstream: string;
}

const ACCESS_LINE =
  /^\[[^\]]+\] "(.*?)" (\d+) (\S+) (\d+) (\d+) \d+ (?:\d+|-) "[^"]*" "[^"]*" "[^"]*" "[^"]*" "([^"]*)"\n$/;

/** A line of the log. */
export interface LogLine {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A running server, and all it says. */
export class TestServer implements AsyncDisposable {
  readonly server: Server;
  readonly log: LogLine[];
  readonly #lines: string[];
  readonly #accessLog: AccessLog;

  private constructor(
    server: Server,
    said: { log: LogLine[]; lines: string[]; accessLog: AccessLog },
  ) {
    this.server = server;
    this.log = said.log;
    this.#lines = said.lines;
    this.#accessLog = said.accessLog;
  }

  /** Starts a server, by default with one listener for HTTP that leads to the cluster `app`. */
  static async start(
    given: { listeners?: ListenerConfig[]; clusters: ClusterConfig[]; runtime?: Runtime },
  ): Promise<TestServer> {
    const { listeners = [listener(http())], clusters, runtime = denoRuntime() } = given;
    const log: LogLine[] = [], lines: string[] = [];
    const say = (level: LogLine["level"]) => (message: string, fields: LogFields = {}) =>
      void log.push({ level, message, fields });
    const logs = { info: say("info"), warning: say("warning"), error: say("error") };
    const accessLog = new AccessLog((text) => {
      lines.push(...text.match(/[^\n]*\n/g)!);
      return Promise.resolve();
    }, { log: logs });
    const server = await startServer({
      runtime,
      config: config(listeners, clusters),
      log: logs,
      accessLog,
      version: "0.0.0",
    });
    return new TestServer(server, { log, lines, accessLog });
  }

  /** The port of the first listener, or of the one with that name. */
  port(name?: string): number {
    const listeners = this.server.listeners();
    return listeners.find((listener) => name === undefined || listener.name === name)!.address.port;
  }

  /** A client's connection. */
  connect(name?: string): Promise<Wire> {
    return connect(this.port(name));
  }

  /** One number, such as `cluster.app.upstream_cx_total`; 0 when there is none of that name. */
  stat(name: string): number {
    return this.server.stats.readings().find((reading) => reading.name === name)?.value ?? 0;
  }

  /** One number of the first listener, whose name holds its port. */
  listenerStat(leaf: string): number {
    return this.stat(`listener.127.0.0.1_${this.port()}.${leaf}`);
  }

  /** The access log, once it has so many lines. */
  async access(count: number): Promise<AccessLine[]> {
    await until(() => this.#lines.length >= count, `the access log has ${count} lines`);
    assertEquals(this.#lines.length, count, this.#lines.join(""));
    return this.#lines.map((line) => {
      const found = ACCESS_LINE.exec(line);
      if (found === null) throw new Error(`not an access log line: ${line}`);
      const [, request, status, flags, received, sent, upstream] = found;
      return {
        request,
        status: Number(status),
        flags,
        received: Number(received),
        sent: Number(sent),
        upstream,
      };
    });
  }

  /** Waits until no connection and no request is left on either side. */
  async quiet(): Promise<void> {
    const active = () =>
      this.server.stats.readings().filter(({ name, value }) =>
        name.endsWith("_active") && value !== 0
      );
    await until(() => active().length === 0, "nothing is active").catch((error) => {
      const left = active().map(({ name, value }) => `${name}: ${value}`);
      throw new Error(`${error.message}; ${left.join(", ")}`);
    });
  }

  /**
   * Stops the server, and checks what holds after every scenario: nothing is active, what was opened
   * was closed, each request has ended once, and nothing went wrong inside.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(0);
    await this.quiet();
    await this.#accessLog.flush();
    // The access log's own timer, which has nothing to do any more.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const numbers = new Map(this.server.stats.readings().map(({ name, value }) => [name, value]));
    const pairs: [string, string][] = [
      ["downstream_cx_total", "downstream_cx_destroy"],
      ["upstream_cx_total", "upstream_cx_destroy"],
      ["downstream_rq_total", "downstream_rq_completed"],
      ["upstream_rq_total", "upstream_rq_completed"],
    ];
    for (const [name, value] of numbers) {
      for (const [begun, ended] of pairs) {
        if (!name.endsWith(`.${begun}`)) continue;
        const other = name.slice(0, -begun.length) + ended;
        if (numbers.has(other)) {
          assertEquals(numbers.get(other), value, `${other} against ${begun}`);
        }
      }
    }
    assertEquals(this.log.filter(({ level }) => level === "error"), []);
  }
}

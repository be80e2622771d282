/**
 * The running program: one snapshot, and its orderly end.
 *
 * @module
 */

import type {
  ClusterView,
  ListenerView,
  ServerState,
  ServerView,
  TlsContextView,
} from "../admin/view.ts";
import type { Config } from "../config/model.ts";
import { type AccessLog, createStats, type Log, type Stats } from "../observe/mod.ts";
import type { Runtime } from "../runtime/mod.ts";
import { TimerWheel } from "../session/mod.ts";
import { describeCertificates } from "./certificates.ts";
import { buildSnapshot, type Snapshot } from "./snapshot.ts";

/** How long an orderly stop waits for what runs. */
const GRACE_MS = 10_000;
/** How long what was cut off has to unwind; a connection that is being dialled may take longer. */
const UNWIND_MS = 500;

/** What a server works with. */
export interface ServerOptions {
  /** The network to listen on and to dial with. */
  readonly runtime: Runtime;
  /** What to serve. */
  readonly config: Config;
  /** Told what happens. */
  readonly log: Log;
  /** Takes a line a request or connection, from the filters that log. */
  readonly accessLog: AccessLog;
  /** genkan's version, such as `0.1.0`. */
  readonly version: string;
}

/** A running server. */
export interface Server extends ServerView {
  /** Resolves when an orderly stop has ended, whoever began it. */
  readonly stopped: Promise<void>;
  /**
   * Stops accepting, lets running requests finish for at most `graceMs`, and closes what is left
   * then. The same stop for everybody who asks; a later call may only shorten it.
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts serving a configuration. Fails with the ConnError of a listener that can't be bound; then
 * nothing is bound.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { runtime, config, log, accessLog, version } = options;
  const wheel = new TimerWheel();
  const stats = createStats();
  const snapshot = await buildSnapshot(config, { network: runtime, wheel, stats, log, accessLog });
  const server = new RunningServer(snapshot, {
    wheel,
    stats,
    log,
    version,
    runtime: `${runtime.name} ${runtime.version}`,
  });
  for (const listener of snapshot.listeners) listener.start();
  return server;
}

interface RunningServerOptions {
  readonly wheel: TimerWheel;
  readonly stats: Stats;
  readonly log: Log;
  readonly version: string;
  readonly runtime: string;
}

class RunningServer implements Server {
  readonly stopped: Promise<void>;
  readonly version: string;
  readonly runtime: string;
  readonly stats: Stats;
  readonly #snapshot: Snapshot;
  readonly #wheel: TimerWheel;
  readonly #log: Log;
  readonly #started = performance.now();
  #state: ServerState = "LIVE";
  #resolveStopped: () => void;
  #unwinding: number | undefined;

  constructor(snapshot: Snapshot, options: RunningServerOptions) {
    this.#snapshot = snapshot;
    this.#wheel = options.wheel;
    this.#log = options.log;
    this.version = options.version;
    this.runtime = options.runtime;
    this.stats = options.stats;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#resolveStopped = resolve;
  }

  get state(): ServerState {
    return this.#state;
  }

  get uptimeMs(): number {
    return performance.now() - this.#started;
  }

  get config(): Config {
    return this.#snapshot.config;
  }

  listeners(): readonly ListenerView[] {
    return this.#snapshot.listeners.map(({ config: { name }, address }) => ({ name, address }));
  }

  clusters(): readonly ClusterView[] {
    return Array.from(this.#snapshot.clusters.values(), ({ config, endpoints }) => ({
      name: config.name,
      circuitBreakers: config.circuitBreakers,
      endpoints: endpoints.map((endpoint) => ({
        address: endpoint.address,
        hostname: endpoint.place.hostname,
        weight: endpoint.weight,
        healthy: true,
        cxActive: endpoint.cxActive,
        cxConnectFail: endpoint.cxConnectFail,
        cxTotal: endpoint.cxTotal,
        rqActive: endpoint.rqActive,
        rqPending: endpoint.rqPending,
        rqError: endpoint.rqError,
        rqSuccess: endpoint.rqSuccess,
        rqTimeout: endpoint.rqTimeout,
        rqTotal: endpoint.rqTotal,
      })),
    }));
  }

  async certificates(): Promise<readonly TlsContextView[]> {
    return await describeCertificates(this.#snapshot);
  }

  quit(): void {
    void this.stop(GRACE_MS);
  }

  async stop(graceMs: number): Promise<void> {
    const { listeners } = this.#snapshot;
    const cut = setTimeout(() => this.#cut(graceMs), graceMs);
    if (this.#state === "LIVE") {
      this.#state = "DRAINING";
      void Promise.all(listeners.map((listener) => listener.drain())).then(() => this.#end());
    }
    await this.stopped;
    clearTimeout(cut);
  }

  /** The grace is over: what still runs is ended. */
  #cut(graceMs: number): void {
    this.#log.warning("connections cut off, because they had not ended in time", { graceMs });
    for (const listener of this.#snapshot.listeners) listener.close();
    this.#unwinding = setTimeout(() => this.#end(), UNWIND_MS) as unknown as number;
  }

  #end(): void {
    clearTimeout(this.#unwinding);
    for (const cluster of this.#snapshot.clusters.values()) cluster.close();
    this.#snapshot.watch[Symbol.dispose]();
    this.#wheel[Symbol.dispose]();
    this.#resolveStopped();
  }
}

/**
 * The running program as the main thread has it: it knows the configuration, tells the workers, and
 * sees to their orderly end.
 *
 * @module
 */

import type {
  ClusterView,
  DrainOptions,
  ListenerView,
  ServerState,
  ServerView,
  TlsContextView,
} from "../admin/view.ts";
import type { Config } from "../config/model.ts";
import { ConnError } from "../errors.ts";
import type { AccessLog, CombinedStats, Log, StatReading, Stats } from "../observe/mod.ts";
import { type HttpService, type Runtime, showAddress, type SocketAddress } from "../runtime/mod.ts";
import { TimerWheel } from "../session/mod.ts";
import { atMost } from "./at_most.ts";
import { CertificateWatch } from "./certificate_watch.ts";
import { describeCertificates } from "./certificates.ts";
import { viewClusters } from "./cluster_view.ts";
import { boundAddress, Crew } from "./crew.ts";
import { claimAddresses } from "./exclusive.ts";
import { pemUsers } from "./pem_users.ts";
import { recruiter, unixPathsOf } from "./recruit.ts";
import { changesOf, type ConfigChanges, isSame } from "./same.ts";
import type { SharedLimits } from "./shared_limits.ts";
import { Turns } from "./turns.ts";
import { wantedNumbers } from "./wanted_numbers.ts";

/** How long what was taken away, or runs at the stop, has to finish unless it is said. */
const DRAIN_MS = 30_000;
/** How long the admin's last answers may take. */
const ADMIN_GRACE_MS = 1_000;

/** What a server works with. */
export interface ServerOptions {
  /** The network to listen on and to dial with, and the threads. */
  readonly runtime: Runtime;
  /** What to serve. */
  readonly config: Config;
  /** Told what happens. */
  readonly log: Log;
  /** Takes a line a request or connection, from the filters that log. */
  readonly accessLog: AccessLog;
  /** genkan's version, such as `0.1.0`. */
  readonly version: string;
  /**
   * Worker threads. 0, and without it, serves in this thread: for what is started for a short time,
   * and isn't given another configuration.
   */
  readonly concurrency?: number;
  /** Milliseconds that running requests have to finish when they are in the way; 30 s without it. */
  readonly drainMs?: number;
  /** Serves the admin; without it there is none, whatever the configuration says. */
  readonly bindAdmin?: (address: SocketAddress, view: ServerView) => Promise<HttpService>;
}

/** A running server. */
export interface Server extends ServerView {
  /** What workers have told so far; `readings` asks them first. */
  readonly stats: Stats;
  /** Resolves when an orderly stop has begun, whoever began it. */
  readonly stopping: Promise<void>;
  /** Resolves when it has ended. */
  readonly stopped: Promise<void>;
  /** Where the admin is bound; null where there is none. */
  readonly adminAddress: SocketAddress | null;
  /**
   * Serves another configuration: what didn't change is left alone, what did has time to finish.
   * Fails with the ConnError of an address that can't be bound; then nothing has changed.
   */
  reload(config: Config): Promise<ConfigChanges>;
  /** Resolves when every worker has given a sign of life. */
  ping(): Promise<void>;
  /**
   * Stops accepting, lets running requests finish for at most `graceMs`, and closes what is left
   * then. The same stop for everybody who asks; a later call may only shorten it.
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts serving a configuration. Fails with the ConnError of an address that can't be bound; then
 * nothing is bound.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = new RunningServer(options, await recruiter(options));
  try {
    await server.start(options.config);
  } catch (error) {
    await server.stop(0);
    throw error;
  }
  return server;
}

class RunningServer implements Server {
  readonly stopping: Promise<void>;
  readonly stopped: Promise<void>;
  readonly version: string;
  readonly runtime: string;
  readonly stats: CombinedStats;
  readonly #options: ServerOptions;
  readonly #drainMs: number;
  readonly #limits: SharedLimits;
  readonly #crew: Crew;
  readonly #wheel = new TimerWheel();
  /** One configuration after the other. */
  readonly #turns = new Turns();
  readonly #started = performance.now();
  readonly #resolveStopping: () => void;
  readonly #resolveStopped: () => void;
  #config: Config;
  #watch: CertificateWatch | null = null;
  #admin: HttpService | null = null;
  #failsHealthcheck = false;
  #drainsConnections = false;
  #stopping = false;
  #draining: number | undefined;

  constructor(
    options: ServerOptions,
    { stats, limits, recruit }: Awaited<ReturnType<typeof recruiter>>,
  ) {
    const { runtime, config, log, version, concurrency = 0, drainMs = DRAIN_MS } = options;
    this.#options = options;
    this.#drainMs = drainMs;
    this.#config = config;
    this.version = version;
    this.runtime = `${runtime.name} ${runtime.version}`;
    this.stats = stats;
    this.#limits = limits;
    this.#crew = new Crew({
      count: Math.max(1, concurrency),
      recruit,
      talliesFor: (config) => limits.give(config),
      onDeath: (index) => limits.giveBack(index),
      endsBusyThreads: runtime.endsBusyThreads,
      log,
    });
    ({ promise: this.stopping, resolve: this.#resolveStopping } = Promise.withResolvers<void>());
    ({ promise: this.stopped, resolve: this.#resolveStopped } = Promise.withResolvers<void>());
  }

  /** Serves the first configuration. */
  async start(config: Config): Promise<void> {
    await this.#switchTo(config);
  }

  get state(): ServerState {
    return this.#stopping || this.#failsHealthcheck ? "DRAINING" : "LIVE";
  }

  get uptimeMs(): number {
    return performance.now() - this.#started;
  }

  get config(): Config {
    return this.#config;
  }

  get adminAddress(): SocketAddress | null {
    return this.#admin?.address ?? null;
  }

  listeners(): readonly ListenerView[] {
    const { bound } = this.#crew;
    return this.#config.listeners.map((listener) => ({
      name: listener.name,
      address: boundAddress(listener, bound),
    }));
  }

  async clusters(): Promise<readonly ClusterView[]> {
    return viewClusters(this.#config, await this.#crew.describe());
  }

  async readings(): Promise<StatReading[]> {
    await this.#crew.describe();
    return this.stats.readings();
  }

  async certificates(): Promise<readonly TlsContextView[]> {
    return await describeCertificates(this.#config);
  }

  reload(config: Config): Promise<ConfigChanges> {
    return this.#turns.take(async () => {
      this.#checkRights(config);
      const changes = changesOf(this.#config, config);
      await this.#switchTo(config);
      return changes;
    });
  }

  ping(): Promise<void> {
    return this.#crew.ping();
  }

  async drainListeners({ graceful, skipExit }: DrainOptions): Promise<void> {
    if (graceful || skipExit) await this.#drainConnections();
    else await this.#crew.stopAccepting();
    if (skipExit) return;
    this.#draining ??= setTimeout(() => {
      void this.#drainConnections();
      void this.#crew.stopAccepting();
    }, this.#drainMs) as unknown as number;
  }

  async passHealthcheck(passes: boolean): Promise<void> {
    this.#failsHealthcheck = !passes;
    await this.#crew.closeAfterResponse(this.#drainsConnections || !passes);
  }

  quit(): void {
    void this.stop(this.#drainMs);
  }

  async stop(graceMs: number): Promise<void> {
    const isFirst = !this.#stopping;
    this.#stopping = true;
    this.#resolveStopping();
    clearTimeout(this.#draining);
    this.#watch?.[Symbol.dispose]();
    await this.#crew.stop(graceMs);
    if (isFirst) await this.#end();
    await this.stopped;
  }

  /** That load balancers may come again doesn't take it back. */
  async #drainConnections(): Promise<void> {
    this.#drainsConnections = true;
    await this.#crew.closeAfterResponse(true);
  }

  async #end(): Promise<void> {
    this.#wheel[Symbol.dispose]();
    await closeInTime(this.#admin);
    this.#resolveStopped();
  }

  /** Threads were started with the rights that the first configuration wants, and get no others. */
  #checkRights(config: Config): void {
    const { runtime, concurrency = 0 } = this.#options;
    if (concurrency === 0 || !runtime.limitsThreads) return;
    const allowed = unixPathsOf(this.#options.config);
    const host = unixPathsOf(config).find((path) => !allowed.includes(path));
    if (host === undefined) return;
    const address = showAddress({ host, port: 0 });
    throw new ConnError(
      "permission",
      `Cannot use ${address}: genkan has given up the right to unix sockets that it was not ` +
        "started with; restart it",
    );
  }

  /** All or nothing. */
  async #switchTo(config: Config): Promise<void> {
    const { runtime, concurrency = 0 } = this.#options;
    const admin = await this.#nextAdmin(config.admin);
    try {
      if (concurrency > 0) await claimAddresses(runtime, config.listeners, this.#crew.bound);
      await this.#crew.switchTo(config, this.#drainMs);
    } catch (error) {
      if (admin !== this.#admin) await closeInTime(admin);
      throw error;
    }
    const before = this.#admin;
    this.#admin = admin;
    this.#config = config;
    this.#watchFiles();
    this.#limits.keepOnly(config);
    // What dead workers counted; the living forget their own when the drain is over.
    if (concurrency > 0) this.stats.keepOnly(wantedNumbers(config, this.#crew.bound.values()));
    if (before !== admin) void closeInTime(before); // An answer to /reload may be on its way.
  }

  async #nextAdmin(address: SocketAddress | null): Promise<HttpService | null> {
    const { bindAdmin } = this.#options;
    if (address === null || bindAdmin === undefined) return null;
    const isKept = this.#admin !== null && isSame(address, this.#config.admin);
    return isKept ? this.#admin : await bindAdmin(address, this);
  }

  /** Certificates that change on disk come as another configuration. */
  #watchFiles(): void {
    this.#watch?.[Symbol.dispose]();
    if (this.#stopping) return;
    const { runtime: host, log } = this.#options;
    const users = pemUsers(this.#config, (change) =>
      this.#turns.take(async () => {
        if (this.#stopping) return;
        const config = change(this.#config);
        await this.#crew.switchTo(config, this.#drainMs);
        this.#config = config;
      }));
    this.#watch = new CertificateWatch(users, { host, wheel: this.#wheel, log });
  }
}

async function closeInTime(service: HttpService | null): Promise<void> {
  if (service !== null) await atMost(ADMIN_GRACE_MS, service.close(), undefined);
}

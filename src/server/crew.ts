/**
 * The workers of a server: started together, given each configuration in two steps, and replaced
 * when they die.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import { ConnError, messageOf } from "../errors.ts";
import type { Log } from "../observe/mod.ts";
import type { SocketAddress } from "../runtime/mod.ts";
import { atMost } from "./at_most.ts";
import { ThreadEnded } from "./calls.ts";
import { keyOfListener } from "./same.ts";
import { Turns } from "./turns.ts";
import type { Bound, ClusterState, Preparation, Worker } from "./worker.ts";

/** A worker that may end by itself. */
export interface Recruit {
  readonly worker: Worker;
  /** As `Thread.ended`; null for one that lives in the main thread, and with it. */
  readonly ended: Promise<string | null> | null;
  /** Ends it at once. */
  dismiss(): void;
}

/** What a crew works with. */
export interface CrewOptions {
  /** How many workers there are, 1 at least. */
  readonly count: number;
  /** Starts a worker; `index` is its place, from 0. */
  readonly recruit: (index: number) => Recruit;
  /** What a configuration counts over all workers. */
  readonly talliesFor: (config: Config) => Preparation["tallies"];
  /** A worker has died: what it held is free. Called again before another takes its place. */
  readonly onDeath: (index: number) => void;
  /** Whether a worker that hangs can be ended. */
  readonly endsBusyThreads: boolean;
  /** How often a worker is asked for a sign of life, milliseconds; each second without it. */
  readonly pingMs?: number;
  readonly log: Log;
}

/** A worker that dies sooner than that after its start makes the next one wait longer. */
const EARLY_DEATH_MS = 10_000;
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
/** How often a worker is asked for a sign of life, unless it is said. */
const PING_MS = 1_000;
/** A worker that gives none so many times in a row is as good as dead. */
const MAX_SILENCE = 10;
/** How long a worker may take to describe itself. */
const DESCRIBE_MS = 1_000;
/** How much longer than it was told a worker may take to stop. */
const STOP_MARGIN_MS = 2_000;

interface Member extends Recruit {
  readonly since: number;
  /** Signs of life that were asked for and haven't come. */
  silence: number;
  /** Resolves when it hangs and can't be ended: nobody waits for it any more. */
  readonly hangs: PromiseWithResolvers<null>;
}

/** All workers. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #turns = new Turns();
  /** By their place. */
  readonly #members: (Member | null)[];
  #config: Config | null = null;
  #bound: Bound = new Map();
  #pauseMs = MIN_PAUSE_MS;
  #closesAfterResponse = false;
  #accepts = true;
  #stopping = false;
  readonly #pauses = new Set<number>();
  #heartbeat: number | undefined;

  /** Starts the workers; they serve nothing yet. */
  constructor(options: CrewOptions) {
    this.#options = options;
    this.#members = new Array(options.count).fill(null);
    for (let index = 0; index < options.count; index++) this.#recruit(index);
    if (this.#members[0]!.ended !== null) {
      const { pingMs = PING_MS } = options;
      this.#heartbeat = setInterval(() => this.#listen(), pingMs) as unknown as number;
    }
  }

  /** Where the listeners are bound, by `keyOfListener`. */
  get bound(): Bound {
    return this.#bound;
  }

  /**
   * Lets all workers serve a configuration. Fails with the ConnError of a listener that can't be
   * bound; then they go on with what they served before.
   */
  switchTo(config: Config, drainMs: number): Promise<void> {
    return this.#turns.take(async () => {
      this.#expectGoingOn();
      const bound = new Map(this.#bound);
      const tallies = this.#options.talliesFor(config);
      const ready: Member[] = [];
      try {
        // The first one finds the ports where any would do; the others then take the same.
        for (const member of this.#living()) {
          const prepared = await this.#prepare(member, { config, bound, tallies });
          if (prepared === null) continue;
          ready.push(member);
          for (const [key, address] of prepared) bound.set(key, address);
          break;
        }
        const others = this.#living().filter((member) => !ready.includes(member));
        const outcomes = await Promise.allSettled(others.map(async (member) => {
          if (await this.#prepare(member, { config, bound, tallies }) !== null) ready.push(member);
        }));
        for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
        this.#expectGoingOn();
        if (ready.length === 0) {
          throw new ConnError("closed", "Cannot serve: every worker has died");
        }
      } catch (error) {
        await Promise.all(ready.map((member) => this.#ask(member, (worker) => worker.abort())));
        throw error;
      }
      this.#config = config;
      const keys = new Set(config.listeners.map(keyOfListener));
      this.#bound = new Map(bound.entries().filter(([key]) => keys.has(key)));
      await Promise.all(
        ready.map((member) => this.#ask(member, (worker) => worker.commit(drainMs))),
      );
    });
  }

  /** What each worker says of its clusters; those that don't answer in time are left out. */
  async describe(): Promise<readonly (readonly ClusterState[])[]> {
    const states = await Promise.all(
      this.#living().map(({ worker }) => {
        return atMost(DESCRIBE_MS, worker.describe().catch(nullWhenEnded), null);
      }),
    );
    return states.filter((state) => state !== null);
  }

  /** See `Worker.closeAfterResponse`. */
  closeAfterResponse(on: boolean): Promise<void> {
    this.#closesAfterResponse = on;
    return this.#all((worker) => worker.closeAfterResponse(on));
  }

  /** See `Worker.stopAccepting`. */
  stopAccepting(): Promise<void> {
    this.#accepts = false;
    return this.#all((worker) => worker.stopAccepting());
  }

  /** See `Worker.stop`; the workers are gone then, also one that hangs. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#heartbeat);
    for (const pause of this.#pauses) clearTimeout(pause);
    const late = setTimeout(() => this.#dismissAll(), graceMs + STOP_MARGIN_MS);
    const stops = this.#living().map(({ worker }) => worker.stop(graceMs).catch(nullWhenEnded));
    await Promise.all(stops);
    clearTimeout(late);
    this.#dismissAll();
  }

  /** Resolves when every worker has time to answer: never when one hangs. */
  async ping(): Promise<void> {
    await Promise.all(this.#living().map(({ worker }) => worker.ping().catch(nullWhenEnded)));
  }

  /** A worker that hangs dies of it as soon as it comes to itself. */
  #dismissAll(): void {
    for (const member of this.#living()) member.dismiss();
  }

  #expectGoingOn(): void {
    if (!this.#stopping) return;
    throw new ConnError("closed", "Cannot change the configuration: genkan is stopping");
  }

  get #silence(): string {
    const { pingMs = PING_MS } = this.#options;
    return `found no sign of life for ${MAX_SILENCE * pingMs / 1000} s`;
  }

  #living(): Member[] {
    return this.#members.filter((member) => member !== null);
  }

  async #all(ask: (worker: Worker) => Promise<void>): Promise<void> {
    await Promise.all(this.#living().map((member) => this.#ask(member, ask)));
  }

  /** Null when the worker has died over it; its successor will see to it. */
  #prepare(member: Member, next: Preparation): Promise<Bound | null> {
    return this.#ask(member, (worker) => worker.prepare(next));
  }

  /** Null when the worker ends, or hangs for good, before it has answered. */
  async #ask<T>({ worker, hangs }: Member, ask: (worker: Worker) => Promise<T>): Promise<T | null> {
    return await Promise.race([ask(worker).catch(nullWhenEnded), hangs.promise]);
  }

  #recruit(index: number): void {
    const recruit = this.#options.recruit(index);
    const hangs = Promise.withResolvers<null>();
    const member: Member = { ...recruit, since: performance.now(), silence: 0, hangs };
    this.#members[index] = member;
    recruit.ended?.then((cause) => this.#lose(index, member, cause));
  }

  /** Something has ended a worker: another one takes its place. */
  #lose(index: number, member: Member, cause: string | null): void {
    this.#members[index] = null;
    if (this.#stopping) return;
    this.#options.onDeath(index);
    const isEarly = performance.now() - member.since < EARLY_DEATH_MS;
    this.#pauseMs = isEarly ? Math.min(MAX_PAUSE_MS, this.#pauseMs * 2) : MIN_PAUSE_MS;
    this.#options.log.error("worker died, another takes its place", {
      worker: index,
      code: "worker_died",
      cause: cause ?? this.#silence,
    });
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#options.onDeath(index); // A thread may have counted to its very end.
      this.#recruit(index);
      void this.#turns.take(() => this.#train(this.#members[index]!, index));
    }, isEarly ? this.#pauseMs : 0) as unknown as number;
    this.#pauses.add(pause);
  }

  /** Brings a new worker to where the others are. */
  async #train(member: Member, index: number): Promise<void> {
    const config = this.#config;
    if (config === null || !this.#accepts || this.#stopping) return;
    try {
      const tallies = this.#options.talliesFor(config);
      if (await this.#prepare(member, { config, bound: this.#bound, tallies }) === null) return;
      await member.worker.commit(0);
      if (this.#closesAfterResponse) await member.worker.closeAfterResponse(true);
      this.#options.log.info("worker took the place", { worker: index });
    } catch (error) {
      if (error instanceof ThreadEnded) return;
      this.#options.log.error("new worker cannot serve, will start another", {
        worker: index,
        cause: messageOf(error),
      });
      member.dismiss();
    }
  }

  #listen(): void {
    for (const [index, member] of this.#members.entries()) {
      if (member === null) continue;
      if (++member.silence > MAX_SILENCE) this.#giveUp(index, member);
      else member.worker.ping().then(() => this.#hear(member), () => {});
    }
  }

  /** One that was given up may have missed a configuration: another takes its place. */
  #hear(member: Member): void {
    if (member.silence > MAX_SILENCE) member.dismiss();
    member.silence = 0;
  }

  /** Where it can't be ended, it keeps its sockets, and the service manager has to see to it. */
  #giveUp(index: number, member: Member): void {
    if (this.#options.endsBusyThreads) return member.dismiss();
    if (member.silence > MAX_SILENCE + 1) return;
    member.hangs.resolve(null);
    this.#options.log.error("worker hangs and cannot be ended: restart genkan", {
      worker: index,
      code: "worker_hangs",
      cause: this.#silence,
    });
  }
}

function nullWhenEnded(error: unknown): null {
  if (error instanceof ThreadEnded) return null;
  throw error;
}

/** Where a listener is bound. */
export function boundAddress(
  listener: Config["listeners"][number],
  bound: Bound,
): SocketAddress {
  return bound.get(keyOfListener(listener)) ?? listener.address;
}

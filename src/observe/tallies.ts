/**
 * Tallies by name: the main thread's board, from which they are given to workers, and what a worker
 * has of it.
 *
 * @module
 */

import { SharedTally, tallyMemory } from "./tally.ts";

/** What is shared of tallies, by name: their memory, which `postMessage` carries by reference. */
export type TallyShares = ReadonlyMap<string, SharedArrayBuffer>;

/** All tallies of the program, in the main thread. */
export class TallyBoard {
  readonly #workers: number;
  readonly #memories = new Map<string, SharedArrayBuffer>();

  /** For so many workers at a time. */
  constructor(workers: number) {
    this.#workers = workers;
  }

  /**
   * Those of these names, such as `cluster/app/connections`, for a worker's `Tallies`; what isn't
   * there is made.
   */
  give(names: Iterable<string>): TallyShares {
    const given = new Map<string, SharedArrayBuffer>();
    for (const name of names) {
      let memory = this.#memories.get(name);
      if (memory === undefined) this.#memories.set(name, memory = tallyMemory(this.#workers));
      given.set(name, memory);
    }
    return given;
  }

  /**
   * Gives back all that a worker had, which has died. To be called before another takes its number,
   * and not before its thread has ended.
   */
  giveBack(worker: number): void {
    for (const memory of this.#memories.values()) new SharedTally(memory, worker).giveBackAll();
  }

  /** Forgets those that aren't wanted; whoever still has one may go on with it. */
  keepOnly(isWanted: (name: string) => boolean): void {
    keepOnly(this.#memories, isWanted);
  }
}

/** The tallies that a worker has. */
export class Tallies {
  readonly #worker: number | null;
  readonly #memories = new Map<string, SharedArrayBuffer>();

  /**
   * A worker's, which counts from 0: it has those that the main thread gives it. Without one, a
   * thread's own, made when they are first asked for: nobody shares them.
   */
  constructor(worker: number | null = null) {
    this.#worker = worker;
  }

  /** Takes what the board gave. */
  take(shares: TallyShares): void {
    for (const [name, memory] of shares) this.#memories.set(name, memory);
  }

  /** The one of that name. Throws a TypeError when the main thread gave none. */
  tally(name: string): SharedTally {
    let memory = this.#memories.get(name);
    if (memory === undefined) {
      if (this.#worker !== null) {
        throw new TypeError(`Cannot count ${name}: the main thread gave no tally of that name`);
      }
      this.#memories.set(name, memory = tallyMemory(1));
    }
    return new SharedTally(memory, this.#worker ?? 0);
  }

  /** Forgets those that aren't wanted; whoever still has one may go on with it. */
  keepOnly(isWanted: (name: string) => boolean): void {
    keepOnly(this.#memories, isWanted);
  }
}

function keepOnly(
  memories: Map<string, SharedArrayBuffer>,
  isWanted: (name: string) => boolean,
): void {
  for (const name of memories.keys()) if (!isWanted(name)) memories.delete(name);
}

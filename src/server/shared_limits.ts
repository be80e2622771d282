/**
 * What is counted over all workers, because its limit holds for the program: a cluster's circuit
 * breakers, a listener's connections.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import { TallyBoard, type TallyShares } from "../observe/mod.ts";
import { breakerTallies } from "../upstream/circuit_breakers.ts";
import { tallyOfListener } from "./same.ts";

/** The main thread's side of it. */
export class SharedLimits {
  readonly #board: TallyBoard;

  /** For so many workers. */
  constructor(workers: number) {
    this.#board = new TallyBoard(workers);
  }

  /** What a worker needs for a configuration. */
  give(config: Config): TallyShares {
    return this.#board.give(sharedTallies(config));
  }

  /** What a worker held that has died is free again. */
  giveBack(worker: number): void {
    this.#board.giveBack(worker);
  }

  /** Forgets what a configuration doesn't count; workers go on with what they have. */
  keepOnly(config: Config): void {
    const names = new Set(sharedTallies(config));
    this.#board.keepOnly((name) => names.has(name));
  }
}

/** The names of all that a configuration counts. */
export function sharedTallies({ listeners, clusters }: Config): string[] {
  return [
    ...listeners.map(tallyOfListener),
    ...clusters.flatMap(({ name }) => breakerTallies(name)),
  ];
}

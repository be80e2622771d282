/**
 * Clients that go on until they are told to stop. Those that behave well must be served without a
 * fault; of the others nothing is expected.
 *
 * @module
 */

import { isLost } from "../../tests/e2e/wire.ts";

/** What a client works with. */
export interface Turn {
  /** Whether it is time to stop. */
  readonly isOver: () => boolean;
  /** Tells of something that was served as it should. */
  readonly served: () => void;
}

/** What a client does over and over: once around. */
export type Visit = (turn: Turn) => Promise<void>;

/** A kind of client. */
export interface Kind {
  readonly name: string;
  /** How many of them there are at a time. */
  readonly count: number;
  /** Between two visits, milliseconds. */
  readonly pauseMs: number;
  readonly visit: Visit;
}

/** More of them say no more. */
const MAX_FAILURES = 5;

/** Runs clients. */
export class Load {
  /** What went wrong for clients that behave well, the first few. */
  readonly failures: string[] = [];
  /** What was served, by the kind of client. */
  readonly served = new Map<string, number>();
  readonly #running: Promise<void>[] = [];
  #isOver = false;

  /** Starts clients that behave well. */
  startGood(kinds: readonly Kind[]): void {
    for (const kind of kinds) {
      this.#start(kind, (error) => {
        if (this.failures.length >= MAX_FAILURES) return;
        this.failures.push(`${kind.name}: ${error instanceof Error ? error.message : error}`);
      });
    }
  }

  /** Starts clients that needn't be served: they are cut off, and cut off themselves. */
  startRude(kinds: readonly Kind[]): void {
    for (const kind of kinds) {
      this.#start(kind, (error) => {
        if (!isLost(error)) throw error;
      });
    }
  }

  /** Everything that was served until now. */
  get total(): number {
    return this.served.values().reduce((sum, each) => sum + each, 0);
  }

  /** Tells all to stop, and waits until they have. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  #start({ name, count, pauseMs, visit }: Kind, failed: (error: unknown) => void): void {
    const turn: Turn = {
      isOver: () => this.#isOver,
      served: () => this.served.set(name, (this.served.get(name) ?? 0) + 1),
    };
    const run = async () => {
      while (!this.#isOver) {
        await visit(turn).catch(failed);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    for (let index = 0; index < count; index++) this.#running.push(run());
  }
}

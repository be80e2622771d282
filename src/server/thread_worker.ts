/**
 * A worker in a thread of its own, as the main thread sees it.
 *
 * @module
 */

import type { Sink, StatSource } from "../observe/mod.ts";
import type { Thread } from "../runtime/mod.ts";
import { Calls, type Methods } from "./calls.ts";
import type { Bound, ClusterState, Preparation, Worker } from "./worker.ts";
import type { MainMethods, WorkerMethods, WorkerStart } from "./worker_main.ts";

/** What a worker's thread needs of the main one. */
export interface ThreadWorkerOptions extends WorkerStart {
  /** Where its logs go. */
  readonly sinks: { readonly stdout: Sink; readonly stderr: Sink };
  /** Where its numbers go. */
  readonly numbers: StatSource;
}

/** A worker in a thread. Each call fails with `ThreadEnded` when that ends before the answer. */
export class ThreadWorker implements Worker {
  /** As `Thread.ended`. */
  readonly ended: Promise<string | null>;
  readonly #thread: Thread;
  readonly #calls: Calls<WorkerMethods & Methods>;

  /** Takes over a thread that was just started. */
  constructor(thread: Thread, { sinks, numbers, index, sharesPorts }: ThreadWorkerOptions) {
    this.#thread = thread;
    const mine: MainMethods = {
      write: ({ stream, text }) => sinks[stream](text),
      numbers: (made) => numbers.take(made),
    };
    this.#calls = new Calls(thread, mine as Methods);
    this.ended = thread.ended.then((cause) => {
      this.#calls.end();
      numbers.retire();
      return cause;
    });
    this.#calls.ask("start", { index, sharesPorts }).catch(() => {}); // `ended` tells.
  }

  /** Ends the thread at once. */
  terminate(): void {
    this.#thread.terminate();
  }

  ping(): Promise<void> {
    return this.#calls.ask("ping", undefined);
  }

  prepare(next: Preparation): Promise<Bound> {
    return this.#calls.ask("prepare", next);
  }

  commit(drainMs: number): Promise<void> {
    return this.#calls.ask("commit", drainMs);
  }

  abort(): Promise<void> {
    return this.#calls.ask("abort", undefined);
  }

  describe(): Promise<readonly ClusterState[]> {
    return this.#calls.ask("describe", undefined);
  }

  closeAfterResponse(on: boolean): Promise<void> {
    return this.#calls.ask("closeAfterResponse", on);
  }

  stopAccepting(): Promise<void> {
    return this.#calls.ask("stopAccepting", undefined);
  }

  stop(graceMs: number): Promise<void> {
    return this.#calls.ask("stop", graceMs);
  }
}

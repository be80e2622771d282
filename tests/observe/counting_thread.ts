/**
 * A real worker thread with numbers of its own, as the main thread has it.
 *
 * @module
 */

import type { StatAnnouncement } from "../../src/observe/mod.ts";
import type { Answer, Contention, Task } from "./counting_worker.ts";

/** Runs `counting_worker.ts`. */
export class CountingThread implements Disposable {
  readonly #worker = new Worker(new URL("./counting_worker.ts", import.meta.url), {
    type: "module",
  });
  #running: PromiseWithResolvers<Contention | null> | null = null;

  /** `take` gets what it announces. */
  constructor(take: (announcements: readonly StatAnnouncement[]) => void = () => {}) {
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.kind === "announced") take(data.announcements);
      else this.#running?.resolve(data.contention);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#running?.reject(new Error(event.message));
    };
  }

  /** Resolves when it is done; rejects when that failed. One task at a time. */
  do(task: Task): Promise<Contention | null> {
    this.#running = Promise.withResolvers();
    this.#worker.postMessage(task);
    return this.#running.promise;
  }

  /** Ends the thread, which has nothing to do. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

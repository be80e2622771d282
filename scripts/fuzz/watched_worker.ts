/**
 * A worker that is watched: an input that keeps it busy for too long is a finding as well.
 *
 * @module
 */

import type { Finding } from "./fuzzer.ts";
import { newSlot, notedIn } from "./slot.ts";
import type { Order, Report } from "./worker.ts";

/** How long past its due a worker may keep silent: far longer than any input takes. */
const SILENCE_MS = 10_000;

/** For its modules to load, on a busy machine. */
const START_MS = 30_000;

/** Owns a worker. */
export class WatchedWorker implements Disposable {
  readonly #worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
  readonly #slot = newSlot();
  readonly #silenceMs: number;

  private constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  /** Starts one for the codec of that URL. */
  static async start(codec: string, silenceMs = SILENCE_MS): Promise<WatchedWorker> {
    const worker = new WatchedWorker(silenceMs);
    await worker.#ask({ kind: "begin", codec, slot: worker.#slot }, START_MS);
    return worker;
  }

  /** New inputs for so many milliseconds. */
  async fuzz(seed: number, ms: number): Promise<Report> {
    return await this.#ask({ kind: "fuzz", seed, ms }, ms);
  }

  /** One input again. */
  async judge(input: Finding["input"]): Promise<Report> {
    return await this.#ask({ kind: "judge", input }, 0);
  }

  /** Ends it, whatever it is doing. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #ask(order: Order, ms: number): Promise<Report> {
    const { promise, resolve, reject } = Promise.withResolvers<Report>();
    const silent = setTimeout(() => {
      const input = notedIn(this.#slot);
      if (input === null) return reject(new Error("the worker doesn't start"));
      const failure = `is busy with it for over ${this.#silenceMs} ms`;
      resolve({ totals: null, finding: { input, failure } });
    }, ms + this.#silenceMs);
    this.#worker.onmessage = ({ data }) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    this.#worker.postMessage(order);
    return promise.finally(() => clearTimeout(silent));
  }
}

/**
 * Threads as web workers, which both runtimes have.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { reasonOf } from "./failure.ts";
import type { Channel, Thread } from "./mod.ts";

/** What a worker says of itself; everything else is a message. */
type Word = typeof UP | { readonly died: string };

const UP = "up";

/** A thread over a worker. What is posted before the worker listens waits until it does. */
export class WebWorkerThread implements Thread {
  readonly ended: Promise<string | null>;
  readonly #worker: Worker;
  readonly #end: (cause: string | null) => void;
  #unsent: unknown[] | null = [];
  #handler: (message: unknown) => void = () => {};

  /** `url` is what the worker runs. */
  constructor(start: (url: string) => Worker, url: string | undefined) {
    if (url === undefined) throw new TypeError("Cannot start a thread: nobody said of what");
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.ended = promise;
    this.#worker = start(url);
    this.#end = (cause) => {
      this.#unsent = null;
      this.#worker.terminate();
      resolve(cause);
    };
    this.#worker.addEventListener("message", ({ data }) => this.#take(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault(); // It would end the process.
      this.#end(reasonOf(event.message.trim()));
    });
    // Bun's own, for a worker that ends without a word.
    this.#worker.addEventListener("close", () => this.#end("it has ended"));
  }

  post(message: unknown): void {
    if (this.#unsent === null) this.#worker.postMessage({ message });
    else this.#unsent.push(message);
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#handler = handler;
  }

  terminate(): void {
    this.#end(null);
  }

  #take(data: { word: Word } | { message: unknown }): void {
    if ("message" in data) return this.#handler(data.message);
    const { word } = data;
    if (word !== UP) return this.#end(word.died);
    const unsent = this.#unsent ?? [];
    this.#unsent = null;
    for (const message of unsent) this.post(message);
  }
}

/** What a worker's global scope has and a window's hasn't. */
interface WorkerScope {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  addEventListener(
    type: "error" | "unhandledrejection",
    listener: (event: Event & { error?: unknown; reason?: unknown }) => void,
  ): void;
}

/**
 * A worker's way to the thread that has started it. `atDeath` lets go of what the runtime wouldn't
 * close with the thread.
 */
export function ownChannel(atDeath: () => void = () => {}): Channel {
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message) => scope.postMessage({ message }),
    onMessage(handler) {
      scope.onmessage = ({ data }) => handler(data.message);
      // An error that nobody has caught is told of by who started the thread, once, and not here.
      const die = (event: Event, thrown: unknown) => {
        event.preventDefault();
        atDeath();
        scope.postMessage({ word: { died: stackOf(thrown) } });
      };
      scope.addEventListener("error", (event) => die(event, event.error));
      scope.addEventListener("unhandledrejection", (event) => die(event, event.reason));
      scope.postMessage({ word: UP });
    },
  };
}

/**
 * Text to standard output or error, in the order in which it was given.
 *
 * @module
 */

import { fileError } from "./failure.ts";

/**
 * Writes one text after the other. Without it, two texts that a pipe takes in parts would mingle:
 * both runtimes write a part, and go on when the pipe has room again.
 */
export class TextOutput {
  readonly #name: string;
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  #last: Promise<void> = Promise.resolve();

  /** `write` takes some of the bytes and gives their count; `name` is for the error. */
  constructor(name: string, write: (bytes: Uint8Array) => Promise<number>) {
    this.#name = name;
    this.#write = write;
  }

  /** As `Host.write`. */
  write(text: string): Promise<void> {
    const written = this.#last.then(() => this.#writeAll(new TextEncoder().encode(text)));
    this.#last = written.catch(() => {}); // One text that failed doesn't hold up the next.
    return written;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#write(bytes.subarray(at));
    } catch (error) {
      const { code, name } = error as { code?: unknown; name?: unknown };
      if (code === "EPIPE" || name === "BrokenPipe") return;
      throw fileError(this.#name, error);
    }
  }
}

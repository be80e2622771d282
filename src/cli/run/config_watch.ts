/**
 * A configuration file that is changed while it runs.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import type { Host } from "../../runtime/mod.ts";

/** How often the file is read. */
const LOOK_MS = 500;

/** Watches a file by reading it: that sees a rename over it and a symlink that leads elsewhere. */
export class ConfigWatch implements Disposable {
  readonly #file: string;
  readonly #host: Pick<Host, "readFile">;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** What was there when it was last used; null before the first look. */
  #used: string | null = null;
  #seen: string | null = null;
  #looking = false;

  /**
   * Calls `onChange` when the file says something else than at the first look, or the last call, and
   * the same twice: it may be half-written.
   */
  constructor(file: string, host: Pick<Host, "readFile">, onChange: () => void) {
    this.#file = file;
    this.#host = host;
    this.#onChange = onChange;
  }

  /** Looks every now and then, from now on. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Looks once. The first look belongs before the file is loaded, or a change could be missed. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const text = await this.#read();
      const isSettled = text === this.#seen;
      this.#seen = text;
      // A file that is away is about to be replaced: there is nothing yet to be told of.
      if (text === null) return;
      this.#used ??= text;
      if (!isSettled || text === this.#used) return;
      this.#used = text;
      this.#onChange();
    } finally {
      this.#looking = false;
    }
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<string | null> {
    try {
      return new TextDecoder().decode(await this.#host.readFile(this.#file));
    } catch (error) {
      if (error instanceof FileError) return null;
      throw error;
    }
  }
}

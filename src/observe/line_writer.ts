/**
 * Lines towards a stream that may be slow. Whoever writes never waits: lines gather, also while a
 * write is under way, and leave together, and what exceeds a bound is dropped and counted.
 *
 * @module
 */

import { messageOf } from "../errors.ts";

/** Writes all of a text somewhere, such as to stdout. */
export type Sink = (text: string) => Promise<void>;

/** How a `LineWriter` behaves. */
export interface LineWriterOptions {
  /**
   * Called when the first line of a text has come, and no write is under way any more; calls `run`
   * when the text should leave.
   */
  readonly schedule: (run: () => void) => void;
  /** Characters that may wait; a line that would exceed it is dropped. */
  readonly maxPending: number;
  /** Called at the first line that is lost, with why; not again. */
  readonly onLoss: (reason: string) => void;
}

/** Gathers lines and writes them to its sink, in order and one write at a time. */
export class LineWriter {
  readonly #sink: Sink;
  readonly #options: LineWriterOptions;
  #pending = "";
  #pendingLines = 0;
  #dropped = 0;
  /** Whether a run was asked for that has not begun. */
  #scheduled = false;
  #writing: Promise<void> | null = null;

  /** `sink` is called with whole lines, never twice at a time; it may reject or throw. */
  constructor(sink: Sink, options: LineWriterOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** How many lines were lost, because the sink was too slow or failed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line, which ends in a newline and holds no other. */
  write(line: string): void {
    if (this.#pending.length + line.length > this.#options.maxPending) {
      this.#lose(1, "the stream takes them too slowly");
      return;
    }
    this.#pending += line;
    this.#pendingLines++;
    if (this.#writing === null) this.#schedule();
  }

  /**
   * Resolves when every line taken so far has been written or lost. Never rejects, but waits for as
   * long as the sink does.
   */
  async flush(): Promise<void> {
    while (this.#writing !== null || this.#pending !== "") {
      await (this.#writing ?? this.#drain());
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(this.#run);
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    if (this.#writing === null && this.#pending !== "") void this.#drain();
  };

  #drain(): Promise<void> {
    this.#writing = this.#writePending();
    return this.#writing;
  }

  async #writePending(): Promise<void> {
    await null; // a sink that throws at once must not end this before `#writing` is set
    const text = this.#pending;
    const lines = this.#pendingLines;
    this.#pending = "";
    this.#pendingLines = 0;
    try {
      await this.#sink(text);
    } catch (error) {
      this.#lose(lines, messageOf(error));
    }
    this.#writing = null;
    if (this.#pending !== "") this.#schedule();
  }

  #lose(lines: number, reason: string): void {
    const first = this.#dropped === 0;
    this.#dropped += lines;
    if (first) this.#options.onLoss(reason);
  }
}

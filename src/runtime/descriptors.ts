/**
 * Watches for a lack of file descriptors, which the servers of Node and of Bun keep to themselves.
 *
 * Deno's `node:net` swallows the failed accept, and with it the wake-up for whatever comes later:
 * such a server accepts nobody any more, ever. Bun tries again at once and without end, with all of a
 * processor. No event tells of either, so there is a look at it once a second: whether a descriptor
 * can be had. `Deno.listen` needs none of this: there an accept fails, and the next one works again.
 *
 * @module
 */

/** How long a listener may stand still, or a processor be wasted, before anybody looks. */
const LOOK_MS = 1000;

/**
 * A shortage with spares is over once that many times their number can be had: other threads have let
 * go of theirs as well, and whoever takes those for plenty has soon none again.
 */
const PLENTY = 4;

/** Something that takes a descriptor. */
export interface Descriptor {
  /** Gives it back. */
  close(): void;
}

/** A listener that isn't told when it can't accept. */
export interface Unaware {
  /** There are no descriptors, as `error` says; it is to tell whoever waits for a connection. */
  starve(error: Error): void;
  /** There are descriptors: it accepts again, should it have stopped. */
  resume(): void;
}

/** How a runtime takes descriptors. */
export interface DescriptorOptions {
  /** Takes one in the cheapest way. Throws, with the code EMFILE or ENFILE, when there is none. */
  readonly open: () => Descriptor;
  /**
   * How many are held back. When there are no others, they are let go, and connections that come are
   * closed instead of left waiting. 0 leaves them waiting.
   */
  readonly spares: number;
}

/** Looks after a runtime's listeners for as long as there are any. */
export class DescriptorWatch implements Disposable {
  readonly #options: DescriptorOptions;
  readonly #listeners = new Set<Unaware>();
  readonly #spares: Descriptor[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #turnsAway = false;

  /** Opens nothing yet. */
  constructor(options: DescriptorOptions) {
    this.#options = options;
  }

  /** Whether a connection that comes in is to be closed, so that the next one can come in. */
  get turnsAway(): boolean {
    return this.#turnsAway;
  }

  /** Looks after `listener` from now on. */
  add(listener: Unaware): void {
    this.#listeners.add(listener);
    if (this.#timer !== undefined) return;
    this.#take(this.#options.spares);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Leaves it to itself. */
  delete(listener: Unaware): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this[Symbol.dispose]();
  }

  /** Looks after nobody any more, and gives all spares back. */
  [Symbol.dispose](): void {
    this.#listeners.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#turnsAway = false;
    this.#release(0);
  }

  /** Why no descriptor can be had; null when one can, or when that can't be told. */
  shortage(): Error | null {
    try {
      this.#options.open().close();
      return null;
    } catch (error) {
      return isShortage(error) ? error : null;
    }
  }

  #look(): void {
    const { spares } = this.#options;
    const shortage = this.#take(this.#turnsAway ? PLENTY * spares : spares) ?? this.shortage();
    this.#turnsAway = shortage !== null && spares > 0;
    this.#release(this.#turnsAway ? 0 : spares);
    for (const listener of [...this.#listeners]) {
      if (shortage === null) listener.resume();
      else listener.starve(shortage);
    }
  }

  /** Takes spares until there are that many; what it fails with when there can't be. */
  #take(count: number): Error | null {
    try {
      while (this.#spares.length < count) this.#spares.push(this.#options.open());
      return null;
    } catch (error) {
      return isShortage(error) ? error : null;
    }
  }

  /** Keeps that many spares. */
  #release(kept: number): void {
    for (const spare of this.#spares.splice(kept)) spare.close();
  }
}

/** Of the process (EMFILE) or of the whole host (ENFILE). */
function isShortage(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && (code === "EMFILE" || code === "ENFILE");
}

/**
 * Deadlines by the ten thousand for the price of one timer.
 *
 * Strategy: a ring of slots, one a tick. A deadline sits in the slot of its time, or in the farthest
 * one when that is beyond the ring. Moving it further away or calling it off writes one field: when
 * its slot's turn comes, the wheel looks at the field and files it anew. So a request that sets and clears a
 * deadline costs two assignments.
 *
 * @module
 */

/** How coarse a deadline is: it fires up to two of these late, never early. */
const TICK_MS = 100;
/** The ring's size; 51.2 s around. */
const SLOTS = 512;

/** One deadline at a time, of one owner, again and again. */
export class Deadline implements Disposable {
  /** When it is due, in the wheel's milliseconds; Infinity when there is none. */
  at: number = Infinity;
  /** The slot that holds it, or null. The wheel's own. */
  slot: Deadline[] | null = null;
  /** Its place in the slot. The wheel's own. */
  index = 0;
  /** The tick at which its slot is looked at. The wheel's own. */
  tick = 0;
  readonly #wheel: TimerWheel;
  readonly #expire: () => void;
  #disposed = false;

  /** Made by `TimerWheel.deadline()`. */
  constructor(wheel: TimerWheel, expire: () => void) {
    this.#wheel = wheel;
    this.#expire = expire;
  }

  /**
   * Due in that many milliseconds, in place of what was set before; 0 means never. Once it was
   * disposed of nothing is set: its owner may be on its way out still.
   */
  set(ms: number): void {
    if (ms <= 0 || this.#disposed) return this.clear();
    this.at = this.#wheel.now() + ms;
    this.#wheel.file(this);
  }

  /** Calls it off. */
  clear(): void {
    this.at = Infinity;
  }

  /** Calls it off for good: the wheel lets go of its owner at once. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.at = Infinity;
    this.#wheel.remove(this);
  }

  /** Called by the wheel when it is due. */
  expire(): void {
    this.at = Infinity;
    this.#expire();
  }
}

/** All deadlines of one worker. */
export class TimerWheel implements Disposable {
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
  readonly #slots: Deadline[][] = Array.from({ length: SLOTS }, () => []);
  #tick = 0;
  #timer: number | undefined;
  #filed = 0;

  /** `now` gives milliseconds on a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** A deadline that isn't set yet; `expire` is called each time it passes. */
  deadline(expire: () => void): Deadline {
    return new Deadline(this, expire);
  }

  /** Puts a deadline where it is looked at in time. */
  file(deadline: Deadline): void {
    // An empty wheel sleeps, and has no slot to catch up with when it wakes. One that is awake may
    // be emptying a slot: a tick that ran ahead of that slot would let it be filled again for ever.
    if (this.#filed === 0 && this.#timer === undefined) {
      this.#tick = Math.floor(this.now() / TICK_MS);
    }
    const tick = this.#tickOf(deadline);
    if (deadline.slot !== null) {
      if (deadline.tick <= tick) return;
      this.remove(deadline);
    }
    const slot = this.#slots[tick % SLOTS];
    deadline.slot = slot;
    deadline.tick = tick;
    deadline.index = slot.push(deadline) - 1;
    this.#filed++;
    this.#timer ??= setInterval(() => this.advance(), TICK_MS) as unknown as number;
  }

  /** Takes a deadline out of its slot. */
  remove(deadline: Deadline): void {
    const { slot, index } = deadline;
    if (slot === null) return;
    const last = slot.pop()!;
    if (last !== deadline) {
      slot[index] = last;
      last.index = index;
    }
    deadline.slot = null;
    this.#filed--;
  }

  /** Fires what is due. Called by the wheel's own timer; by tests with their own clock. */
  advance(): void {
    const now = this.now();
    const current = Math.floor(now / TICK_MS);
    while (this.#tick < current && this.#filed > 0) {
      this.#tick++;
      const slot = this.#slots[this.#tick % SLOTS];
      // Expiring may file and remove others, so each turn looks at the slot as it is then.
      while (slot.length > 0) {
        const deadline = slot[slot.length - 1];
        this.remove(deadline);
        if (deadline.at <= now) deadline.expire();
        else if (deadline.at !== Infinity) this.file(deadline);
      }
    }
    if (this.#filed === 0) this[Symbol.dispose]();
  }

  /** Stops the wheel's timer; filing a deadline starts it again. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The first tick at which it is due, or the last of the ring when that is farther. */
  #tickOf(deadline: Deadline): number {
    const due = Math.ceil(deadline.at / TICK_MS);
    return Math.min(Math.max(due, this.#tick + 1), this.#tick + SLOTS - 1);
  }
}

/**
 * What a worker tells the main thread of its numbers: where each one lies, once. From then on the
 * main thread reads them without asking.
 *
 * @module
 */

import type { Merge, ScopeKind } from "./stats.ts";

/** One number that was made. */
export interface AnnouncedNumber {
  /** What may happen to it. */
  readonly kind: "counter" | "gauge";
  /** What it belongs to. */
  readonly scope: ScopeKind;
  /** The owner's name as it is shown. */
  readonly owner: string;
  /** The last part of its name. */
  readonly leaf: string;
  /** How it is put together with those of other workers. */
  readonly merge: Merge;
  /** Its memory, numbers of 8 bytes. A message carries it by reference. */
  readonly cells: SharedArrayBuffer;
  /** Which number of `cells` it is. */
  readonly at: number;
}

/** A gauge that tells whether a tally has reached its limit. */
export interface AnnouncedLimit {
  /** That it is one. */
  readonly kind: "limit";
  /** What it belongs to. */
  readonly scope: ScopeKind;
  /** The owner's name as it is shown. */
  readonly owner: string;
  /** The last part of its name. */
  readonly leaf: string;
  /** The tally's. A message carries it by reference. */
  readonly memory: SharedArrayBuffer;
  /** The limit. */
  readonly max: number;
}

/** All numbers of one scope were forgotten. */
export interface DroppedScope {
  /** That it was. */
  readonly kind: "dropped";
  /** What it belongs to. */
  readonly scope: ScopeKind;
  /** The owner's name as it is shown. */
  readonly owner: string;
}

/** One thing that a worker tells; `postMessage` carries it. */
export type StatAnnouncement = AnnouncedNumber | AnnouncedLimit | DroppedScope;

/** Gathers announcements, so that those of one turn leave together. */
export class Announcer {
  readonly #announce: (made: readonly StatAnnouncement[]) => void;
  #waiting: StatAnnouncement[] = [];

  /** `announce` is called with what was gathered, never with nothing. */
  constructor(announce: (made: readonly StatAnnouncement[]) => void) {
    this.#announce = announce;
  }

  /** Takes one; it leaves with this turn's others, in their order. */
  add(announcement: StatAnnouncement): void {
    if (this.#waiting.push(announcement) === 1) queueMicrotask(() => this.flush());
  }

  /** Lets those leave that wait. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#announce(batch);
  }
}

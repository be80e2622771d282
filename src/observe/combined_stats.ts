/**
 * The numbers of all threads as one: the main thread's own, and those of each worker, read where the
 * worker keeps them.
 *
 * @module
 */

import type { StatAnnouncement } from "./announcement.ts";
import { ThreadStats } from "./counters.ts";
import { type KnownNumber, type KnownScope, prefixOf, readAll } from "./known_number.ts";
import { Slot } from "./slot.ts";
import type { Scope, ScopeKind, StatReading, Stats } from "./stats.ts";
import { Limit } from "./tally.ts";

/** One worker's numbers, as the main thread has them. */
export interface StatSource {
  /** Takes what the worker announced, in the order in which it did. */
  take(announcements: readonly StatAnnouncement[]): void;
  /**
   * The worker has died: what it counted is kept, what it had vanishes. What it announces from now
   * on is ignored. To be called when its thread has ended; again does nothing.
   */
  retire(): void;
}

/**
 * The main thread's numbers together with those of its workers. A number of a name is the sum of all
 * of that name; a gauge made with `merge: "max"` is the greatest.
 */
export class CombinedStats implements Stats {
  /** Together with what workers counted that have died. */
  readonly #own = new ThreadStats(null);
  readonly #sources = new Set<WorkerNumbers>();

  /** One of the main thread's own, see `Stats.scope`. */
  scope(kind: ScopeKind, name: string): Scope {
    return this.#own.scope(kind, name);
  }

  /** Of a worker that was started, or will be. */
  addSource(): StatSource {
    const source: WorkerNumbers = new WorkerNumbers(() => {
      if (this.#sources.delete(source)) this.#keepCounters(source);
    });
    this.#sources.add(source);
    return source;
  }

  /** See `Stats.readings`. */
  readings(): StatReading[] {
    return readAll(this.#all());
  }

  /**
   * Forgets the main thread's own and what it keeps of workers that have died. A living worker is
   * asked to forget its own.
   */
  keepOnly(isWanted: (kind: ScopeKind, owner: string) => boolean): void {
    this.#own.keepOnly(isWanted);
  }

  *#all(): Generator<KnownScope> {
    yield* this.#own.scopes;
    for (const source of this.#sources) yield* source.scopes;
  }

  /** By name, so that no number of deaths makes this grow. */
  #keepCounters(source: WorkerNumbers): void {
    for (const { kind, owner, numbers } of source.scopes) {
      const scope = this.#own.scopeOf(kind, owner);
      for (const [leaf, { kind, cell }] of numbers) {
        if (kind !== "counter") continue;
        const kept = scope.counter(leaf);
        if (cell.used) kept.add(cell.value);
      }
    }
  }
}

class WorkerNumbers implements StatSource {
  readonly #scopes = new Map<string, KnownScope & { numbers: Map<string, KnownNumber> }>();
  readonly #onRetired: () => void;
  #retired = false;

  constructor(onRetired: () => void) {
    this.#onRetired = onRetired;
  }

  get scopes(): Iterable<KnownScope> {
    return this.#scopes.values();
  }

  take(announcements: readonly StatAnnouncement[]): void {
    if (this.#retired) return;
    // Numbers that came in one message and lie side by side share their memory's view, too.
    const views = new Map<SharedArrayBuffer, Float64Array<SharedArrayBuffer>>();
    const viewOf = (cells: SharedArrayBuffer) => {
      let view = views.get(cells);
      if (view === undefined) views.set(cells, view = new Float64Array(cells));
      return view;
    };
    for (const announcement of announcements) this.#takeOne(announcement, viewOf);
  }

  retire(): void {
    this.#onRetired();
    this.#retired = true;
    this.#scopes.clear();
  }

  #takeOne(
    announcement: StatAnnouncement,
    viewOf: (cells: SharedArrayBuffer) => Float64Array<SharedArrayBuffer>,
  ): void {
    const { scope: kind, owner } = announcement;
    const prefix = prefixOf(kind, owner);
    if (announcement.kind === "dropped") {
      this.#scopes.delete(prefix);
      return;
    }
    let scope = this.#scopes.get(prefix);
    if (scope === undefined) {
      scope = { kind, owner, numbers: new Map() };
      this.#scopes.set(prefix, scope);
    }
    const { leaf } = announcement;
    if (announcement.kind === "limit") {
      const { memory, max } = announcement;
      scope.numbers.set(leaf, { kind: "limit", merge: "max", cell: new Limit(memory, max) });
    } else {
      const { kind, merge, cells, at } = announcement;
      scope.numbers.set(leaf, { kind, merge, cell: new Slot(viewOf(cells), at) });
    }
  }
}

/**
 * The numbers of one thread. Those of a worker are announced to the main thread as they are made.
 *
 * @module
 */

import { Announcer, type StatAnnouncement } from "./announcement.ts";
import { type KnownNumber, type KnownScope, prefixOf, readAll } from "./known_number.ts";
import { type Slot, Slots } from "./slot.ts";
import {
  type Counter,
  type Gauge,
  type Merge,
  type Scope,
  type ScopeKind,
  statOwner,
  type StatReading,
  type Stats,
} from "./stats.ts";
import { Limit, type SharedTally } from "./tally.ts";

/** The numbers of a worker. */
export interface AnnouncingStats extends Stats {
  /**
   * Announces now what waits for the end of the turn. To be called before an answer to the main
   * thread that it may read numbers after.
   */
  flushAnnouncements(): void;
}

/** Makes an empty set of numbers. */
export function createStats(): Stats;
/**
 * Makes an empty set of numbers, of which each is announced as it is made, together with the others
 * of its turn. `announce` posts them to the main thread's `StatSource`.
 */
export function createStats(
  options: { readonly announce: (made: readonly StatAnnouncement[]) => void },
): AnnouncingStats;
export function createStats(
  options?: { readonly announce: (made: readonly StatAnnouncement[]) => void },
): AnnouncingStats {
  return new ThreadStats(options === undefined ? null : new Announcer(options.announce));
}

class ThreadScope implements Scope, KnownScope {
  readonly kind: ScopeKind;
  readonly owner: string;
  readonly numbers = new Map<string, KnownNumber>();
  readonly #slots = new Slots();
  #announcer: Announcer | null;

  constructor(kind: ScopeKind, owner: string, announcer: Announcer | null) {
    this.kind = kind;
    this.owner = owner;
    this.#announcer = announcer;
  }

  counter(leaf: string): Counter {
    return this.#number("counter", leaf);
  }

  gauge(leaf: string, { merge }: { readonly merge?: Merge } = {}): Gauge {
    return this.#number("gauge", leaf, merge);
  }

  limit(leaf: string, tally: SharedTally, max: number): void {
    const known = this.numbers.get(leaf);
    if (known !== undefined && known.kind !== "limit") throw misfit("limit", leaf, known.kind);
    const { kind: scope, owner } = this;
    const { memory } = tally;
    this.numbers.set(leaf, { kind: "limit", merge: "max", cell: new Limit(memory, max) });
    this.#announcer?.add({ kind: "limit", scope, owner, leaf, memory, max });
  }

  /** Whoever still holds this may make more numbers, of which nobody is told. */
  drop(): void {
    const { kind: scope, owner } = this;
    this.#announcer?.add({ kind: "dropped", scope, owner });
    this.#announcer = null;
  }

  #number(kind: StatReading["kind"], leaf: string, merge: Merge = "sum"): Slot {
    const known = this.numbers.get(leaf);
    if (known === undefined) {
      const cell = this.#slots.take();
      const { kind: scope, owner } = this;
      this.numbers.set(leaf, { kind, merge, cell });
      this.#announcer?.add({ kind, scope, owner, leaf, merge, ...cell.place });
      return cell;
    }
    if (known.kind === "limit" || known.kind !== kind) throw misfit(kind, leaf, known.kind);
    return known.cell;
  }
}

function misfit(kind: KnownNumber["kind"], leaf: string, found: KnownNumber["kind"]): TypeError {
  return new TypeError(`Cannot make the ${kind} ${leaf}: there is a ${found} of that name`);
}

/** One thread's numbers. */
export class ThreadStats implements AnnouncingStats {
  readonly #scopes = new Map<string, ThreadScope>();
  readonly #announcer: Announcer | null;

  /** Null where there is nobody to announce to. */
  constructor(announcer: Announcer | null) {
    this.#announcer = announcer;
  }

  /** All there are now. */
  get scopes(): Iterable<KnownScope> {
    return this.#scopes.values();
  }

  /** See `Stats.scope`. */
  scope(kind: ScopeKind, name: string): Scope {
    return this.scopeOf(kind, statOwner(name));
  }

  /** As `scope`, by the owner's name as it is shown. */
  scopeOf(kind: ScopeKind, owner: string): Scope {
    const prefix = prefixOf(kind, owner);
    let scope = this.#scopes.get(prefix);
    if (scope === undefined) {
      scope = new ThreadScope(kind, owner, this.#announcer);
      this.#scopes.set(prefix, scope);
    }
    return scope;
  }

  /** See `Stats.readings`. */
  readings(): StatReading[] {
    return readAll(this.scopes);
  }

  /** See `Stats.keepOnly`. */
  keepOnly(isWanted: (kind: ScopeKind, owner: string) => boolean): void {
    for (const [prefix, scope] of this.#scopes) {
      if (isWanted(scope.kind, scope.owner)) continue;
      this.#scopes.delete(prefix);
      scope.drop();
    }
  }

  /** See `AnnouncingStats.flushAnnouncements`. */
  flushAnnouncements(): void {
    this.#announcer?.flush();
  }
}

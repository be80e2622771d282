/**
 * Numbers with their names, wherever they are kept, and how those of several threads become one
 * list.
 *
 * @module
 */

import type { Slot } from "./slot.ts";
import type { Merge, ScopeKind, StatReading } from "./stats.ts";
import type { Limit } from "./tally.ts";

/** A number of a scope. */
export type KnownNumber =
  | { readonly kind: StatReading["kind"]; readonly merge: Merge; readonly cell: Slot }
  | { readonly kind: "limit"; readonly merge: "max"; readonly cell: Limit };

/** A scope as one thread has it. */
export interface KnownScope {
  readonly kind: ScopeKind;
  /** The owner's name as it is shown. */
  readonly owner: string;
  /** By leaf. */
  readonly numbers: ReadonlyMap<string, KnownNumber>;
}

/** What all names of a scope begin with, without the last dot. */
export function prefixOf(kind: ScopeKind, owner: string): string {
  return owner === "" ? kind : `${kind}.${owner}`;
}

/** One reading for each name, sorted by name. The same scope may come several times. */
export function readAll(scopes: Iterable<KnownScope>): StatReading[] {
  const readings = new Map<string, StatReading>();
  for (const { kind: scope, owner, numbers } of scopes) {
    const prefix = prefixOf(scope, owner);
    for (const [leaf, number] of numbers) {
      const { merge, cell: { value, used } } = number;
      const kind = number.kind === "limit" ? "gauge" : number.kind;
      const name = `${prefix}.${leaf}`;
      const other = readings.get(name);
      if (other === undefined) {
        readings.set(name, { kind, scope, owner, leaf, name, value, used });
      } else if (used) {
        readings.set(name, { ...other, value: merged(other, value, merge), used });
      }
    }
  }
  return [...readings.values()].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function merged(other: StatReading, value: number, merge: Merge): number {
  if (!other.used) return value;
  return merge === "sum" ? other.value + value : Math.max(other.value, value);
}

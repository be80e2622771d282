/**
 * Weighted round robin.
 *
 * @module
 */

/** What takes turns. */
export interface Weighted {
  /** 1 or more. */
  readonly weight: number;
}

/**
 * Gives each item as many turns as its weight, spread as evenly as they can be: each turn every item
 * earns its weight, the richest is picked and pays for all.
 */
export class RoundRobin<Item extends Weighted> {
  readonly #items: readonly Item[];
  readonly #credit: number[];
  readonly #total: number;
  readonly #equal: boolean;
  #next = 0;

  /** Takes turns among these, from the first. */
  constructor(items: readonly Item[]) {
    this.#items = items;
    this.#credit = items.map(() => 0);
    this.#total = items.reduce((sum, item) => sum + item.weight, 0);
    this.#equal = items.every((item) => item.weight === items[0].weight);
  }

  /** Whose turn it is; null when there is nobody. */
  pick(): Item | null {
    if (this.#items.length === 0) return null;
    if (!this.#equal) return this.#items[this.#richest()];
    const item = this.#items[this.#next];
    this.#next = this.#next + 1 === this.#items.length ? 0 : this.#next + 1;
    return item;
  }

  #richest(): number {
    let richest = 0;
    for (let at = 0; at < this.#items.length; at++) {
      this.#credit[at] += this.#items[at].weight;
      if (this.#credit[at] > this.#credit[richest]) richest = at;
    }
    this.#credit[richest] -= this.#total;
    return richest;
  }
}

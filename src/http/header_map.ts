/**
 * A list of header fields.
 *
 * @module
 */

/**
 * Header fields in the order they came, duplicates kept. It is not the web's `Headers`, which
 * sorts and joins them.
 *
 * Names are lower case throughout: HTTP/2 knows no other, and Envoy writes HTTP/1.1 that way too,
 * so a codec lowers a name once and nobody compares without case again. Two plain arrays, because
 * a proxied head has about ten fields and a walk over them beats hashing.
 */
export class HeaderMap {
  /** Lower-case names; `names[i]` goes with `values[i]`. */
  readonly names: string[] = [];
  /** Values without surrounding white space, each char one byte (latin1). */
  readonly values: string[] = [];

  /** A map of these fields, in this order. */
  static of(...fields: readonly (readonly [name: string, value: string])[]): HeaderMap {
    const map = new HeaderMap();
    for (const [name, value] of fields) map.append(name, value);
    return map;
  }

  /** How many fields there are, duplicates counted. */
  get size(): number {
    return this.names.length;
  }

  /** Adds a field at the end. `name` is lower case. */
  append(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** The first value of that name, or null. */
  get(name: string): string | null {
    const at = this.names.indexOf(name);
    return at < 0 ? null : this.values[at];
  }

  /** All values of that name, in order. */
  getAll(name: string): string[] {
    return this.values.filter((_value, index) => this.names[index] === name);
  }

  /**
   * All values of that name joined by `, ` (RFC 9110 §5.3), or null. The usual single value is
   * given as it is.
   */
  joined(name: string): string | null {
    const first = this.names.indexOf(name);
    if (first < 0) return null;
    if (this.names.indexOf(name, first + 1) < 0) return this.values[first];
    return this.getAll(name).join(", ");
  }

  /** Whether there is a field of that name. */
  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** Makes this the only field of that name, in place of the first one or at the end. */
  set(name: string, value: string): void {
    const at = this.names.indexOf(name);
    if (at < 0) return this.append(name, value);
    this.values[at] = value;
    for (let next = this.names.length - 1; next > at; next--) {
      if (this.names[next] === name) this.#removeAt(next);
    }
  }

  /** Removes every field of that name. */
  remove(name: string): void {
    for (let at = this.names.length - 1; at >= 0; at--) {
      if (this.names[at] === name) this.#removeAt(at);
    }
  }

  /** Name and value pairs, in order. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let at = 0; at < this.names.length; at++) yield [this.names[at], this.values[at]];
  }

  #removeAt(at: number): void {
    this.names.splice(at, 1);
    this.values.splice(at, 1);
  }
}

/**
 * The reader that both front ends use: a value that knows its path and its place, fields taken by
 * name and type, and a word about every field that nobody took. A wrong value is reported and the
 * fallback stands in for it, so that one run finds every mistake; what was read is thrown away.
 *
 * @module
 */

import type { Dialect, Reading } from "./dialect.ts";
import { quote, type Report } from "./problem.ts";
import { didYouMean } from "./suggest.ts";
import { joinPath, type YamlEntry, type YamlNode, type YamlScalar } from "./yaml.ts";

/** Where problems go, and how values are read. */
export interface CursorContext {
  readonly report: Report;
  readonly dialect: Dialect;
}

/** `ownerAt` is the offset of the name that leads to the value, or of the value in a list. */
interface Place {
  readonly path: string;
  readonly ownerAt: number;
}

/** `failed` was reported already: its reads give the fallback without another word. */
type State = { kind: "given"; node: YamlNode } | { kind: "absent" } | { kind: "failed" };

/** A value in the file, or the lack of one. Every read takes what to give where it is absent. */
export class Cursor {
  readonly #context: CursorContext;
  readonly #place: Place;
  readonly #state: State;

  /** For this file; others begin with `Cursor.root`. */
  constructor(context: CursorContext, place: Place, state: State) {
    this.#context = context;
    this.#place = place;
    this.#state = state;
  }

  /** The whole file. */
  static root(context: CursorContext, node: YamlNode): Cursor {
    return new Cursor(context, { path: "", ownerAt: node.at }, { kind: "given", node });
  }

  /** Such as `listeners.web.tls`, names spelt as in the file. */
  get path(): string {
    return this.#place.path;
  }

  /** True when there is a value, be it of the wrong kind. */
  get given(): boolean {
    return this.#state.kind === "given";
  }

  /** What there is; null when nothing is. */
  get kind(): YamlNode["kind"] | null {
    return this.#state.kind === "given" ? this.#state.node.kind : null;
  }

  /** Reports an error at the value, or at its name where the value is nothing. */
  fail(message: string): void {
    const state = this.#state;
    if (state.kind === "failed") return;
    const hasPlace = state.kind === "given" && state.node.kind !== "null";
    const at = hasPlace ? state.node.at : this.#place.ownerAt;
    this.#context.report.error(at, this.path, message);
  }

  /** Reports an error at the name that leads to the value. */
  failAtName(message: string): void {
    if (this.#state.kind === "failed") return;
    this.#context.report.error(this.#place.ownerAt, this.path, message);
  }

  /** Reports a warning at the name that leads to the value. */
  warn(message: string): void {
    this.#context.report.warning(this.#place.ownerAt, this.path, message);
  }

  /** Text, which may be empty. */
  text(fallback = ""): string {
    return this.#scalar(this.#context.dialect.text, fallback);
  }

  /** Text that isn't empty. */
  name(fallback = ""): string {
    return this.filled("a name", fallback);
  }

  /** Text that isn't empty; `what` says what it is. */
  filled(what: string, fallback = ""): string {
    return this.parsed<string>((text) => text ? { value: text } : { expected: what }, fallback);
  }

  /** Text that `parse` reads. */
  parsed<T>(parse: (text: string) => Reading<T>, fallback: T): T {
    return this.#scalar((scalar) => {
      const reading = this.#context.dialect.text(scalar);
      return "value" in reading ? parse(reading.value) : reading;
    }, fallback);
  }

  /** Text or a number that `parse` reads. */
  literal<T>(parse: (text: string) => Reading<T>, fallback: T): T {
    return this.#scalar((scalar) => parse(scalar.text), fallback);
  }

  /** A boolean. */
  boolean(fallback = false): boolean {
    return this.#scalar(this.#context.dialect.boolean, fallback);
  }

  /** A whole number, bounds included. */
  integer(min: number, max: number, fallback = min): number {
    return this.#scalar((scalar) => {
      const reading = this.#context.dialect.integer(scalar);
      const fits = "value" in reading && reading.value >= min && reading.value <= max;
      return fits ? reading : { expected: `a whole number from ${min} to ${max}` };
    }, fallback);
  }

  /** Milliseconds. */
  duration(fallback = 0): number {
    return this.#scalar(this.#context.dialect.duration, fallback);
  }

  /** One of some words; one whose entry is null is known and not supported. */
  choice<T>(choices: Readonly<Record<string, T | null>>, fallback: T): T {
    return this.#scalar<T>((scalar) => {
      const { word } = this.#context.dialect;
      const supported = Object.keys(choices).filter((name) => choices[name] !== null);
      const found = Object.keys(choices).find((name) => word(name) === word(scalar.text));
      if (found === undefined) {
        return { expected: alternatives(supported), hint: didYouMean(scalar.text, supported) };
      }
      const value = choices[found];
      if (value !== null) return { value };
      return { expected: alternatives(supported), found: `${found}, which is not supported` };
    }, fallback);
  }

  /** The values of a list; none where it is absent. */
  items(): Cursor[] {
    const state = this.#state;
    if (state.kind !== "given") return [];
    const { node } = state;
    if (node.kind === "list") {
      // In a list nothing is no way to leave something out, in neither form.
      return node.items.map((item, index) => {
        const place = { path: `${this.path}[${index}]`, ownerAt: item.at };
        return new Cursor(this.#context, place, { kind: "given", node: item });
      });
    }
    if (this.#context.dialect.singleIsList) return [this];
    this.#failKind("a list");
    return [];
  }

  /** The values of a mapping whose names are the user's own; none where it is absent. */
  entries(): { name: string; value: Cursor }[] {
    return this.#entries().map((entry) => ({ name: entry.key, value: this.#child(entry) }));
  }

  /** A field looked at without taking it; absent where this is no mapping. */
  peek(name: string): Cursor {
    const state = this.#state;
    const entries = state.kind === "given" && state.node.kind === "map" ? state.node.entries : [];
    const entry = entries.find(({ key }) => this.#context.dialect.field(key) === name);
    return entry === undefined ? this.#without(name, "absent") : this.#child(entry);
  }

  /**
   * A mapping with fixed fields. `read` takes those that genkan knows; each one that it leaves is
   * an error: `not supported` for a name in `known`, `unknown field` for any other.
   */
  record<T>(known: readonly string[], read: (fields: Fields) => T): T {
    const given = new Map<string, Cursor>();
    for (const entry of this.#entries()) {
      const field = this.#context.dialect.field(entry.key);
      const cursor = this.#child(entry);
      // `filter_chains` and `filterChains` are one field; plain doubles don't come this far.
      if (given.has(field)) cursor.failAtName("given twice");
      else given.set(field, cursor);
    }
    const isRecord = this.kind === "map";
    const fields = new Fields(given, (name, isNeeded) => {
      if (isRecord && isNeeded) this.failAtName(`missing field "${name}"`);
      return this.#without(name, isRecord && !isNeeded ? "absent" : "failed");
    });
    const result = read(fields);
    if (!this.#context.report.full) fields.reportLeft(known);
    return result;
  }

  #scalar<T>(read: (scalar: YamlScalar) => Reading<T>, fallback: T): T {
    const state = this.#state;
    if (state.kind !== "given") return fallback;
    if (state.node.kind !== "scalar") {
      this.#failKind("a single value");
      return fallback;
    }
    const reading = read(state.node);
    if ("value" in reading) return reading.value;
    const { expected, found = describe(state.node), hint = "" } = reading;
    this.fail(`expected ${expected}, found ${found}${hint}`);
    return fallback;
  }

  #entries(): readonly YamlEntry[] {
    const state = this.#state;
    if (state.kind !== "given") return [];
    if (state.node.kind === "map") return state.node.entries;
    this.#failKind("a mapping");
    return [];
  }

  #failKind(expected: string): void {
    if (this.#state.kind !== "given") return;
    this.fail(`expected ${expected}, found ${describe(this.#state.node)}`);
  }

  #child({ key, keyAt, value }: YamlEntry): Cursor {
    const place = { path: joinPath(this.path, key), ownerAt: keyAt };
    const isAbsent = value.kind === "null" && this.#context.dialect.nullIsAbsent;
    const state: State = isAbsent ? { kind: "absent" } : { kind: "given", node: value };
    return new Cursor(this.#context, place, state);
  }

  #without(name: string, kind: "absent" | "failed"): Cursor {
    const place = { path: joinPath(this.path, name), ownerAt: this.#place.ownerAt };
    return new Cursor(this.#context, place, { kind });
  }
}

/** The fields of a mapping while they are taken. */
export class Fields {
  readonly #given: ReadonlyMap<string, Cursor>;
  readonly #missing: (name: string, isNeeded: boolean) => Cursor;
  readonly #taken = new Set<string>();

  /** For `Cursor.record`. */
  constructor(
    given: ReadonlyMap<string, Cursor>,
    missing: (name: string, isNeeded: boolean) => Cursor,
  ) {
    this.#given = given;
    this.#missing = missing;
  }

  /** A field that may be absent. */
  take(name: string): Cursor {
    this.#taken.add(name);
    return this.#given.get(name) ?? this.#missing(name, false);
  }

  /** A field that is reported when it is absent. */
  need(name: string): Cursor {
    this.#taken.add(name);
    const cursor = this.#given.get(name);
    return cursor?.given ? cursor : this.#missing(name, true);
  }

  /** True when one of the names is there, taken or not. */
  has(...names: string[]): boolean {
    return names.some((name) => this.#given.get(name)?.given);
  }

  /** Reports what is left. */
  reportLeft(known: readonly string[]): void {
    for (const [field, cursor] of this.#given) {
      if (this.#taken.has(field)) continue;
      if (!known.includes(field)) {
        cursor.failAtName(`unknown field${didYouMean(field, [...this.#taken, ...known])}`);
      } else if (cursor.given) cursor.failAtName("not supported");
    }
  }
}

function describe(node: YamlNode): string {
  switch (node.kind) {
    case "scalar":
      return quote(node.text);
    case "map":
      return "a mapping";
    case "list":
      return "a list";
    case "null":
      return "nothing";
  }
}

function alternatives(words: readonly string[]): string {
  const last = words[words.length - 1];
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

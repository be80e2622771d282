/**
 * YAML text → a tree that knows its places. The `yaml` library finds tokens and structure; this
 * file bounds what it is given, and takes from it plain mappings, lists and scalars. A scalar stays
 * text: what `on` or `010` means is for whoever knows the field.
 *
 * @module
 */

import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "yaml";
import type { CST, Document, Node } from "yaml";
import { ConfigError } from "../errors.ts";
import { fileProblem, type SourceText } from "./source.ts";
import { printable, quote, type Report } from "./problem.ts";

/** A scalar; `plain` when it stood without quotes. */
export interface YamlScalar {
  readonly kind: "scalar";
  readonly at: number;
  readonly text: string;
  readonly plain: boolean;
}

/** A mapping, in the order of the file; keys are unique. */
export interface YamlMap {
  readonly kind: "map";
  readonly at: number;
  readonly entries: readonly YamlEntry[];
}

/** One `key: value`. */
export interface YamlEntry {
  readonly key: string;
  readonly keyAt: number;
  readonly value: YamlNode;
}

/** A list. */
export interface YamlList {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly YamlNode[];
}

/** Nothing: an empty value, `~` or `null`. */
export interface YamlNull {
  readonly kind: "null";
  readonly at: number;
}

/** A value, with the offset at which it begins. */
export type YamlNode = YamlScalar | YamlMap | YamlList | YamlNull;

// A configuration of ten thousand routes has about 300,000 tokens; the library takes about a
// microsecond and half a kilobyte for each.
const MAX_TOKENS = 1_000_000;
const MAX_DEPTH = 100; // Envoy's deepest field here is at 30; the library recurses below this
const MAX_VALUES = 1_000_000; // after aliases, which can multiply without end

/**
 * Reads one YAML document. What isn't YAML throws a `ConfigError` with the first fault, as the ones
 * after it would be its echoes; duplicate keys and the like go to `report`.
 */
export function parseYaml(source: SourceText, report: Report): YamlNode {
  const document = compose(source, tokenize(source));
  if (document.contents === null) throw emptyFile(source);
  const tree = new TreeBuilder(source, report).build(document.contents as Node, "").node;
  if (tree.kind === "null") throw emptyFile(source);
  return tree;
}

function tokenize(source: SourceText): CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0, offset = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    offset += lexeme.length;
    if (++count > MAX_TOKENS) throw syntaxError(source, offset, `more than ${MAX_TOKENS} tokens`);
    if (parser.stack.length > MAX_DEPTH) {
      throw syntaxError(source, offset, `nested more than ${MAX_DEPTH} deep`);
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

function compose(source: SourceText, tokens: CST.Token[]): Document.Parsed {
  const composer = new Composer({
    schema: "failsafe",
    uniqueKeys: false, // the library compares each key with each; TreeBuilder has a set
    prettyErrors: false,
    logLevel: "silent",
  });
  // Stops at the first fault: half a million of them would take seconds. The library catches what
  // is thrown and reports that as a fault, so the first is kept. Where it had renamed this member,
  // the faults would only be collected, and are looked at below.
  let fault: ConfigError | null = null;
  Reflect.set(composer, "onError", (at: FaultPlace, _code: string, message: string) => {
    const offset = typeof at === "number" ? at : Array.isArray(at) ? at[0] : at.offset;
    throw fault ??= syntaxError(source, offset, message);
  });
  let first: Document.Parsed | null = null;
  for (const document of composer.compose(tokens, true, source.text.length)) {
    const collected = document.errors[0] ?? document.warnings[0];
    if (collected !== undefined) throw syntaxError(source, collected.pos[0], collected.message);
    if (first !== null && document.contents !== null) {
      const message = "a second YAML document; a configuration is one";
      throw syntaxError(source, document.contents.range[0], message);
    }
    first ??= document;
  }
  if (first === null) throw emptyFile(source);
  return first;
}

/** How the library gives the place of a fault. */
type FaultPlace = number | [number, number] | { readonly offset: number };

const MAX_FOUND = 120; // characters; the library repeats what it found, however long

function syntaxError(source: SourceText, offset: number, found: string): ConfigError {
  const at = Math.max(0, Math.min(offset, source.text.length));
  const characters = [...found.slice(0, 2 * MAX_FOUND)];
  const cut = characters.length > MAX_FOUND ? "…" : "";
  const shown = characters.slice(0, MAX_FOUND).map(printable).join("");
  const message = `Cannot read YAML: ${shown.charAt(0).toLowerCase()}${shown.slice(1)}${cut}`;
  return new ConfigError([source.problem(at, "", message)]);
}

function emptyFile(source: SourceText): ConfigError {
  return new ConfigError([fileProblem(source.file, "empty: expected a configuration")]);
}

/** A node, and how many values it holds when its aliases are followed. */
interface Built {
  readonly node: YamlNode;
  readonly values: number;
}

class TreeBuilder {
  readonly #source: SourceText;
  readonly #report: Report;
  readonly #anchors = new Map<string, Built>();

  constructor(source: SourceText, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  build(node: Node, path: string): Built {
    if (isAlias(node)) return this.#follow(node.source, node.range?.[0] ?? 0);
    const built = this.#buildValue(node, path);
    if (built.values > MAX_VALUES) {
      const found = `aliases that stand for more than ${MAX_VALUES} values`;
      throw syntaxError(this.#source, built.node.at, found);
    }
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #buildValue(node: Node, path: string): Built {
    const at = node.range?.[0] ?? 0;
    if (isMap(node)) return this.#buildMap(node.items as MapItem[], at, path);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.build(item as Node, `${path}[${index}]`));
      const list: YamlList = { kind: "list", at, items: items.map((item) => item.node) };
      return { node: list, values: total(items) };
    }
    const text = isScalar(node) && typeof node.value === "string" ? node.value : "";
    const plain = !isScalar(node) || node.type === "PLAIN" || node.type === undefined;
    const isNull = plain && NULLS.has(text);
    return { node: isNull ? { kind: "null", at } : { kind: "scalar", at, text, plain }, values: 1 };
  }

  #buildMap(items: MapItem[], at: number, path: string): Built {
    const entries = new Map<string, YamlEntry>();
    const values: Built[] = [];
    for (const { key, value } of items) {
      const keyAt = key.range?.[0] ?? at;
      if (!isScalar(key) || typeof key.value !== "string") {
        this.#report.error(keyAt, path, "expected a name before the colon, found a value");
        continue;
      }
      const name = key.value;
      const inner = joinPath(path, name);
      const built = value === null ? nothingAfter(key) : this.build(value, inner);
      values.push(built);
      const first = entries.get(name);
      if (first !== undefined) {
        const { line } = this.#source.position(first.keyAt);
        this.#report.error(keyAt, inner, `given twice, first in line ${line}`);
      } else if (name === "<<") {
        this.#report.error(keyAt, inner, "merge keys are not supported; write the fields out");
      } else {
        entries.set(name, { key: name, keyAt, value: built.node });
      }
    }
    return { node: { kind: "map", at, entries: [...entries.values()] }, values: total(values) };
  }

  #follow(name: string, at: number): Built {
    const target = this.#anchors.get(name);
    if (target !== undefined) return target;
    throw syntaxError(this.#source, at, `the alias ${quote(`*${name}`)} before its anchor`);
  }
}

interface MapItem {
  readonly key: Node;
  readonly value: Node | null;
}

const NULLS: ReadonlySet<string> = new Set(["", "~", "null", "Null", "NULL"]);

function nothingAfter(key: Node): Built {
  return { node: { kind: "null", at: key.range?.[1] ?? 0 }, values: 1 };
}

function total(parts: readonly Built[]): number {
  return parts.reduce((sum, part) => sum + part.values, 1);
}

/** `a.b`; a name that isn't plain is put in quotes: `clusters."api.internal"`. */
export function joinPath(path: string, name: string): string {
  const shown = /^[A-Za-z0-9_@-]+$/.test(name) ? name : quote(name);
  return path === "" ? shown : `${path}.${shown}`;
}

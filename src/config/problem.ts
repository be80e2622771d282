/**
 * Problems: collected while a configuration is read, shown with the line they stand in.
 *
 * @module
 */

import { ConfigError, type Problem } from "../errors.ts";
import type { SourceText } from "./source.ts";

const MAX_SHOWN = 100;
const MAX_KEPT = 1000;

/** Takes problems and warnings while a file is read. */
export class Report {
  readonly #source: SourceText;
  readonly #errors: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #seen = new Set<string>();
  #dropped = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** True when one more error would only be counted: then a suggestion isn't worth its time. */
  get full(): boolean {
    return this.#errors.length >= MAX_KEPT;
  }

  /** Takes an error. The same one at the same place is kept once: an alias is read twice. */
  error(offset: number, path: string, message: string): void {
    if (this.full) this.#dropped++;
    else if (this.#isNew(offset, message)) {
      this.#errors.push(this.#source.problem(offset, path, message));
    }
  }

  /** Takes a warning, likewise. */
  warning(offset: number, path: string, message: string): void {
    if (this.#warnings.length < MAX_KEPT && this.#isNew(offset, message)) {
      this.#warnings.push(this.#source.problem(offset, path, message));
    }
  }

  /** Gives the warnings, or throws a `ConfigError` with every error; both in the file's order. */
  close(): Problem[] {
    if (this.#errors.length === 0) return this.#warnings.sort(byPlace);
    const shown = this.#errors.sort(byPlace).slice(0, MAX_SHOWN);
    const more = this.#errors.length - shown.length + this.#dropped;
    if (more > 0) {
      const message = `${more} more ${more === 1 ? "problem is" : "problems are"} not shown`;
      shown.push({ ...shown[0], line: 0, column: 0, path: "", message, excerpt: "" });
    }
    throw new ConfigError(shown);
  }

  #isNew(offset: number, message: string): boolean {
    const key = `${offset} ${message}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

const MAX_EXCERPT = 200; // characters; a longer line is cut around the place

/**
 * A problem for people: `FILE:LINE:COL: path.to.field: message`, then the source line and a caret
 * under the place. A problem of the whole file is one line: `FILE: message`.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, excerpt } = problem;
  if (line === 0) return `${file}: ${message}`;
  const head = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
  if (excerpt === "") return head;
  const { text, caret } = windowOf([...excerpt], column - 1);
  return `${head}\n${text}\n${caret}`;
}

/** What fits around the place. The caret's line repeats tabs, so that it lines up at any width. */
function windowOf(characters: string[], at: number): { text: string; caret: string } {
  const start = characters.length <= MAX_EXCERPT ? 0 : Math.max(0, at - MAX_EXCERPT / 2);
  const end = Math.min(characters.length, start + MAX_EXCERPT);
  const shown = characters.slice(start, end).map(printable);
  const lead = start > 0 ? "…" : "";
  const tail = end < characters.length ? "…" : "";
  const indent = [...lead, ...shown.slice(0, at - start)].map((c) => c === "\t" ? c : " ");
  return { text: `${lead}${shown.join("")}${tail}`, caret: `${indent.join("")}^` };
}

// Control and formatting characters could move a terminal's cursor or colour it.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** The character, or a replacement where a terminal would act on it. */
export function printable(character: string): string {
  return character === "\t" ? character : character.replace(UNPRINTABLE, "\ufffd");
}

const MAX_QUOTED = 60; // characters

/** A value as a message shows it: in quotes, escaped, cut at so many characters. */
export function quote(value: string, max = MAX_QUOTED): string {
  const characters = [...value.slice(0, 2 * max)];
  const cut = characters.length > max;
  const text = JSON.stringify(characters.slice(0, max).join(""));
  const escaped = text.replace(UNPRINTABLE, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return cut ? `${escaped}…` : escaped;
}

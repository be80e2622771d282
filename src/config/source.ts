/**
 * The text of a configuration file, and the places in it.
 *
 * @module
 */

import { ConfigError, type Problem } from "../errors.ts";

/** 1-based, as editors show them; a column counts characters (code points). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const MAX_FILE_BYTES = 16 * 1024 * 1024;

// Beyond it a line (of generated JSON) is not shown, and its columns are UTF-16 units: going over
// megabytes once for each problem would take longer than reading the file.
const MAX_SHOWN_LINE = 10_000;

/** A problem with the file as a whole. */
export function fileProblem(file: string, message: string): Problem {
  return { file, line: 0, column: 0, path: "", message, excerpt: "" };
}

/**
 * The bytes as text; a byte order mark is dropped. Throws a `ConfigError` when they are too many
 * or not UTF-8, with the place of the first bad byte.
 */
export function decodeSource(file: string, bytes: Uint8Array): SourceText {
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `too large: found ${bytes.length} bytes, expected at most ${MAX_FILE_BYTES}`;
    throw new ConfigError([fileProblem(file, message)]);
  }
  try {
    return new SourceText(file, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ConfigError([notUtf8(file, bytes)]);
  }
}

/** A file's text with the starts of its lines. Offsets are those of the string. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
      this.#lineStarts.push(at + 1);
    }
  }

  /** The line and column of an offset. */
  position(offset: number): Position {
    const line = this.#lineOf(offset);
    const before = this.text.slice(this.#lineStarts[line], offset);
    const count = before.length > MAX_SHOWN_LINE ? before.length : [...before].length;
    return { line: line + 1, column: count + 1 };
  }

  /** A problem at an offset. */
  problem(offset: number, path: string, message: string): Problem {
    const excerpt = redactKeys(this.#lineAt(this.#lineOf(offset)));
    return { file: this.file, ...this.position(offset), path, message, excerpt };
  }

  #lineOf(offset: number): number {
    let low = 0, high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #lineAt(line: number): string {
    const start = this.#lineStarts[line];
    const end = (this.#lineStarts[line + 1] ?? this.text.length + 1) - 1;
    return end - start > MAX_SHOWN_LINE ? "" : this.text.slice(start, end).replace(/\r$/, "");
  }
}

// PEM is written in lines of 64 characters; a key given inline must not reach a terminal or a log.
const KEY_MATERIAL = /[A-Za-z0-9+/=]{60,}/g;

function redactKeys(line: string): string {
  return line.replace(KEY_MATERIAL, (run) => "*".repeat(run.length));
}

function notUtf8(file: string, bytes: Uint8Array): Problem {
  const hint = "save it as UTF-8";
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return fileProblem(file, `not UTF-8: found UTF-16; ${hint}`);
  }
  let line = 1, start = 0;
  for (;; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const bad = firstBadByte(bytes.subarray(start, end));
    if (bad !== null) {
      const found = `0x${bytes[start + bad.at].toString(16).padStart(2, "0")}`;
      const message = `not UTF-8: found the byte ${found}; ${hint}`;
      return { file, line, column: bad.column, path: "", message, excerpt: "" };
    }
    start = end + 1;
  }
}

/** Finds by halves the longest beginning that decodes, and in it the end of the last character. */
function firstBadByte(line: Uint8Array): { at: number; column: number } | null {
  const decode = (length: number, stream: boolean) => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(line.subarray(0, length), { stream });
    } catch {
      return null;
    }
  };
  if (decode(line.length, false) !== null) return null;
  let low = 0, high = line.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (decode(middle, true) !== null) low = middle;
    else high = middle - 1;
  }
  const valid = decode(low, true) ?? "";
  return { at: new TextEncoder().encode(valid).length, column: [...valid].length + 1 };
}

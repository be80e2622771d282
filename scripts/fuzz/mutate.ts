/**
 * Edits that make of a message what a parser may trip over. They know of lines, framing fields and
 * digits, because chance alone would never get past the first line.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** No input grows beyond it: what is long takes time and shows little. */
const MAX_CHARS = 8 * 1024;
/** Edits of one input, at most. */
const MAX_EDITS = 5;

const LINE_ENDS = ["\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", "\r\n ", "\r\n\t", "", "\x0b", "\x85"];
const CONTROLS = "\0\x01\x08\t\n\x0b\x0c\r\x1b\x1f \x7f\x80\x85\xa0\xff";
const PUNCTUATION = ":;,=\"\\/?#@%[](){}<>|^`~!$&'*+-._";
const FRAMING_LINES = [
  "Content-Length: 0",
  "Content-Length: 5",
  "content-length: 05",
  "Content-Length: 5, 5",
  "Content-Length: +5",
  "Content-Length: 18446744073709551616",
  "Transfer-Encoding: chunked",
  "transfer-encoding: Chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding : chunked",
  " Transfer-Encoding: chunked",
  "Host: a.test",
  "Host: b.test",
  "Connection: close",
  "Connection: content-length",
  "Expect: 100-continue",
];
const TRAPS = [
  "0\r\n\r\n",
  "0\r\n",
  "5\r\nhello\r\n",
  "ffffffffffffffff\r\n",
  "0x5",
  ";a=b",
  ';a="\\"',
  "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.0",
  "HTTP/2.0",
  "http://b.test/",
  "X: y\r\n",
];

/** One edit of a text. `others` are texts to take pieces from; there is at least one. */
type Edit = (text: string, random: Random, others: readonly string[]) => string;

const EDITS: readonly Edit[] = [
  function repeatLine(text, random) {
    const lines = text.split("\r\n");
    return insertLine(lines, random, random.pick(lines));
  },
  function addFraming(text, random) {
    return insertLine(text.split("\r\n"), random, random.pick(FRAMING_LINES));
  },
  function dropLine(text, random) {
    const lines = text.split("\r\n");
    lines.splice(random.below(lines.length), 1);
    return lines.join("\r\n");
  },
  function swapLines(text, random) {
    const lines = text.split("\r\n"), one = random.below(lines.length);
    const other = random.below(lines.length);
    [lines[one], lines[other]] = [lines[other], lines[one]];
    return lines.join("\r\n");
  },
  function changeLineEnd(text, random) {
    const lines = text.split("\r\n");
    if (lines.length < 2) return text;
    const at = 1 + random.below(lines.length - 1);
    return lines.slice(0, at).join("\r\n") + random.pick(LINE_ENDS) + lines.slice(at).join("\r\n");
  },
  function insertControl(text, random) {
    return insert(text, random.below(text.length + 1), random.pick([...CONTROLS]));
  },
  function insertPunctuation(text, random) {
    return insert(text, random.below(text.length + 1), random.pick([...PUNCTUATION]));
  },
  function insertBlank(text, random) {
    const places = [...text.matchAll(/[:;=,\r]/g)].map(({ index }) => index + random.below(2));
    return insert(text, placeOf(places, text, random), random.pick([" ", "\t", "  ", " \t"]));
  },
  function dropBlank(text, random) {
    const places = [...text.matchAll(/[ \t]/g)].map(({ index }) => index);
    return replace(text, placeOf(places, text, random), 1, "");
  },
  function changeNumber(text, random) {
    const numbers = [...text.matchAll(/[0-9a-fA-F]+/g)];
    if (numbers.length === 0) return text;
    const { index, 0: found } = random.pick(numbers);
    const value = parseInt(found, 16);
    const changed = random.pick([
      (value + 1).toString(16),
      Math.max(0, value - 1).toString(16),
      `0${found}`,
      `+${found}`,
      `-${found}`,
      `0x${found}`,
      `${found}_0`,
      `${found}0`,
      found.toUpperCase(),
      "0",
      "9007199254740991",
      "9007199254740992",
      "fffffffffffff",
      "10000000000000000",
    ]);
    return replace(text, index, found.length, changed);
  },
  function changeCase(text, random) {
    const start = random.below(text.length), size = 1 + random.below(12);
    const part = text.slice(start, start + size);
    const changed = random.below(2) === 0 ? upper(part) : lower(part);
    return replace(text, start, size, changed);
  },
  function changeByte(text, random) {
    return replace(text, random.below(text.length), 1, String.fromCharCode(random.below(256)));
  },
  function insertTrap(text, random) {
    return insert(text, random.below(text.length + 1), random.pick(TRAPS));
  },
  function cut(text, random) {
    return text.slice(0, random.below(text.length + 1));
  },
  function dropSpan(text, random) {
    return replace(text, random.below(text.length), 1 + random.below(20), "");
  },
  function repeatSpan(text, random) {
    const start = random.below(text.length), size = 1 + random.below(40);
    const times = random.pick([1, 2, 10, 120]);
    return insert(text, start, text.slice(start, start + size).repeat(times));
  },
  function splice(text, random, others) {
    const other = random.pick(others);
    return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length));
  },
  function append(text, random, others) {
    return text + random.pick(others);
  },
];

/** What a few edits make of a text; its first `keep` chars stay. */
export function mutate(
  { text, keep }: { readonly text: string; readonly keep: number },
  random: Random,
  others: readonly string[],
): string {
  let changed = text.slice(keep);
  // Most of the time one or two: more leave little that is read at all.
  for (let edits = 1 + random.below(1 + random.below(MAX_EDITS)); edits > 0; edits--) {
    changed = random.pick(EDITS)(changed, random, others);
  }
  return (text.slice(0, keep) + changed).slice(0, MAX_CHARS);
}

function insertLine(lines: readonly string[], random: Random, line: string): string {
  const at = random.below(lines.length);
  return [...lines.slice(0, at), line, ...lines.slice(at)].join("\r\n");
}

function insert(text: string, at: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at);
}

function replace(text: string, at: number, count: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + count);
}

function placeOf(places: readonly number[], text: string, random: Random): number {
  return places.length === 0 ? random.below(text.length + 1) : random.pick(places);
}

// Only ASCII: a char beyond latin1 is no byte.
function upper(text: string): string {
  return text.replace(/[a-z]+/g, (part) => part.toUpperCase());
}

function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
}

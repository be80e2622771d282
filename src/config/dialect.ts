/**
 * How the two forms read a single value. The native form takes YAML 1.2 and says no to what could
 * mean two things; Envoy's takes what Envoy takes: YAML 1.1 booleans, and values as proto3 JSON
 * has them.
 *
 * @module
 */

import type { YamlScalar } from "./yaml.ts";

/**
 * What a scalar stands for. Where it stands for nothing: what was expected, in words; what was
 * found, when that says more than the text itself; and what to do, after a comma or a semicolon.
 */
export type Reading<T> = { value: T } | { expected: string; found?: string; hint?: string };

/** The rules of one form. */
export interface Dialect {
  readonly text: (scalar: YamlScalar) => Reading<string>;
  readonly boolean: (scalar: YamlScalar) => Reading<boolean>;
  readonly integer: (scalar: YamlScalar) => Reading<number>;
  /** Milliseconds. */
  readonly duration: (scalar: YamlScalar) => Reading<number>;
  /** A word of an enumeration, as the tables of choices spell it. */
  readonly word: (text: string) => string;
  /** A field's name, as the code spells it. */
  readonly field: (key: string) => string;
  /** Nothing where a value could be: the field is not given (Envoy), or a mistake (native). */
  readonly nullIsAbsent: boolean;
  /** A single value where a list could be is a list of one (Envoy). */
  readonly singleIsList: boolean;
}

const ON_OFF = new Map([["true", true], ["false", false], ["on", true], ["off", false]]);

/** genkan's own form. */
export const NATIVE: Dialect = {
  text: (scalar) =>
    scalar.plain && /^(true|True|TRUE|false|False|FALSE)$/.test(scalar.text)
      ? notText(scalar.text)
      : { value: scalar.text },
  boolean: (scalar) => {
    const value = ON_OFF.get(scalar.text);
    return value === undefined ? { expected: "on, off, true or false" } : { value };
  },
  integer: (scalar) => scalar.plain ? wholeNumber(scalar.text) : { expected: "a whole number" },
  duration: (scalar) => nativeDuration(scalar.text),
  word: (text) => text,
  field: (key) => key,
  nullIsAbsent: false,
  singleIsList: false,
};

// YAML 1.1's booleans, as yaml-cpp reads them for Envoy; Envoy takes them in quotes as well.
const YES_NO = new Map([
  ...["y", "yes", "true", "on"].flatMap(cases).map((word) => [word, true] as const),
  ...["n", "no", "false", "off"].flatMap(cases).map((word) => [word, false] as const),
]);

function cases(word: string): string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

// What Envoy's YAML reader turns into a number; a decimal it leaves as text.
const INTEGER = /^[-+]?(\d+|0x[0-9a-fA-F]+)$/;

/** Envoy's form. */
export const ENVOY: Dialect = {
  // Envoy refuses `name: 123` and `name: on`: JSON's types have been settled before.
  text: (scalar) =>
    scalar.plain && (YES_NO.has(scalar.text) || INTEGER.test(scalar.text))
      ? notText(scalar.text)
      : { value: scalar.text },
  boolean: (scalar) => {
    const value = YES_NO.get(scalar.text);
    return value === undefined ? { expected: "true or false" } : { value };
  },
  integer: (scalar) => wholeNumber(scalar.text.replace(/\.0*$/, "")),
  duration: (scalar) => protoDuration(scalar.text),
  word: (text) => text.toUpperCase(),
  field: (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  nullIsAbsent: true,
  singleIsList: true,
};

function notText(text: string): Reading<string> {
  const kind = INTEGER.test(text) ? "number" : "boolean";
  return { expected: "text", found: `the ${kind} ${text}`, hint: "; put it in quotes" };
}

function wholeNumber(text: string): Reading<number> {
  return /^\d{1,15}$/.test(text) ? { value: Number(text) } : { expected: "a whole number" };
}

// What a timer can wait for (2^31 - 1 ms).
const MAX_DURATION_MS = 24 * 24 * 3_600_000;
const TOO_LONG = "at most 24 days (576h)";

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `30s`, `500ms`, `1m30s`, `0.5h`; `0` needs no unit. */
function nativeDuration(text: string): Reading<number> {
  if (text === "0") return { value: 0 };
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/
    .exec(text);
  if (match === null || text === "") {
    return { expected: "a duration with its unit, such as 30s, 500ms, 1m30s or 1h" };
  }
  const [h, m, s, ms] = match.slice(1).map((part) => Number(part ?? 0));
  return inRange(h * UNIT_MS.h + m * UNIT_MS.m + s * UNIT_MS.s + ms, TOO_LONG);
}

/** A proto3 JSON Duration: seconds with at most nine digits after the point, `0.25s`. */
function protoDuration(text: string): Reading<number> {
  const match = /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(text);
  if (match === null) return { expected: "a duration in seconds, such as 15s or 0.25s" };
  return inRange(Number(match[1]) * 1000, "at most 24 days (2073600s)");
}

/**
 * Whole milliseconds, rounded up: a short time must not turn into 0, which is none. What decimals
 * are off by in binary is no reason to round up.
 */
function inRange(milliseconds: number, expected: string): Reading<number> {
  if (milliseconds > MAX_DURATION_MS) return { expected };
  return { value: Math.max(0, Math.ceil(milliseconds - 1e-7)) };
}

const UNIT_BYTES: Readonly<Record<string, number>> = { GiB: 2 ** 30, MiB: 2 ** 20, KiB: 2 ** 10 };

/** Bounds of a size, both included, in bytes. */
export interface SizeBounds {
  readonly min: number;
  readonly max: number;
}

/** Reads bytes of the native form: `512`, `60KiB`, `1.5GiB`; rounded up to whole ones. */
export function parseSize(text: string, { min, max }: SizeBounds): Reading<number> {
  const [, count, unit] = /^(\d+|\d+\.\d+(?=[KMG]))(KiB|MiB|GiB)?$/.exec(text) ?? [];
  if (count === undefined) return { expected: SIZE, hint: sizeHint(text) };
  const bytes = Math.ceil(Number(count) * (UNIT_BYTES[unit] ?? 1));
  if (bytes >= min && bytes <= max) return { value: bytes };
  return { expected: `a size from ${formatSize(min)} to ${formatSize(max)}` };
}

const SIZE = "a size in bytes, or in KiB, MiB or GiB";

/** `10MB` and `10m` are 1000s to some and 1024s to others. */
function sizeHint(text: string): string {
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?([kmg])i?b?$/i.exec(text) ?? [];
  return count === undefined ? "" : `; write ${count}${unit.toUpperCase()}iB`;
}

/** Bytes as the native form writes them, in the largest unit that goes in evenly: `60KiB`, `500`. */
export function formatSize(bytes: number): string {
  const units = Object.entries(UNIT_BYTES);
  const [unit, size] = units.find(([, size]) => bytes > 0 && bytes % size === 0) ?? ["", 1];
  return `${bytes / size}${unit}`;
}

/** Milliseconds as the native form writes them: `1h`, `1m30s`, `250ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  let rest = milliseconds, text = "";
  for (const [unit, size] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

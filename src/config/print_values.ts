/**
 * Values → native YAML: only what differs from a default is written.
 *
 * @module
 */

import { formatDuration, formatSize } from "./dialect.ts";

/** A mapping that is to be written; what is undefined is left out. */
export type Mapping = { [name: string]: unknown };

/** The value where it isn't the one that the native form has anyway. */
export function unless<T>(standard: T, value: T): T | undefined {
  return value === standard ? undefined : value;
}

/** A duration, likewise. */
export function durationUnless(standard: number, value: number): string | undefined {
  return value === standard ? undefined : formatDuration(value);
}

/** A size, likewise: a number where it is bytes alone, for it needs no quotes. */
export function sizeUnless(standard: number, value: number): string | number | undefined {
  if (value === standard) return undefined;
  const text = formatSize(value);
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** A list, likewise: both are lists whose items, none of which has a comma, are joined by commas. */
export function listUnless(standard: string, value: string): string[] | undefined {
  if (value === standard) return undefined;
  return value === "" ? [] : value.split(",");
}

/** A switch. */
export function onOff(on: boolean): "on" | "off" {
  return on ? "on" : "off";
}

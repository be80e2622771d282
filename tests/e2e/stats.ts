/**
 * Reads a program's numbers at its admin.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { within } from "./deadline.ts";
import type { Program } from "./program.ts";

const WAIT_MS = 5_000;
const PAUSE_MS = 10;

/** Sums a number over all listeners, such as `no_filter_chain_match`. */
export async function listenerStat(program: Program, leaf: string): Promise<number> {
  const response = await within(WAIT_MS, fetch(`${program.admin}/stats`), "the stats");
  const lines = (await response.text()).split("\n");
  const values = lines
    .filter((line) => line.startsWith("listener.") && line.includes(`.${leaf}: `))
    .map((line) => Number(line.slice(line.lastIndexOf(" "))));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Waits until a listener's number is that: a client may know sooner than the count does. */
export async function counts(program: Program, leaf: string, value: number): Promise<void> {
  const end = performance.now() + WAIT_MS;
  let found = await listenerStat(program, leaf);
  while (found !== value && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    found = await listenerStat(program, leaf);
  }
  assertEquals(found, value, leaf);
}

/**
 * Days, as the commands print them.
 *
 * @module
 */

const DAY_MS = 24 * 60 * 60 * 1000;

/** `2027-12-24`, of milliseconds since 1970. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Whole days from `now` until `time`; negative when it is past. */
export function daysUntil(time: number, now: number): number {
  return Math.floor((time - now) / DAY_MS);
}

/**
 * Any single value of a model, for properties.
 *
 * @module
 */

import fc from "fast-check";

/** One of the values; unlike `fc.constantFrom` it leaves their type as wide as it is. */
export function oneOf<T>(...values: T[]): fc.Arbitrary<T> {
  return fc.nat(values.length - 1).map((index) => values[index]);
}

export const anyName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_.-]{0,12}$/),
  oneOf("true", "null", "1.5", "off", "~", "a: b", "#x", "0.0.0.0:443", " x ", "日本", "__proto__"),
);
export const anyMilliseconds = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_073_600_000 }));
export const anyIp = oneOf("127.0.0.1", "0.0.0.0", "::1", "2001:db8::1");

/** Sizes that units go into evenly, and any others. */
export function anySize(min: number, max: number): fc.Arbitrary<number> {
  const even = fc.integer({ min: Math.ceil(min / 1024), max: max / 1024 }).map((kib) => kib * 1024);
  return fc.oneof(even, fc.integer({ min, max }));
}

export const anyCount = fc.oneof(fc.nat(10), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

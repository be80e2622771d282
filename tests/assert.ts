/**
 * The few assertions that the tests use. They are plain functions, so that a suite runs under any
 * runtime's test runner.
 *
 * @module
 */

/** Fails unless `condition` holds. */
export function assert(
  condition: unknown,
  message = "expected a true condition",
): asserts condition {
  if (!condition) throw new Error(message);
}

/** Fails unless both are deeply equal: same shapes, same values, same order of arrays. */
export function assertEquals(actual: unknown, expected: unknown, message = ""): void {
  if (equal(actual, expected)) return;
  const lead = message === "" ? "" : `${message}\n`;
  throw new Error(`${lead}  actual: ${show(actual)}\nexpected: ${show(expected)}`);
}

/** Fails unless `text` holds `part`, or matches it. */
export function assertMatch(text: string, part: string | RegExp): void {
  const found = typeof part === "string" ? text.includes(part) : part.test(text);
  if (!found) throw new Error(`expected ${show(part)} in:\n${text}`);
}

/** Fails unless `run` throws a `kind`; gives what it threw. */
export function assertThrows<E extends Error>(
  run: () => unknown,
  // deno-lint-ignore no-explicit-any
  kind: new (...args: any[]) => E,
): E {
  try {
    run();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`expected a ${kind.name} to be thrown`);
}

/** Fails unless `run` rejects with a `kind`; gives what it rejected with. */
export async function assertRejects<E extends Error>(
  run: () => Promise<unknown>,
  // deno-lint-ignore no-explicit-any
  kind: new (...args: any[]) => E,
): Promise<E> {
  try {
    await run();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`expected a ${kind.name} to be thrown`);
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const left = a as Uint8Array, right = b as Uint8Array;
    return left.length === right.length && left.every((byte, index) => byte === right[index]);
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) &&
    equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
  );
}

function show(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  return JSON.stringify(value, null, 2) ?? String(value);
}

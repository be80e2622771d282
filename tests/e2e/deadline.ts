/**
 * An end for every wait.
 *
 * @module
 */

/** Waits for `awaited`, but no longer than `ms`; then fails and says what did not come. */
export async function within<T>(ms: number, awaited: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A wait that ends in time.
 *
 * @module
 */

/**
 * What `work` gives, or `late` when that takes longer than `ms`. Nothing is called off: late work
 * goes on and its outcome is dropped.
 */
export async function atMost<T>(ms: number, work: Promise<T>, late: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<T>((resolve) => timer = setTimeout(() => resolve(late), ms));
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

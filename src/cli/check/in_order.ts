/**
 * Much work, some of it at a time, its results in order.
 *
 * @module
 */

/**
 * Does `work` on each item, at most `limit` of them under way, and gives the results in the order of
 * the items. Work that rejects ends it.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for (const item of items) {
    if (running.length === limit) yield await running.shift()!;
    running.push(work(item));
  }
  for (const result of running) yield await result;
}

/**
 * "Did you mean …?"
 *
 * @module
 */

const MAX_WORD = 64; // characters; nobody misspells a longer one by accident
const MAX_CANDIDATES = 1_000; // each takes some microseconds

/**
 * The candidate that `word` is most likely a misspelling of: at most a third of its characters
 * wrong, missing, too many or swapped. Null when there is none. The first of equals wins.
 */
export function closest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_WORD) return null;
  const plain = fold(word);
  let best: string | null = null;
  let bestDistance = Infinity;
  let count = 0;
  for (const candidate of candidates) {
    if (++count > MAX_CANDIDATES) break;
    const other = fold(candidate);
    const allowed = Math.max(1, Math.floor(Math.max(plain.length, other.length) / 3));
    if (Math.abs(plain.length - other.length) > allowed) continue;
    const distance = editDistance(plain, other);
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` did you mean "x"?` with its comma, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const suggestion = closest(word, candidates);
  return suggestion === null ? "" : `, did you mean "${suggestion}"?`;
}

/** `connectTimeout`, `connect-timeout` and `connect_timeout` are the same mistake away. */
function fold(word: string): string {
  return word.replace(/[-_ ]/g, "").toLowerCase();
}

/** Edits to get from one to the other; two neighbours swapped count as one (optimal alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2] + 1);
      }
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length];
}

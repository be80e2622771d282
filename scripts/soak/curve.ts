/**
 * The memory of a process over time, and whether it grows.
 *
 * Collectors let garbage pile up before they work, and seldom give memory back, so that a program
 * that leaks nothing grows, too, until they have found their measure: with two workers Deno takes
 * some 50 seconds for it. Half of the time is for that. Behind it a straight line through all samples
 * is as good as level, while a leak adds to each sample as much as to the one before.
 *
 * @module
 */

/** The memory of a process at a time. */
export interface Sample {
  /** Seconds since the load began. */
  readonly at: number;
  /** Resident memory, bytes. */
  readonly bytes: number;
}

/** What a curve tells. */
export interface Growth {
  /** The median of the third quarter, bytes. */
  readonly before: number;
  /** The median of the last quarter, bytes. */
  readonly after: number;
  /** Bytes a minute, by least squares over the second half. */
  readonly slope: number;
  /** Whether that is more than noise. */
  readonly isLeak: boolean;
}

/** What the line may climb over the second half, as a part of the memory before, and so much more. */
const MAX_CLIMB = 0.1;
const MAX_BYTES = 8 * 1024 * 1024;

/** Judges samples at even distances, four at least. */
export function growth(samples: readonly Sample[]): Growth {
  const later = samples.slice(samples.length >> 1);
  const middle = later.length >> 1;
  const before = median(later.slice(0, middle).map(({ bytes }) => bytes));
  const after = median(later.slice(middle).map(({ bytes }) => bytes));
  const slope = slopeOf(later);
  const climb = slope * (later[later.length - 1].at - later[0].at);
  return { before, after, slope: slope * 60, isLeak: climb > before * MAX_CLIMB + MAX_BYTES };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Bytes a second. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const at = mean(({ at }) => at), bytes = mean(({ bytes }) => bytes);
  return mean((each) => (each.at - at) * (each.bytes - bytes)) /
    mean((each) => (each.at - at) ** 2);
}

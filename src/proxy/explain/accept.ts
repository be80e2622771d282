/**
 * Which of the types that an explanation comes in a client would rather have (RFC 9110 §12.5.1).
 *
 * @module
 */

/** In our order of preference. */
const TYPES = ["text/plain", "application/json", "text/html"] as const;

/** What an explanation comes in. */
export type ExplanationType = typeof TYPES[number];

/** One media range of an Accept field. */
interface Range {
  /** Lower case, without parameters. */
  readonly type: string;
  /** 0 to 1; 0 means "never". */
  readonly quality: number;
}

/**
 * The type for the value of an Accept field; null for none. Text unless another type is named: HTML
 * is for those who ask for HTML, which wildcards don't. When nothing fits, text all the same
 * (RFC 9110 §15.5.7 allows that, and an explanation is better than none).
 */
export function preferredType(accept: string | null): ExplanationType {
  const ranges = accept === null ? [] : parseAccept(accept);
  let best: ExplanationType = "text/plain";
  let bestQuality = 0, bestPlace = Infinity;
  for (const type of TYPES) {
    const range = mostSpecific(type, ranges);
    if (range === null) continue;
    // Of types that are liked alike, the one that was named first, and any before a wildcard.
    const place = range.type === type ? ranges.indexOf(range) : ranges.length;
    const isBetter = range.quality > bestQuality ||
      (range.quality === bestQuality && place < bestPlace);
    const isWanted = type === "text/plain" || range.type === type;
    if (range.quality > 0 && isWanted && isBetter) {
      [best, bestQuality, bestPlace] = [type, range.quality, place];
    }
  }
  return best;
}

/** The range that decides on a type: the most specific one counts, whatever its quality. */
function mostSpecific(type: ExplanationType, ranges: readonly Range[]): Range | null {
  const family = `${type.slice(0, type.indexOf("/"))}/*`;
  for (const wanted of [type, family, "*/*"]) {
    const range = ranges.find((each) => each.type === wanted);
    if (range !== undefined) return range;
  }
  return null;
}

/** A `q` that can't be read counts as 1, as if it weren't there. */
function parseAccept(accept: string): Range[] {
  return accept.toLowerCase().split(",").map((part) => {
    const [type, ...parameters] = part.split(";").map((each) => each.trim());
    const quality = parameters.find((each) => each.startsWith("q="))?.slice(2) ?? "1";
    return { type, quality: QUALITY.test(quality) ? Number(quality) : 1 };
  });
}

/** RFC 9110 §12.4.2. */
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

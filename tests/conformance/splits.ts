/**
 * The same bytes in other pieces. TCP keeps no boundaries, so no cut may change what bytes mean.
 *
 * @module
 */

/** Bytes in the pieces that they are sent in. */
export interface Split {
  /** For messages. */
  readonly name: string;
  readonly pieces: readonly string[];
}

const BYTEWISE_BYTES = 200;
const SMALL_BYTES = 8 * 1024;

/** In one piece, and byte by byte or, where that would be many, cut at a few places. */
export function splitsOf(text: string): Split[] {
  const whole = { name: "whole", pieces: [text] };
  if (text.length <= BYTEWISE_BYTES) {
    return [whole, { name: "byte by byte", pieces: [...text] }];
  }
  const places = [Math.floor(text.length / 2), text.length - 1];
  if (text.length <= SMALL_BYTES) places.unshift(1);
  return [
    whole,
    ...places.map((at) => ({ name: `cut at ${at}`, pieces: [text.slice(0, at), text.slice(at)] })),
  ];
}

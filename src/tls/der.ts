/**
 * As much of DER (ITU-T X.690 §10) as certificates and keys need. A reader walks over bytes without
 * copying them and takes nothing but DER: definite lengths in their shortest form, tags below 31.
 *
 * It stands beside the ASN.1 library that makes certificates because loading that library takes
 * 70–140 ms, several times the rest of a start, and every start with TLS reads certificates.
 *
 * @module
 */

/** The tags in use (X.690 §8.1.2; X.680 §8.6). */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** `[n]` around another value, or in place of a SEQUENCE's tag. */
  constructed: (n: number): number => 0xa0 | n,
  /** `[n]` in place of a string's or an octet string's tag. */
  primitive: (n: number): number => 0x80 | n,
} as const;

/** Enough for the 128-bit arcs that stand for UUIDs (X.667). */
const MAX_OID_BYTES = 64;

/** Bytes that aren't the DER that was looked for. The message completes "found …". */
export class DerError extends Error {
  /** Tells it apart where errors are printed. */
  override readonly name = "DerError";
}

/** One value. */
export interface DerValue {
  /** Class, constructed bit and number, as the identifier octet has them. */
  readonly tag: number;
  /** The contents octets. */
  readonly content: Uint8Array;
  /** Identifier, length and contents octets. */
  readonly whole: Uint8Array;
}

/** Reads the values that follow one another in `bytes`. Every method throws a `DerError`. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** `bytes` is read in place. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next value, whatever it is. */
  next(): DerValue {
    const start = this.#at;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new DerError("a tag that takes more than one byte");
    const length = this.#length();
    if (length > this.#bytes.length - this.#at) throw new DerError("a length past the end");
    const content = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return { tag, content, whole: this.#bytes.subarray(start, this.#at) };
  }

  /** The contents of the next value, which has this tag. */
  take(tag: number): Uint8Array {
    const value = this.next();
    if (value.tag !== tag) throw new DerError(`tag ${hex(value.tag)} in place of ${hex(tag)}`);
    return value.content;
  }

  /** The contents of the next value when it has this tag; otherwise null, and nothing was read. */
  takeOptional(tag: number): Uint8Array | null {
    return !this.done && this.#bytes[this.#at] === tag ? this.take(tag) : null;
  }

  /** A reader over the contents of the next value, which has this tag. */
  enter(tag: number): DerReader {
    return new DerReader(this.take(tag));
  }

  /** Fails unless everything was read. */
  end(): void {
    if (!this.done) throw new DerError("more bytes than there should be");
  }

  #byte(): number {
    if (this.done) throw new DerError("fewer bytes than there should be");
    return this.#bytes[this.#at++];
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const size = first & 0x7f;
    // X.690 §10.1: 0x80 begins an indefinite length. Three bytes count to 16 MiB.
    if (size === 0 || size > 3) throw new DerError("a length that isn't DER");
    let length = 0;
    for (let index = 0; index < size; index++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (size - 1)) throw new DerError("a length that isn't DER");
    return length;
  }
}

/** Writes one value whose contents are `parts`, one after the other. */
export function encodeDer(tag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | size.length, ...size];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reads the contents of an OBJECT IDENTIFIER as `1.2.840.113549` (X.690 §8.19). */
export function oidText(content: Uint8Array): string {
  if (content.length > MAX_OID_BYTES) throw new DerError("an object identifier that is too long");
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    if (arc === 0n && byte === 0x80) throw new DerError("an object identifier that isn't DER");
    arc = arc << 7n | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  if (arcs.length === 0 || content[content.length - 1] >= 0x80) {
    throw new DerError("an object identifier that breaks off");
  }
  const [head, ...rest] = arcs;
  const first = head < 40n ? 0n : head < 80n ? 1n : 2n;
  return [first, head - first * 40n, ...rest].join(".");
}

/** Reads the contents of a BOOLEAN (X.690 §11.1). */
export function booleanValue(content: Uint8Array): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    throw new DerError("a truth value that isn't DER");
  }
  return content[0] === 0xff;
}

/** Reads the contents of a BIT STRING that is a whole number of bytes (X.690 §8.6). */
export function bitStringBytes(content: Uint8Array): Uint8Array {
  if (content.length === 0 || content[0] !== 0) throw new DerError("a bit string of odd bits");
  return content.subarray(1);
}

/** Reads a UTCTime or a GeneralizedTime, as milliseconds since 1970 (RFC 5280 §4.1.2.5). */
export function timeValue(value: DerValue): number {
  const text = latin1(value.content);
  const short = value.tag === Tag.utcTime;
  const pattern = short ? /^\d{12}Z$/ : /^\d{14}Z$/;
  if ((!short && value.tag !== Tag.generalizedTime) || !pattern.test(text)) {
    throw new DerError("a time that isn't YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ");
  }
  const century = short ? (text < "50" ? "20" : "19") : "";
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)Z$/.exec(
    century + text,
  )!;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = Date.parse(iso);
  // Parsing takes 31 February and 24:00; writing it again tells.
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso) {
    throw new DerError("a time that doesn't exist");
  }
  return time;
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, "0")}`;
}

/**
 * As much of TLS's presentation language (RFC 8446 §3) as reading a ClientHello takes: numbers and
 * vectors, each of which must be whole.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";

/** The error for bytes that are no ClientHello; `found` completes "found …". */
export function badHello(found: string): ProtocolError {
  return new ProtocolError("bad_client_hello", `Cannot read ClientHello: found ${found}`);
}

/**
 * Reads the values that follow one another. Every method fails with a ProtocolError. What it reads
 * it reads in place: a view for each value is most of what a ClientHello costs.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #at: number;
  readonly #end: number;

  /** Reads `bytes[start..end)`; `name` says for errors what it is, such as `cipher suites`. */
  constructor(bytes: Uint8Array, name: string, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#name = name;
    this.#at = start;
    this.#end = end;
  }

  /** The same values from here on, by another name. */
  named(name: string): WireReader {
    return new WireReader(this.#bytes, name, this.#at, this.#end);
  }

  /** How many bytes are left. */
  get length(): number {
    return this.#end - this.#at;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  /** A number of one byte. */
  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  /** A number of two bytes. */
  u16(): number {
    const at = this.#take(2);
    return this.#bytes[at] << 8 | this.#bytes[at + 1];
  }

  /** Passes over the next `count` bytes. */
  skip(count: number): void {
    this.#take(count);
  }

  /** The contents of a vector of up to 255 bytes. */
  vector8(name: string): WireReader {
    return this.#part(this.u8(), name);
  }

  /** The contents of a vector of up to 65,535 bytes. */
  vector16(name: string): WireReader {
    return this.#part(this.u16(), name);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.length), this.#end);
  }

  /** All that is left, as numbers of two bytes, of which there is at least one. */
  numbers(): number[] {
    const numbers: number[] = [];
    do numbers.push(this.u16()); while (!this.done);
    return numbers;
  }

  /** Fails unless everything was read. */
  end(): void {
    if (!this.done) throw badHello(`${this.#name} with bytes behind them`);
  }

  #part(size: number, name: string): WireReader {
    const start = this.#take(size);
    return new WireReader(this.#bytes, name, start, start + size);
  }

  /** Where the next `count` bytes begin. */
  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw badHello(`${this.#name} that break off`);
    this.#at = at + count;
    return at;
  }
}

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

/** Reads the values that follow one another. Every method fails with a ProtocolError. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #at = 0;

  /** `bytes` is read in place; `name` says for errors what it is, such as `cipher suites`. */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** A number of one byte. */
  u8(): number {
    return this.take(1)[0];
  }

  /** A number of two bytes. */
  u16(): number {
    const [high, low] = this.take(2);
    return high << 8 | low;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw badHello(`${this.#name} that break off`);
    return this.#bytes.subarray(this.#at, this.#at += count);
  }

  /** The contents of a vector of up to 255 bytes. */
  vector8(name: string): WireReader {
    return new WireReader(this.take(this.u8()), name);
  }

  /** The contents of a vector of up to 65,535 bytes. */
  vector16(name: string): WireReader {
    return new WireReader(this.take(this.u16()), name);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
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
}

/**
 * Looks at how a stream begins without taking anything from it: what a client speaks has to be known
 * before it is settled who reads on.
 *
 * @module
 */

/** The part of Node's streams that looking takes. */
export interface PeekableStream {
  /** Adds a listener. */
  on(event: "readable", listener: () => void): unknown;
  /** Removes a listener. */
  off(event: "readable", listener: () => void): unknown;
  /** All that has come; null when nothing has, and at the end. */
  read(): Uint8Array | null;
  /** Puts bytes back in front of all others. */
  unshift(bytes: Uint8Array): void;
}

/**
 * Shows `judge` all that has come, with each piece anew, until it gives something else than null.
 * Then the bytes are back in the stream as if nobody had read them, and `done` is told the verdict;
 * whoever reads on must be set up before `done` returns. A stream that ends, fails or is destroyed
 * before that gets no verdict. Nothing else bounds what is gathered: `judge` has to make up its mind
 * at some size.
 */
export function peek<Verdict>(
  stream: PeekableStream,
  judge: (bytes: Uint8Array) => Verdict | null,
  done: (verdict: Verdict) => void,
): void {
  let seen: Uint8Array | null = null;
  const look = () => {
    const piece = stream.read();
    if (piece === null) return;
    seen = seen === null ? piece : joined(seen, piece);
    const verdict = judge(seen);
    if (verdict === null) return;
    stream.off("readable", look);
    stream.unshift(seen);
    done(verdict);
  };
  stream.on("readable", look);
}

/**
 * What a client speaks, by its first byte: a TLS record begins with its content type, which is below
 * 0x20 (RFC 8446 §5.1); a request with the letter of a method.
 */
export function spokenProtocol(bytes: Uint8Array): "http" | "tls" {
  const letter = bytes[0] | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? "http" : "tls";
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/**
 * The writing half of an HTTP/1.1 session: heads and bodies onto a connection.
 *
 * @module
 */

import type { Framing } from "../http/mod.ts";
import {
  CHUNK_END,
  encodeChunkStart,
  encodeRequestHead,
  encodeResponseHead,
  LAST_CHUNK,
  NO_BODY,
  OutputBuffer,
  type RequestToEncode,
  type ResponseToEncode,
} from "../http1/mod.ts";
import { type Conn, writeAll } from "../runtime/mod.ts";

/** What a read into a buffer of ours brings at most. */
const MAX_COPIED_CHUNK = 64 * 1024;

/**
 * Gathers a head and what comes with it for one write. Nothing leaves before `flush`, but for
 * pieces of a body that are too large to be worth a copy.
 */
export class MessageWriter {
  readonly #conn: Conn;
  readonly #out = new OutputBuffer();
  #framing: Framing = NO_BODY;
  /** Bytes written so far, heads and framing included. */
  bytes = 0;

  /** Writes to `conn`, to which nobody else writes. */
  constructor(conn: Conn) {
    this.#conn = conn;
  }

  /** Begins a request. */
  requestHead(head: RequestToEncode): void {
    encodeRequestHead(this.#out, head);
    this.#framing = head.framing;
  }

  /** Begins a response, or writes an informational one. */
  responseHead(head: ResponseToEncode): void {
    encodeResponseHead(this.#out, head);
    this.#framing = head.framing;
  }

  /** Writes a piece of the body, never empty. Its view is free again when this resolves. */
  async body(piece: Uint8Array): Promise<void> {
    if (this.gather(piece)) return;
    const isChunk = this.#framing.kind === "chunked";
    if (isChunk) encodeChunkStart(this.#out, piece.length);
    await this.flush();
    this.bytes += piece.length;
    await writeAll(this.#conn, piece);
    if (isChunk) this.#out.text(CHUNK_END);
  }

  /** Copies a piece of the body behind what waits, unless a write of its own costs less. */
  gather(piece: Uint8Array): boolean {
    const out = this.#out;
    if (this.#framing.kind === "chunked") {
      if (piece.length > MAX_COPIED_CHUNK) return false;
      // Copied though it may be large: a chunk in one write costs less than in three.
      encodeChunkStart(out, piece.length);
      out.append(piece);
      out.text(CHUNK_END);
      return true;
    }
    if (!out.fits(piece.length)) return false;
    out.append(piece);
    return true;
  }

  /** How many bytes wait for `flush`. */
  get gathered(): number {
    return this.#out.length;
  }

  /** Ends the body. */
  end(): void {
    if (this.#framing.kind === "chunked") this.#out.text(LAST_CHUNK);
  }

  /** Writes what was gathered; null when nothing of it is left to wait for. Fails with a ConnError. */
  flush(): Promise<void> | null {
    const { pending } = this.#out;
    if (pending.length === 0) return null;
    this.bytes += pending.length;
    const taken = this.#conn.write(pending);
    if (typeof taken !== "number") return taken.then(this.#taken);
    return this.#taken(taken) ?? null;
  }

  // Bound once a connection: an async function in its place costs 0.6 KB of garbage a write.
  readonly #taken = (count: number): Promise<void> | undefined => {
    const out = this.#out;
    if (count < out.length) return this.#writeRest(count);
    out.clear();
  };

  async #writeRest(start: number): Promise<void> {
    await writeAll(this.#conn, this.#out.pending.subarray(start));
    this.#out.clear();
  }

  /** Drops what was gathered and not written. */
  discard(): void {
    this.#out.clear();
  }

  /** Gives back storage that an idle connection doesn't need. */
  release(): void {
    this.#out.release();
  }
}

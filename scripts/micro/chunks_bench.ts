/**
 * Reading chunked bodies, and writing their framing.
 *
 * @module
 */

import {
  CHUNK_END,
  encodeChunkStart,
  END,
  LAST_CHUNK,
  OutputBuffer,
  ResponseDecoder,
} from "../../src/http1/mod.ts";

const ENCODER = new TextEncoder();
const HEAD = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/** A chunked answer: so many chunks of so many bytes each. */
function answer(count: number, size: number): Uint8Array {
  const chunk = `${size.toString(16)}\r\n${"x".repeat(size)}${CHUNK_END}`;
  return ENCODER.encode(HEAD + chunk.repeat(count) + LAST_CHUNK);
}

const decoder = new ResponseDecoder();

function readAnswer(bytes: Uint8Array): void {
  decoder.input.space().set(bytes);
  decoder.input.commit(bytes.length);
  decoder.nextHead();
  while (typeof decoder.nextBody() === "object");
  if (decoder.nextBody() !== END) throw new Error("the body isn't whole");
  decoder.reset();
}

const one = answer(1, 1024), many = answer(64, 64);

Deno.bench("read an answer of 1 chunk of 1 KiB", () => readAnswer(one));
Deno.bench("read an answer of 64 chunks of 64 bytes", () => readAnswer(many));

const out = new OutputBuffer();

Deno.bench("write a chunk's framing", () => {
  out.clear();
  encodeChunkStart(out, 0x4000);
  out.text(CHUNK_END);
});

/**
 * Reading heads, writing them, and looking fields up.
 *
 * @module
 */

import { HeaderMap } from "../../src/http/mod.ts";
import {
  type Decoder,
  encodeRequestHead,
  encodeResponseHead,
  NEED_DATA,
  NO_BODY,
  OutputBuffer,
  RequestDecoder,
  ResponseDecoder,
} from "../../src/http1/mod.ts";
import { BROWSER_REQUEST, SMALL_REQUEST, SMALL_RESPONSE, USUAL_RESPONSE } from "./messages.ts";

function read<Head>(
  decoder: Pick<Decoder<never>, "input" | "nextBody" | "reset"> & {
    nextHead(): Head | typeof NEED_DATA;
  },
  bytes: Uint8Array,
): Head {
  decoder.input.space().set(bytes);
  decoder.input.commit(bytes.length);
  const head = decoder.nextHead();
  if (head === NEED_DATA) throw new Error("the head isn't whole");
  decoder.nextBody();
  decoder.reset();
  return head;
}

const requests = new RequestDecoder();
const responses = new ResponseDecoder();

Deno.bench("read a small request's head", () => {
  read(requests, SMALL_REQUEST);
});
Deno.bench("read a browser's request's head", () => {
  read(requests, BROWSER_REQUEST);
});
Deno.bench("read a small response's head", () => {
  read(responses, SMALL_RESPONSE);
});
Deno.bench("read a usual response's head", () => {
  read(responses, USUAL_RESPONSE);
});

const out = new OutputBuffer();
const smallRequest = { ...read(requests, SMALL_REQUEST), framing: NO_BODY };
const browserRequest = { ...read(requests, BROWSER_REQUEST), framing: NO_BODY };
const usualResponse = {
  ...read(responses, USUAL_RESPONSE),
  framing: { kind: "length", size: 0 },
} as const;
usualResponse.headers.remove("content-length");

Deno.bench("write a small request's head", () => {
  out.clear();
  encodeRequestHead(out, smallRequest);
});
Deno.bench("write a browser's request's head", () => {
  out.clear();
  encodeRequestHead(out, browserRequest);
});
Deno.bench("write a usual response's head", () => {
  out.clear();
  encodeResponseHead(out, usualResponse);
});

// What is found is kept, so that the compiler can't leave the search out.
let found: string | null | HeaderMap = null;

Deno.bench("look up the first of 14 fields", () => {
  found = browserRequest.headers.get("host");
});
Deno.bench("look up the last of 14 fields", () => {
  found = browserRequest.headers.get("priority");
});
Deno.bench("look up a field that isn't there", () => {
  found = browserRequest.headers.get("transfer-encoding");
});
Deno.bench("gather three fields", () => {
  const headers = new HeaderMap();
  headers.append("host", "localhost");
  headers.append("x-forwarded-for", "127.0.0.1");
  headers.append("x-forwarded-proto", "https");
  found = headers;
});

/** What was looked up last. */
export function lastFound(): typeof found {
  return found;
}

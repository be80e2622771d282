/**
 * Messages for the property tests: any that the encoder may be given, bytes that are nearly a
 * message, and ways to cut bytes into pieces.
 *
 * @module
 */

import fc from "fast-check";
import { type Framing, HeaderMap } from "../../src/http/mod.ts";
import {
  CHUNK_END,
  encodeChunkStart,
  encodeRequestHead,
  encodeResponseHead,
  LAST_CHUNK,
  NO_BODY,
  OutputBuffer,
} from "../../src/http1/mod.ts";
import { latin1Bytes, latin1Text } from "./driver.ts";

/** A head with its body in pieces, none of them empty. */
interface Message {
  readonly headers: HeaderMap;
  readonly framing: Framing;
  readonly pieces: readonly Uint8Array[];
}

/** A request to encode. */
export interface Request extends Message {
  readonly method: string;
  readonly target: string;
}

/** A response to encode, and the method that it answers. */
export interface Response extends Message {
  readonly method: string;
  readonly status: number;
  readonly reason: string;
  /** Statuses of the informational heads before it. */
  readonly informational: readonly number[];
}

const TCHARS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
/** Written by the encoder, or judged by the decoder. */
const FRAMING_FIELDS = ["host", "content-length", "transfer-encoding"];

function text(
  chars: string,
  sizes: { minLength?: number; maxLength: number },
): fc.Arbitrary<string> {
  const char = fc.constantFrom(...chars);
  return fc.array(char, sizes).map((parts) => parts.join(""));
}

function range(from: number, to: number): string {
  let chars = "";
  for (let code = from; code <= to; code++) chars += String.fromCharCode(code);
  return chars;
}

const VCHARS = range(0x21, 0x7e);
const FIELD_CHARS = `\t ${VCHARS}${range(0x80, 0xff)}`;
const ASCII_FIELD_CHARS = `\t ${VCHARS}`;

const name = fc.oneof(
  text(TCHARS, { minLength: 1, maxLength: 12 }),
  fc.constantFrom("accept", "cookie", "connection", "x-forwarded-for", "content-type", "te"),
).filter((name) => !FRAMING_FIELDS.includes(name));

const value = fc.oneof(
  text(ASCII_FIELD_CHARS, { maxLength: 40 }),
  text(FIELD_CHARS, { maxLength: 40 }),
  fc.constantFrom("close", "0", "chunked", "a".repeat(3000)),
).map((value) => value.replace(/^[\t ]+|[\t ]+$/g, ""));

function headers(first: readonly [string, string][]): fc.Arbitrary<HeaderMap> {
  return fc.array(fc.tuple(name, value), { maxLength: 8 })
    .map((fields) => HeaderMap.of(...first, ...fields));
}

const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.integer({ min: 1, max: 20_000 }).map((size) => new Uint8Array(size).fill(0x61)),
  fc.constantFrom("\r\n", "0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n").map(latin1Bytes),
);
const pieces = fc.array(bytes, { maxLength: 4 });

/** Bodies with a framing that tells their end, but for those of framing `eof`. */
function bodies(kinds: readonly Framing["kind"][]) {
  return fc.tuple(fc.constantFrom(...kinds), pieces).map(([kind, pieces]) => {
    if (kind === "none") return { framing: NO_BODY, pieces: [] };
    if (kind !== "length") return { framing: { kind } satisfies Framing, pieces };
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    return { framing: { kind, size } satisfies Framing, pieces };
  });
}

/** Requests, of any framing and with any fields. */
export const requests: fc.Arbitrary<Request> = fc.record({
  method: fc.oneof(
    fc.constantFrom("GET", "HEAD", "POST", "OPTIONS"),
    text(TCHARS, { minLength: 1, maxLength: 10 }),
  ),
  target: text(VCHARS.replace("#", ""), { maxLength: 60 }).map((rest) => `/${rest}`),
  headers: headers([["host", "a.test"]]),
  body: bodies(["none", "length", "chunked"]),
}).map(({ body, ...head }) => ({ ...head, ...body }));

const responseHeads = {
  reason: text(FIELD_CHARS, { maxLength: 20 }),
  headers: headers([]),
  informational: fc.array(fc.constantFrom(100, 102, 103), { maxLength: 2 }),
};

/** Responses whose end is told by the message itself. */
export const responses: fc.Arbitrary<Response> = fc.oneof(
  fc.record({
    ...responseHeads,
    method: fc.constantFrom("GET", "POST"),
    status: fc.integer({ min: 200, max: 599 }).filter((status) => ![204, 304].includes(status)),
    body: bodies(["length", "chunked"]),
  }),
  fc.record({
    ...responseHeads,
    method: fc.constantFrom("GET", "HEAD"),
    status: fc.constantFrom(204, 304),
    body: bodies(["none"]),
  }),
).map(({ body, ...head }) => ({ ...head, ...body }));

/** Responses that end with their connection. */
export const lastResponses: fc.Arbitrary<Response> = fc.record({
  ...responseHeads,
  method: fc.constant("GET"),
  status: fc.constantFrom(200, 500),
  body: bodies(["eof"]),
}).map(({ body, ...head }) => ({ ...head, ...body }));

/** The bytes of a request. */
export function encodeRequest(request: Request): Uint8Array {
  const out = new OutputBuffer();
  encodeRequestHead(out, request);
  encodeBody(out, request);
  return out.pending.slice();
}

/** The bytes of a response, informational heads before it. */
export function encodeResponse(response: Response): Uint8Array {
  const out = new OutputBuffer();
  for (const status of response.informational) {
    encodeResponseHead(out, { status, reason: "", headers: new HeaderMap(), framing: NO_BODY });
  }
  encodeResponseHead(out, response);
  encodeBody(out, response);
  return out.pending.slice();
}

/** The whole body as text. */
export function bodyText(message: Message): string {
  return message.pieces.map(latin1Text).join("");
}

function encodeBody(out: OutputBuffer, { framing, pieces }: Message): void {
  for (const piece of pieces) {
    if (framing.kind !== "chunked") {
      out.append(piece);
      continue;
    }
    encodeChunkStart(out, piece.length);
    out.append(piece);
    out.text(CHUNK_END);
  }
  if (framing.kind === "chunked") out.text(LAST_CHUNK);
}

/** One array of bytes after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Sizes to cut bytes into, for `FeedOptions.pieces`. */
export const splits: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 6 }),
);

/** What parsers trip over. */
const TRAPS = [
  ...[
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    " ",
    "\t",
    "\0",
    "\x7f",
    "\xe9",
    ":",
    ";",
    ",",
    "=",
    '"',
    "\\",
  ],
  ...["0\r\n", "0\r\n\r\n", "5\r\nhello\r\n", "ffffffffffffffff\r\n", "1;a=b\r\n"],
  ...["Content-Length: 5\r\n", "content-length: 3\r\n", "Content-Length: -1\r\n"],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "transfer-encoding: x\r\n",
    "Transfer-Encoding : chunked\r\n",
  ],
  ...["Host: a.test\r\n", " folded\r\n", "HTTP/1.0", "HTTP/1.1", "HTTP/1.1 204 x\r\n\r\n"],
  ...["GET / HTTP/1.1\r\n", "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\n"],
].map(latin1Bytes);

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: Uint8Array;
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 4 }),
    put: fc.oneof(
      fc.constantFrom(...TRAPS),
      fc.constant(new Uint8Array()),
      fc.uint8Array({ maxLength: 3 }),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

/** What was made of these by a few small edits: most of it no message any more. */
export function mutated(messages: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(messages, edits).map(([message, edits]) =>
    edits.reduce((bytes, { at, cut, put }) => {
      const start = Math.floor(at * bytes.length);
      return concat([bytes.subarray(0, start), put, bytes.subarray(start + cut)]);
    }, message)
  );
}

/** Bytes that have nothing but traps in them. */
export const soup: fc.Arbitrary<Uint8Array> = fc.array(
  fc.oneof(fc.constantFrom(...TRAPS), fc.uint8Array({ minLength: 1, maxLength: 4 })),
  { maxLength: 20 },
).map(concat);

/**
 * Pipelines. Of a bad message, what stands before it is read as if it stood alone, and it fails with
 * the same code, however the bytes are split and whatever stands behind.
 *
 * @module
 */

import fc from "fast-check";
import { assertEquals } from "../assert.ts";
import {
  concat,
  encodeRequest,
  encodeResponse,
  mutated,
  requests,
  type Response,
  responses,
  splits,
} from "./arbitraries.ts";
import {
  decodeRequests,
  decodeResponses,
  errorOf,
  type Event,
  latin1Bytes,
  latin1Text,
} from "./driver.ts";

const RUNS = { numRuns: 300 };

/** A way to spoil the bytes of any one message, and the error that it must give. */
type Fault = readonly [error: string, spoil: (message: string) => string];

/** Adds lines in front of a message's first field, or of its empty line where it has no field. */
function withLines(lines: string): (message: string) => string {
  return (message) => message.replace("\r\n", () => `\r\n${lines}`);
}

const FIELD_FAULTS: readonly Fault[] = [
  ["400 bad_field_name", withLines("x : y\r\n")],
  ["400 bad_field_name", withLines("x\r\n")],
  ["400 obs_fold", withLines(" x: y\r\n")],
  ["400 bad_line", withLines("x: \0\r\n")],
  ["400 bad_line", withLines("x: y\rz\r\n")],
  ["400 bad_line", withLines("x: y\n")],
  ["431 head_too_large", withLines("x: y\r\n".repeat(101))],
  ["431 head_too_large", withLines(`x: ${"y".repeat(62_000)}\r\n`)],
  ["400 bad_length", withLoneFraming("content-length: 5,5\r\n")],
  ["400 different_lengths", withLoneFraming("content-length: 5\r\ncontent-length: 6\r\n")],
  ["400 length_and_coding", withLoneFraming("content-length: 5\r\ntransfer-encoding: chunked\r\n")],
  ["400 bad_coding", withLoneFraming("transfer-encoding: chunked, chunked\r\n")],
  ["501 unknown_coding", withLoneFraming("transfer-encoding: gzip\r\n")],
];

const REQUEST_FAULTS: readonly Fault[] = [
  ...FIELD_FAULTS,
  ["400 two_hosts", withLines("host: b.test\r\n")],
  ["400 bad_version", (message) => message.replace(" HTTP/1.1\r\n", " HTTP/1.2\r\n")],
  ["400 bad_request_line", (message) => message.replace(" ", "  ")],
  ["400 bad_request_line", (message) => message.replace(" HTTP/1.1\r\n", "# HTTP/1.1\r\n")],
  ["400 bad_line", (message) => `\r\n\r\n${message}`],
];

const RESPONSE_FAULTS: readonly Fault[] = [
  ...FIELD_FAULTS,
  ["400 bad_version", (message) => message.replace("HTTP/1.1 ", "HTTP/2 ")],
  ["400 bad_status_line", (message) => message.replace(/ \d/, " 9")],
];

/** Puts framing fields in place of those that the message has. */
function withLoneFraming(lines: string): (message: string) => string {
  const add = withLines(lines);
  return (message) => {
    const end = message.indexOf("\r\n\r\n") + 2;
    const head = message.slice(0, end).replace(
      /(?<=\r\n)(content-length|transfer-encoding): .*\r\n/g,
      "",
    );
    return add(head) + message.slice(end);
  };
}

function spoiled(message: Uint8Array, [, spoil]: Fault): Uint8Array {
  return latin1Bytes(spoil(latin1Text(message)));
}

/** What is read of the pipeline, the same for all splits; and what of its good beginning alone. */
function expectFailure(
  decode: (bytes: Uint8Array, pieces?: readonly number[]) => Event[],
  { good, bad, behind, pieces, error }: {
    good: Uint8Array;
    bad: Uint8Array;
    behind: Uint8Array;
    pieces: readonly number[];
    error: string;
  },
): void {
  const bytes = concat([good, bad, behind]);
  const whole = decode(bytes);
  assertEquals(errorOf(whole), error);
  assertEquals(whole.slice(0, -1), decode(good));
  assertEquals(decode(bytes, bytes.length < 8000 ? [1] : [1, 900]), whole);
  assertEquals(decode(bytes, pieces), whole);
}

Deno.test("Requests before a bad one are read, and it fails alike, however they are split", () => {
  const good = fc.array(requests.map(encodeRequest), { maxLength: 3 }).map(concat);
  const bad = fc.tuple(requests.map(encodeRequest), fc.constantFrom(...REQUEST_FAULTS));
  const behind = fc.oneof(requests.map(encodeRequest), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(good, bad, behind, splits, (good, [message, fault], behind, pieces) => {
      expectFailure(
        (bytes, pieces) => decodeRequests(bytes, { pieces }),
        { good, bad: spoiled(message, fault), behind, pieces, error: fault[0] },
      );
    }),
    RUNS,
  );
});

Deno.test("Responses before a bad one are read, and it fails alike, however they are split", () => {
  const final = responses.map((response): Response => ({ ...response, informational: [] }));
  const bad = fc.tuple(final, fc.constantFrom(...RESPONSE_FAULTS));
  const pipelines = fc.array(responses, { maxLength: 3 });
  const behind = fc.oneof(responses.map(encodeResponse), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(pipelines, bad, behind, splits, (pipeline, [message, fault], behind, pieces) => {
      const methods = [...pipeline, message].map(({ method }) => method);
      expectFailure(
        (bytes, pieces) => decodeResponses(bytes, { pieces, methods }),
        {
          good: concat(pipeline.map(encodeResponse)),
          bad: spoiled(encodeResponse(message), fault),
          behind,
          pieces,
          error: fault[0],
        },
      );
    }),
    RUNS,
  );
});

Deno.test("An empty line before any request of a pipeline changes nothing", () => {
  const spaced = fc.array(fc.tuple(fc.constantFrom("", "\r\n"), requests.map(encodeRequest)), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(spaced, splits, (spaced, pieces) => {
      const bytes = concat(spaced.flatMap(([before, request]) => [latin1Bytes(before), request]));
      const bare = decodeRequests(concat(spaced.map(([, request]) => request)));
      assertEquals(decodeRequests(bytes, { pieces }), bare);
    }),
    RUNS,
  );
});

Deno.test("Good requests around an edited one are read alike, however all of it is split", () => {
  const good = fc.array(requests.map(encodeRequest), { minLength: 1, maxLength: 2 }).map(concat);
  const edited = mutated(requests.map(encodeRequest));
  fc.assert(
    fc.property(good, edited, good, splits, (before, edited, after, pieces) => {
      const bytes = concat([before, edited, after]), alone = decodeRequests(before);
      const whole = decodeRequests(bytes);
      assertEquals(whole.slice(0, alone.length), alone);
      assertEquals(decodeRequests(bytes, { pieces: [1] }), whole);
      assertEquals(decodeRequests(bytes, { pieces }), whole);
    }),
    RUNS,
  );
});

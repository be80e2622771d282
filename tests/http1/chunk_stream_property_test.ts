/**
 * Chunked bodies in any spelling that the grammar has (RFC 9112 §7.1), and broken ones.
 *
 * @module
 */

import fc from "fast-check";
import { assert, assertEquals } from "../assert.ts";
import { splits } from "./arbitraries.ts";
import { decodeRequests, decodeResponses, errorOf, type Event, latin1Text } from "./driver.ts";

const RUNS = { numRuns: 300 };
const HEAD = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
const ANSWER = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const BEHIND = "GET /behind HTTP/1.1\r\nHost: a.test\r\n\r\n";

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
const quoted = fc.stringMatching(/^"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff]){0,8}"$/);
const extension = fc.tuple(token, fc.option(fc.oneof(token, quoted)))
  .map(([name, value]) => value === null ? `;${name}` : `;${name}=${value}`);
const extensions = fc.array(extension, { maxLength: 3 }).map((all) => all.join(""));

/** How a size may be spelt: zeros in front, letters of either case. */
const spelling = fc.record({ zeros: fc.nat({ max: 8 }), capitals: fc.boolean() });

const data = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 30 }).map(latin1Text),
  fc.constantFrom("\r\n", "0\r\n\r\n", "\r\n0\r\n\r\n", BEHIND, "x".repeat(9000)),
);

interface Chunk {
  readonly data: string;
  readonly wire: string;
}

const chunks: fc.Arbitrary<readonly Chunk[]> = fc.array(
  fc.tuple(data, spelling, extensions).map(([data, spelling, extensions]) => ({
    data,
    wire: `${sizeOf(data, spelling)}${extensions}\r\n${data}\r\n`,
  })),
  { maxLength: 4 },
);

const trailerValue = fc.stringMatching(/^[\t -~\x80-\xff]{0,20}$/);
const trailers = fc.array(fc.tuple(token, trailerValue), { maxLength: 3 })
  .map((fields) => fields.map(([name, value]) => `x-${name}:${value}\r\n`).join(""));
const last = fc.tuple(fc.nat({ max: 15 }), extensions, trailers)
  .map(([zeros, extensions, trailers]) => `0${"0".repeat(zeros)}${extensions}\r\n${trailers}\r\n`);

function sizeOf(data: string, { zeros, capitals }: { zeros: number; capitals: boolean }): string {
  const digits = "0".repeat(zeros) + data.length.toString(16);
  return capitals ? digits.toUpperCase() : digits;
}

function wireOf(chunks: readonly Chunk[]): string {
  return chunks.map(({ wire }) => wire).join("");
}

/** The body that was read, whether it ended or not. */
function bodyOf(events: readonly Event[]): string {
  return events.flatMap((event) => "body" in event ? [event.body] : []).join("");
}

Deno.test("A chunked body in any spelling is read as its data, and what follows as it is", () => {
  fc.assert(
    fc.property(chunks, last, splits, (chunks, last, pieces) => {
      const body = chunks.map(({ data }) => data).join(""), wire = wireOf(chunks) + last;
      const request = decodeRequests(HEAD + wire + BEHIND, { pieces });
      const [head, ...rest] = request;
      assert("head" in head);
      assertEquals(rest.slice(0, -2), [...(body === "" ? [] : [{ body }]), { end: true }]);
      assertEquals(rest.slice(-2), decodeRequests(BEHIND));
      const response = decodeResponses(ANSWER + wire, { pieces, ending: "cut" });
      assertEquals(response.slice(1), rest.slice(0, -2));
    }),
    RUNS,
  );
});

/** What breaks a stream in place of a chunk, and the error it gives. */
const BREAKS: readonly (readonly [error: string, wire: string])[] = [
  ["400 bad_chunk_size", "+5\r\nhello\r\n"],
  ["400 bad_chunk_size", "-5\r\nhello\r\n"],
  ["400 bad_chunk_size", "0x5\r\nhello\r\n"],
  ["400 bad_chunk_size", "5_0\r\n"],
  ["400 bad_chunk_size", " 5\r\nhello\r\n"],
  ["400 bad_chunk_size", "5 \r\nhello\r\n"],
  ["400 bad_chunk_size", "5\nhello\r\n"],
  ["400 bad_chunk_size", "5\rhello\r\n"],
  ["400 bad_chunk_size", "\r\nhello\r\n"],
  ["400 bad_chunk_size", "00000000000000005\r\nhello\r\n"],
  ["400 bad_chunk_size", "20000000000000\r\n"],
  ["400 bad_chunk_size", "ffffffffffffffff\r\n"],
  ["400 bad_chunk_extension", "5;\r\nhello\r\n"],
  ["400 bad_chunk_extension", "5;=a\r\nhello\r\n"],
  ["400 bad_chunk_extension", "5;a=\r\nhello\r\n"],
  ["400 bad_chunk_extension", "5;a=b c\r\nhello\r\n"],
  ["400 bad_chunk_extension", '5;a="b\r\nhello\r\n'],
  ["400 bad_chunk_extension", "5;a\nhello\r\n"],
  ["400 bad_chunk_end", "5\r\nhello!\r\n"],
  ["400 bad_chunk_end", "5\r\nhello\n\r\n"],
  ["400 bad_chunk_end", "5\r\nhello\r\r\n"],
  ["400 bad_trailer", "0\r\nContent-Length: 5\r\n\r\n"],
  ["400 bad_trailer", "0\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["400 bad_field_name", "0\r\nX : y\r\n\r\n"],
  ["400 obs_fold", "0\r\nX: y\r\n z\r\n\r\n"],
  ["400 bad_line", "0\r\nX: y\n\r\n"],
];

Deno.test("A chunked body that breaks gives its data up to there and the same error in all splits", () => {
  fc.assert(
    fc.property(
      chunks,
      fc.constantFrom(...BREAKS),
      chunks,
      splits,
      (before, broken, after, pieces) => {
        const [error, wire] = broken;
        const bytes = HEAD + wireOf(before) + wire + wireOf(after);
        const whole = decodeRequests(bytes);
        assertEquals(errorOf(whole), error);
        const expected = before.map(({ data }) => data).join("");
        // A chunk whose end is wrong has given its data by then.
        assert([expected, `${expected}hello`].includes(bodyOf(whole)), bodyOf(whole));
        assertEquals(decodeRequests(bytes, { pieces: [1] }), whole);
        assertEquals(decodeRequests(bytes, { pieces }), whole);
      },
    ),
    RUNS,
  );
});

Deno.test("A chunked body that is cut short is an error at the connection's end, wherever it is cut", () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(chunks, last, share, splits, (chunks, last, share, pieces) => {
      const wire = wireOf(chunks) + last, part = wire.slice(0, Math.floor(share * wire.length));
      for (const ending of ["clean", "cut"] as const) {
        const whole = decodeRequests(HEAD + part, { ending });
        assertEquals(errorOf(whole), "400 truncated_body");
        assertEquals(decodeRequests(HEAD + part, { ending, pieces }), whole);
      }
    }),
    RUNS,
  );
});

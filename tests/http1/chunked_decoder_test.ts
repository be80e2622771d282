import { assertEquals } from "../assert.ts";
import { decodeRequests, decodeResponses, errorOf, summary } from "./driver.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";

/** The body that these chunks make, or null while it hasn't ended. */
function bodyOf(chunks: string): string {
  const [, ...events] = summary(decodeRequests(HEAD + chunks));
  assertEquals(events.at(-1), "end");
  return events.length === 1 ? "" : events[0].slice("body ".length);
}

/** The claim, the bytes, the body that they make. */
const TAKEN: readonly (readonly [claim: string, chunks: string, body: string])[] = [
  ["The last chunk alone is an empty body (RFC 9112 §7.1)", "0\r\n\r\n", ""],
  ["Chunks are joined (RFC 9112 §7.1)", "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "abcd"],
  [
    "A size is hexadecimal, upper case (RFC 9112 §7.1)",
    "A\r\n0123456789\r\n0\r\n\r\n",
    "0123456789",
  ],
  [
    "A size is hexadecimal, lower case (RFC 9112 §7.1)",
    "a\r\n0123456789\r\n0\r\n\r\n",
    "0123456789",
  ],
  [
    "A size has several digits (RFC 9112 §7.1)",
    "1f\r\n" + "x".repeat(31) + "\r\n0\r\n\r\n",
    "x".repeat(31),
  ],
  [
    "A size may have zeros in front (RFC 9112 §7.1)",
    "0000000000000003\r\nabc\r\n000\r\n\r\n",
    "abc",
  ],
  [
    "Data may look like framing (RFC 9112 §7.1)",
    "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "\r\n0\r\n\r\n",
  ],
  ["Data may be any byte (RFC 9112 §7.1)", "4\r\n\0\xff\r\n\r\n0\r\n\r\n", "\0\xff\r\n"],
  ["An extension is dropped (RFC 9112 §7.1.1)", "3;a=b\r\nabc\r\n0\r\n\r\n", "abc"],
  ["An extension needs no value (RFC 9112 §7.1.1)", "3;a\r\nabc\r\n0\r\n\r\n", "abc"],
  ["Several extensions are dropped (RFC 9112 §7.1.1)", "3;a;b=c;d\r\nabc\r\n0\r\n\r\n", "abc"],
  [
    "An extension's value may be quoted (RFC 9112 §7.1.1)",
    '3;a="b c";d=""\r\nabc\r\n0\r\n\r\n',
    "abc",
  ],
  ["A quoted value may have ; and = (RFC 9110 §5.6.4)", '3;a=";=,"\r\nabc\r\n0\r\n\r\n', "abc"],
  [
    "A quoted value may have escaped quotes (RFC 9110 §5.6.4)",
    '3;a="\\"\\\\"\r\nabc\r\n0\r\n\r\n',
    "abc",
  ],
  ["A quoted value may have obs-text (RFC 9110 §5.6.4)", '3;a="\xe9"\r\nabc\r\n0\r\n\r\n', "abc"],
  ["The last chunk may have an extension (RFC 9112 §7.1)", "3\r\nabc\r\n0;a=b\r\n\r\n", "abc"],
  ["Trailers are dropped (RFC 9112 §7.1.2)", "3\r\nabc\r\n0\r\nX: y\r\nZ: \xe9\r\n\r\n", "abc"],
];
for (const [claim, chunks, body] of TAKEN) {
  Deno.test(claim, () => assertEquals(bodyOf(chunks), body));
}

/** The claim, the bytes, and the error; each is a 400. */
const REFUSED: readonly (readonly [claim: string, chunks: string, error: string])[] = [
  ["An empty size is refused (RFC 9112 §7.1)", "\r\n", "bad_chunk_size"],
  ["A size that is no number is refused (RFC 9112 §7.1)", "g\r\n", "bad_chunk_size"],
  ["A size with a letter behind it is refused (RFC 9112 §7.1)", "5g\r\n", "bad_chunk_size"],
  ["A size with 0x is refused (RFC 9112 §7.1)", "0x5\r\n", "bad_chunk_size"],
  ["A size with a sign is refused (RFC 9112 §7.1)", "+5\r\n", "bad_chunk_size"],
  ["A negative size is refused (RFC 9112 §7.1)", "-5\r\n", "bad_chunk_size"],
  ["A size with a separator is refused (RFC 9112 §7.1)", "1_0\r\n", "bad_chunk_size"],
  ["Space before a size is refused (RFC 9112 §7.1)", " 5\r\n", "bad_chunk_size"],
  ["Space behind a size is refused (RFC 9112 §7.1)", "5 \r\n", "bad_chunk_size"],
  [
    "Space before an extension is refused (RFC 9112 §7.1.1 has it bad)",
    "5 ;a\r\n",
    "bad_chunk_size",
  ],
  ["A size of 17 digits is refused", "00000000000000005\r\n", "bad_chunk_size"],
  ["A size above 2^53-1 is refused (RFC 9112 §7.1)", "20000000000000\r\n", "bad_chunk_size"],
  [
    "A size that overflows 64 bits is refused (RFC 9112 §7.1)",
    "ffffffffffffffff\r\n",
    "bad_chunk_size",
  ],
  ["A size line that ends with an LF alone is refused (RFC 9112 §2.2)", "5\n", "bad_chunk_size"],
  ["A CR alone behind a size is refused (RFC 9112 §2.2)", "5\r5", "bad_chunk_size"],
  ["Data shorter than its size is refused (RFC 9112 §7.1)", "5\r\nabc\r\n0\r\n", "bad_chunk_end"],
  ["Data longer than its size is refused (RFC 9112 §7.1)", "3\r\nabcd\r\n", "bad_chunk_end"],
  ["Data that ends with an LF alone is refused (RFC 9112 §2.2)", "3\r\nabc\n", "bad_chunk_end"],
  ["Data that ends with a CR alone is refused (RFC 9112 §2.2)", "3\r\nabc\r0", "bad_chunk_end"],
  ["An extension without a name is refused (RFC 9112 §7.1.1)", "3;\r\n", "bad_chunk_extension"],
  ["An extension of a value alone is refused (RFC 9112 §7.1.1)", "3;=b\r\n", "bad_chunk_extension"],
  [
    "An extension with an empty value is refused (RFC 9112 §7.1.1)",
    "3;a=\r\n",
    "bad_chunk_extension",
  ],
  [
    "Space in an extension is refused (RFC 9112 §7.1.1 has it bad)",
    "3;a =b\r\n",
    "bad_chunk_extension",
  ],
  [
    "Text behind a quoted value is refused (RFC 9112 §7.1.1)",
    '3;a="b"c\r\n',
    "bad_chunk_extension",
  ],
  [
    "A quoted value that doesn't end on its line is refused (RFC 9112 §7.1.1)",
    '3;a="b\r\n',
    "bad_chunk_extension",
  ],
  [
    "An escaped CR in a quoted value is refused (RFC 9110 §5.6.4)",
    '3;a="\\\r\n"\r\n',
    "bad_chunk_extension",
  ],
  ["An LF in an extension is refused (RFC 9112 §7.1.1)", "3;a\nabc", "bad_chunk_extension"],
  ["NUL in an extension is refused (RFC 9112 §7.1.1)", "3;a\0\r\n", "bad_chunk_extension"],
  ["NUL in a quoted value is refused (RFC 9110 §5.6.4)", '3;a="\0"\r\n', "bad_chunk_extension"],
  ["A CR alone behind an extension is refused (RFC 9112 §2.2)", "3;a\rb", "bad_chunk_size"],
  ["A trailer that is folded is refused (RFC 9112 §5.2)", "0\r\nX: y\r\n z\r\n\r\n", "obs_fold"],
  [
    "A trailer with space before its colon is refused (RFC 9112 §5.1)",
    "0\r\nX : y\r\n\r\n",
    "bad_field_name",
  ],
  [
    "A trailer line that ends with an LF alone is refused (RFC 9112 §2.2)",
    "0\r\nX: y\n\r\n",
    "bad_line",
  ],
  ["A body that ends with an LF alone is refused (RFC 9112 §2.2)", "0\r\n\n", "bad_line"],
  ["NUL in a trailer is refused (RFC 9110 §5.5)", "0\r\nX: \0\r\n\r\n", "bad_line"],
];
for (const [claim, chunks, error] of REFUSED) {
  Deno.test(claim, () => {
    for (const pieces of [[], [1]]) {
      assertEquals(errorOf(decodeRequests(HEAD + chunks, { pieces })), `400 ${error}`);
    }
  });
}

/** Each would change how its message is framed, routed, trusted or read. */
const FORBIDDEN_TRAILERS = [
  "Transfer-Encoding: chunked",
  "Content-Length: 3",
  "Host: b.test",
  "Connection: close",
  "Upgrade: h2c",
  "TE: trailers",
  "Trailer: x",
  "Expect: 100-continue",
  "Content-Encoding: gzip",
  "Content-Type: a/b",
  "Content-Range: bytes 0-1/2",
  "Authorization: Basic x",
  "Cookie: a=b",
  "Set-Cookie: a=b",
  "Cache-Control: no-store",
];
for (const trailer of FORBIDDEN_TRAILERS) {
  Deno.test(`${trailer.split(":")[0]} is refused as a trailer (RFC 9110 §6.5.1)`, () => {
    const bytes = `${HEAD}0\r\nX: y\r\n${trailer}\r\n\r\n`;
    assertEquals(errorOf(decodeRequests(bytes)), "400 bad_trailer");
  });
}

Deno.test("A size of 2^53-1 is taken: its data may come", () => {
  const events = decodeRequests(`${HEAD}1fffffffffffff\r\nabc`);
  assertEquals(summary(events), ["POST /", "body abc"]);
});

/** A chunk whose size line has that many bytes before its CRLF. */
function chunkWithLine(bytes: number): string {
  return `3;${"a".repeat(bytes - 2)}\r\nabc\r\n0\r\n\r\n`;
}

for (const pieces of [[], [1], [1024, 1]]) {
  const how = pieces.length === 0 ? "at once" : `in pieces of ${pieces.join(" and ")}`;

  Deno.test(`A size line of 1 KiB is taken, ${how}`, () => {
    const events = decodeRequests(HEAD + chunkWithLine(1024), { pieces });
    assertEquals(summary(events), ["POST /", "body abc", "end"]);
  });

  Deno.test(`A size line of 1 KiB and a byte is refused, ${how}`, () => {
    const events = decodeRequests(HEAD + chunkWithLine(1025), { pieces });
    assertEquals(errorOf(events), "400 bad_chunk_extension");
  });
}

Deno.test("An extension that never ends is refused behind 1 KiB, not later", () => {
  const endless = `${HEAD}3;a="${"b".repeat(2000)}`;
  const most = HEAD.length + 1024;
  assertEquals(summary(decodeRequests(endless.slice(0, most))), ["POST /"]);
  assertEquals(errorOf(decodeRequests(endless.slice(0, most + 1))), "400 bad_chunk_extension");
});

Deno.test("Another message may follow a chunked one (RFC 9112 §9.3.2)", () => {
  const message = `${HEAD}3\r\nabc\r\n0\r\nX: y\r\n\r\n`;
  const events = ["POST /", "body abc", "end"];
  assertEquals(summary(decodeRequests(message + message)), [...events, ...events]);
});

Deno.test("A response may be chunked (RFC 9112 §7.1)", () => {
  const bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  assertEquals(summary(decodeResponses(bytes)), ["200", "body abc", "end"]);
});

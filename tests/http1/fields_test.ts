import type { HeaderMap } from "../../src/http/mod.ts";
import { assertEquals } from "../assert.ts";
import { decodeRequests, decodeResponses, errorOf, latin1Text, requestHead } from "./driver.ts";

/** A request with these lines behind its Host. */
function withLines(lines: string): string {
  return `GET / HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n`;
}

function fieldsOf(lines: string): [name: string, value: string][] {
  const headers: HeaderMap = requestHead(withLines(lines)).headers;
  return [...headers].slice(1);
}

Deno.test("Names are lowered, values keep their case (RFC 9110 §5.1)", () => {
  assertEquals(fieldsOf("X-Ab: Cd\r\nx-ab: cD\r\n"), [["x-ab", "Cd"], ["x-ab", "cD"]]);
});

Deno.test("Fields keep their order, and duplicates stay apart (RFC 9110 §5.3)", () => {
  assertEquals(fieldsOf("B: 1\r\nA: 2\r\nB: 3\r\n"), [["b", "1"], ["a", "2"], ["b", "3"]]);
});

Deno.test("A name may have every token character (RFC 9110 §5.6.2)", () => {
  assertEquals(fieldsOf("!#$%&'*+-.^_`|~09: 1\r\n"), [["!#$%&'*+-.^_`|~09", "1"]]);
});

Deno.test("A value may have every visible character (RFC 9110 §5.5)", () => {
  let visible = "";
  for (let code = 0x21; code <= 0x7e; code++) visible += String.fromCharCode(code);
  assertEquals(fieldsOf(`X: ${visible}\r\n`), [["x", visible]]);
});

Deno.test("obs-text in a value is kept byte for byte (RFC 9110 §5.5)", () => {
  const obsText = latin1Text(Uint8Array.from({ length: 128 }, (_, at) => 0x80 + at));
  assertEquals(fieldsOf(`X: ${obsText}\r\n`), [["x", obsText]]);
});

Deno.test("A head that looks like UTF-8 with a byte order mark is kept byte for byte", () => {
  assertEquals(fieldsOf("X: \xef\xbb\xbf\xc3\xa9\r\n"), [["x", "\xef\xbb\xbf\xc3\xa9"]]);
});

Deno.test("A long head with obs-text at its end is kept byte for byte", () => {
  const value = "a".repeat(20_000) + "\xe9";
  assertEquals(fieldsOf(`X: ${value}\r\n`), [["x", value]]);
});

const VALUES: readonly (readonly [claim: string, line: string, value: string])[] = [
  ["White space around a value is no part of it (RFC 9112 §5)", "X: \t a \t ", "a"],
  ["White space within a value is part of it (RFC 9112 §5)", "X: a \t b", "a \t b"],
  ["There may be no space behind the colon (RFC 9112 §5)", "X:a", "a"],
  ["A value may be empty (RFC 9110 §5.5)", "X:", ""],
  ["A value of white space is empty (RFC 9112 §5)", "X: \t ", ""],
  ["A colon in a value is part of it (RFC 9110 §5.5)", "X: a:b: c", "a:b: c"],
  [
    "A no-break space is no white space but obs-text (RFC 9110 §5.6.3)",
    "X: \xa0a\xa0",
    "\xa0a\xa0",
  ],
];
for (const [claim, line, value] of VALUES) {
  Deno.test(claim, () => assertEquals(fieldsOf(`${line}\r\n`), [["x", value]]));
}

/** The claim, the lines, and the error; each is a 400. */
const REFUSED: readonly (readonly [claim: string, lines: string, error: string])[] = [
  ["A folded line is refused (RFC 9112 §5.2)", "X: a\r\n b\r\n", "obs_fold"],
  ["A line folded with a tab is refused (RFC 9112 §5.2)", "X: a\r\n\tb: c\r\n", "obs_fold"],
  ["A line of white space is refused (RFC 9112 §5.2)", "X: a\r\n \r\n", "obs_fold"],
  ["Space before the colon is refused (RFC 9112 §5.1)", "X : a\r\n", "bad_field_name"],
  ["A tab before the colon is refused (RFC 9112 §5.1)", "X\t: a\r\n", "bad_field_name"],
  ["A line without a colon is refused (RFC 9112 §5)", "X\r\n", "bad_field_name"],
  ["An empty name is refused (RFC 9112 §5)", ": a\r\n", "bad_field_name"],
  ["A name that is no token is refused (RFC 9110 §5.1)", "X(: a\r\n", "bad_field_name"],
  ["obs-text in a name is refused (RFC 9110 §5.1)", "X\xe9: a\r\n", "bad_field_name"],
  ["A bare CR in a value is refused (RFC 9112 §2.2)", "X: a\rb\r\n", "bad_line"],
  ["A bare CR in a name is refused (RFC 9112 §2.2)", "X\rY: a\r\n", "bad_field_name"],
  ["Two CR before an LF are refused (RFC 9112 §2.2)", "X: a\r\r\n", "bad_line"],
  ["A line that ends with an LF alone is refused (RFC 9112 §2.2)", "X: a\n", "bad_line"],
  ["A head that ends with LFs alone is refused (RFC 9112 §2.2)", "X: a\r\n\n", "bad_line"],
];
for (const [claim, lines, error] of REFUSED) {
  Deno.test(claim, () => {
    assertEquals(errorOf(decodeRequests(withLines(lines))), `400 ${error}`);
  });
}

Deno.test("A broken field is refused at the byte that breaks it, not at the head's end", () => {
  const start = "GET / HTTP/1.1\r\nHost: a.test\r\n";
  for (
    const [field, error] of [[" ", "obs_fold"], ["X ", "bad_field_name"], ["X: a\n", "bad_line"]]
  ) {
    assertEquals(decodeRequests(start + field.slice(0, -1)), []);
    assertEquals(errorOf(decodeRequests(start + field)), `400 ${error}`);
  }
});

Deno.test("White space before the first field is refused (RFC 9112 §2.2)", () => {
  const bytes = "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n";
  assertEquals(errorOf(decodeRequests(bytes)), "400 obs_fold");
});

Deno.test("A folded line in a response is refused, as RFC 9112 §5.2 lets a gateway do", () => {
  const bytes = "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n";
  assertEquals(errorOf(decodeResponses(bytes)), "400 obs_fold");
});

Deno.test("Space before the colon in a response is refused rather than mended (RFC 9112 §5.1)", () => {
  const bytes = "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc";
  assertEquals(errorOf(decodeResponses(bytes)), "400 bad_field_name");
});

Deno.test("NUL and every control byte but tab is refused, wherever it stands (RFC 9110 §5.5)", () => {
  const controls = [0x7f];
  for (let byte = 0; byte < 0x20; byte++) if (byte !== 0x09 && byte !== 0x0d) controls.push(byte);
  for (const byte of controls) {
    const char = String.fromCharCode(byte);
    for (
      const lines of [`X: a${char}b\r\n`, `X${char}: a\r\n`, `${char}X: a\r\n`, `X:${char}\r\n`]
    ) {
      assertEquals(
        errorOf(decodeRequests(withLines(lines))),
        "400 bad_line",
        `0x${byte.toString(16)}`,
      );
    }
    const line = `GET /${char} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
    assertEquals(errorOf(decodeRequests(line)), "400 bad_line", `0x${byte.toString(16)}`);
  }
});

Deno.test("Only token characters stand in names: each of the others is refused (RFC 9110 §5.6.2)", () => {
  const tokens = /[!#$%&'*+\-.^_`|~0-9a-zA-Z]/;
  for (let code = 0x21; code <= 0xff; code++) {
    const char = String.fromCharCode(code);
    if (tokens.test(char) || char === ":" || code === 0x7f) continue;
    assertEquals(errorOf(decodeRequests(withLines(`X${char}: a\r\n`))), "400 bad_field_name", char);
  }
});

import { CLASS, FIELD, HEX, isToken, TARGET, TOKEN, trimBlanks } from "../../src/http1/syntax.ts";
import { assertEquals } from "../assert.ts";

/** The claim, the flag, and the bytes that have it. */
const CLASSES: readonly (readonly [claim: string, flag: number, bytes: RegExp])[] = [
  ["A token has tchars (RFC 9110 §5.6.2)", TOKEN, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/],
  [
    "A field value has VCHAR, obs-text, SP and HTAB (RFC 9110 §5.5)",
    FIELD,
    /^[\t\x20-\x7e\x80-\xff]$/,
  ],
  ["A target has VCHAR but # (RFC 9112 §3.2)", TARGET, /^[!-"$-~]$/],
  ["A hexadecimal digit has either case (RFC 5234 §B.1)", HEX, /^[0-9A-Fa-f]$/],
];
for (const [claim, flag, bytes] of CLASSES) {
  Deno.test(claim, () => {
    for (let byte = 0; byte <= 0xff; byte++) {
      const expected = bytes.test(String.fromCharCode(byte));
      assertEquals((CLASS[byte] & flag) !== 0, expected, `0x${byte.toString(16)}`);
    }
  });
}

Deno.test("A token has at least one char, and tchars only (RFC 9110 §5.6.2)", () => {
  assertEquals(["a", "gzip", "x!", "", "a b", "a,", "é"].map(isToken), [
    ...[true, true, true],
    ...[false, false, false, false],
  ]);
});

Deno.test("Blanks are SP and HTAB, and nothing else (RFC 9110 §5.6.3)", () => {
  assertEquals(trimBlanks(" \t a b\t "), "a b");
  assertEquals(trimBlanks(" \t "), "");
  assertEquals(trimBlanks("\xa0a\x0b"), "\xa0a\x0b");
});

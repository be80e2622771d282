import { parsePath, parseProtocol, parseRewrite } from "../../src/config/request_match.ts";
import { assert, assertEquals } from "../assert.ts";

/** Every character of ASCII and a few beyond. */
const CHARACTERS = [
  ...Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)),
  ..."\x80\xe4\xff\u2028\u{1f600}",
];

Deno.test("A rewrite holds what a request's target may: printable ASCII but # and space", () => {
  const taken = CHARACTERS.filter((character) => "value" in parseRewrite(`/a${character}b`));
  const expected = CHARACTERS.filter((character) => /^[!-~]$/.test(character) && character !== "#");
  assertEquals(taken, expected);
  for (const text of ["", "a", "*", "http://a.test/"]) {
    assert("expected" in parseRewrite(text), text);
  }
});

Deno.test("A path to match holds the same, without a query", () => {
  const taken = CHARACTERS.filter((character) => "value" in parsePath(`/a${character}b`));
  const expected = CHARACTERS.filter((character) => /^[!-~]$/.test(character))
    .filter((character) => !"#?".includes(character));
  assertEquals(taken, expected);
});

Deno.test("A character that can't stand in a path is told with what to do", () => {
  const told = (text: string) => {
    const reading = parseRewrite(text);
    return "hint" in reading ? reading.hint : null;
  };
  assertEquals(["/a b", "/\xe4", "/\u{1f600}", "/\r", "/a#b"].map(told), [
    '; percent-encode " "',
    '; percent-encode "\xe4"',
    '; percent-encode "\u{1f600}"',
    '; percent-encode "\\r"',
    "",
  ]);
});

Deno.test("parseProtocol() takes a token, a version behind it, in any case", () => {
  for (const text of ["websocket", "WebSocket", "irc/6.9", "TLS/1.0", "a+b"]) {
    assertEquals(parseProtocol(text), { value: text.toLowerCase() }, text);
  }
  const bad = ["", "*", "a b", "a,b", "a/", "/1", "a/b/c", "\u00e9", "a\r\nb", 'a"b', "h2c", "H2C"];
  for (const text of bad) assert("expected" in parseProtocol(text), text);
});

import fc from "fast-check";
import { ipBytes, ipText } from "../../src/tls/ip_address.ts";
import { parseSubjectName } from "../../src/tls/subject_name.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("parseSubjectName() reads DNS names, in lower case and ASCII", () => {
  const cases: [string, string][] = [
    ["localhost", "localhost"],
    ["App.Test", "app.test"],
    ["*.app.test", "*.app.test"],
    ["my_app.internal", "my_app.internal"],
    ["bücher.test", "xn--bcher-kva.test"],
    ["*.Bücher.test", "*.xn--bcher-kva.test"],
    ["127.0.0.1.test", "127.0.0.1.test"],
  ];
  for (const [text, name] of cases) {
    assertEquals(parseSubjectName(text), { kind: "dns", text: name }, text);
  }
});

Deno.test("parseSubjectName() reads IP addresses", () => {
  for (
    const [text, name] of [["127.0.0.1", "127.0.0.1"], ["::1", "::1"], ["FE80::0:1", "fe80::1"]]
  ) {
    const found = parseSubjectName(text);
    assertEquals([found?.kind, found?.text], ["ip", name]);
  }
});

Deno.test("parseSubjectName() refuses what is neither", () => {
  const cases = [
    "",
    ".",
    "a..test",
    "app.test.",
    ".test",
    "*",
    "*.*.test",
    "a.*.test",
    "a*.test",
    "-a.test",
    "a-.test",
    "app.test:8443",
    "[::1]",
    "fe80::1%eth0",
    "256.0.0.1",
    "127.1",
    "01.2.3.4",
    "1.2.3.4.5",
    "http://app.test",
    "app.test/x",
    "app test",
    "bücher.test/x",
    "ü:1@a.test",
    "a\n.test",
    `${"a".repeat(64)}.test`,
    `${"a.".repeat(130)}test`,
  ];
  for (const text of cases) assertEquals(parseSubjectName(text), null, text);
});

Deno.test("ipText() writes what ipBytes() reads", () => {
  for (const family of [fc.ipV4(), fc.ipV6()]) {
    fc.assert(fc.property(family, (text) => {
      const bytes = ipBytes(text);
      assert(bytes !== null, text);
      assertEquals(ipBytes(ipText(bytes)), bytes);
    }));
  }
  assertEquals(ipBytes("::ffff:127.0.0.1"), Uint8Array.fromHex("00000000000000000000ffff7f000001"));
  assertEquals(ipBytes("::"), new Uint8Array(16));
  assertEquals(ipText(Uint8Array.fromHex("20010db8000000000001000000000001")), "2001:db8::1:0:0:1");
});

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

Deno.test("parseSubjectName() reads e-mail addresses, the host in lower case and ASCII", () => {
  const cases: [string, string, string][] = [
    ["Alice.b+c@Corp.Internal", "Alice.b+c@corp.internal", "corp.internal"],
    ["a@localhost", "a@localhost", "localhost"],
    ["a@bücher.test", "a@xn--bcher-kva.test", "xn--bcher-kva.test"],
  ];
  for (const [text, name, host] of cases) {
    assertEquals(parseSubjectName(text), { kind: "email", text: name, host }, text);
  }
  const wrong = [
    "@a.test",
    "a@",
    "a b@a.test",
    "a@b@c.test",
    "ü@a.test",
    "a@*.test",
    "a@127.0.0.1",
  ];
  for (const text of [...wrong, "ü:1@a.test", "a@a.test/x", `${"a".repeat(65)}@a.test`]) {
    assertEquals(parseSubjectName(text), null, text);
  }
});

Deno.test("parseSubjectName() reads URIs, SPIFFE IDs among them", () => {
  const cases: [string, string, string][] = [
    [
      "spiffe://corp.internal/ns/a_b/sa/web-1",
      "spiffe://corp.internal/ns/a_b/sa/web-1",
      "corp.internal",
    ],
    ["SPIFFE://corp.internal", "spiffe://corp.internal", "corp.internal"],
    ["https://User@App.test:8443/x?y#z", "https://User@App.test:8443/x?y#z", "app.test"],
    ["urn+x://a.test", "urn+x://a.test", "a.test"],
    ["file:///x", "file:///x", ""],
  ];
  for (const [text, name, host] of cases) {
    assertEquals(parseSubjectName(text), { kind: "uri", text: name, host }, text);
  }
  const wrong = [
    ...["://a.test", "1x://a.test", "http://a.test/ü", "http://a b", "http://a.test/\n", 'x://a"b'],
    // SPIFFE-ID §2: no capitals in the trust domain, no port, user or query, no empty segments.
    ...["spiffe://", "spiffe:///x", "spiffe://Corp.internal/x", "spiffe://a.test:1/x"],
    ...["spiffe://u@a.test/x", "spiffe://a.test/x?y", "spiffe://a.test/", "spiffe://a.test/x//y"],
    ...["spiffe://a.test/./x", "spiffe://a.test/..", "spiffe://a.test/%20"],
    `spiffe://a.test/${"x".repeat(2048)}`,
  ];
  for (const text of wrong) assertEquals(parseSubjectName(text), null, text);
  assert(parseSubjectName("spiffe://a.test/...") !== null, "three dots are a name");
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
    "app.test/x",
    "app test",
    "bücher.test/x",
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

import { encodeDer, Tag } from "../../src/tls/der.ts";
import {
  describePermitted,
  encodeNameConstraints,
  LOCAL_NAMES,
  type NameConstraints,
  permits,
  readNameConstraints,
} from "../../src/tls/name_constraints.ts";
import { parseSubjectName } from "../../src/tls/subject_name.ts";
import { assertEquals } from "../assert.ts";

const local = readNameConstraints(new Uint8Array(await encodeNameConstraints(LOCAL_NAMES)));

function verdict(constraints: NameConstraints, text: string): boolean {
  return permits(constraints, parseSubjectName(text)!);
}

function excluding(...bases: string[]): NameConstraints {
  const subtrees = bases.map((base) =>
    encodeDer(Tag.sequence, encodeDer(Tag.primitive(2), new TextEncoder().encode(base)))
  );
  return readNameConstraints(encodeDer(Tag.sequence, encodeDer(Tag.constructed(1), ...subtrees)));
}

Deno.test("the local constraints permit local names and private addresses", () => {
  const names = [
    ...[
      "localhost",
      "a.localhost",
      "b.a.localhost",
      "app.test",
      "*.app.test",
      "test",
      "x.internal",
    ],
    ...["127.0.0.1", "127.255.255.255", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1"],
    ...["169.254.1.1", "::1", "fc00::1", "fdff::1", "fe80::1", "febf::1"],
  ];
  for (const name of names) assertEquals(verdict(local, name), true, name);
});

Deno.test("the local constraints permit nothing else", () => {
  const names = [
    ...[
      "example.com",
      "*.example.com",
      "notlocalhost",
      "test.example",
      "apptest",
      "x.internal.com",
    ],
    ...["126.255.255.255", "128.0.0.1", "11.0.0.1", "172.15.255.255", "172.32.0.1", "8.8.8.8"],
    ...["192.169.0.1", "::", "::2", "2001:db8::1", "fe00::1", "fec0::1", "::ffff:127.0.0.1"],
  ];
  for (const name of names) assertEquals(verdict(local, name), false, name);
});

Deno.test("the local constraints say what they permit of each kind", () => {
  assertEquals(
    describePermitted(local, "dns"),
    "localhost, *.localhost, test, *.test, internal, *.internal",
  );
  assertEquals(
    describePermitted(local, "ip"),
    "127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, ::1/128, fc00::/7, fe80::/10",
  );
});

Deno.test("a kind of name without an entry is not constrained", async () => {
  const names = { dns: ["test"], ip: [] };
  const constraints = readNameConstraints(new Uint8Array(await encodeNameConstraints(names)));
  assertEquals(verdict(constraints, "8.8.8.8"), true);
  assertEquals(verdict(constraints, "example.com"), false);
});

/** Permits these alone; the number is the kind's tag (RFC 5280 §4.2.1.6). */
function permitting(...bases: [kind: number, base: string][]): NameConstraints {
  const subtrees = bases.map(([kind, base]) =>
    encodeDer(Tag.sequence, encodeDer(Tag.primitive(kind), new TextEncoder().encode(base)))
  );
  return readNameConstraints(encodeDer(Tag.sequence, encodeDer(Tag.constructed(0), ...subtrees)));
}

Deno.test("a host permits its own e-mail addresses and URIs; with a dot, those below it", () => {
  const constraints = permitting(
    [1, "A.test"],
    [1, ".b.test"],
    [1, "Bob@C.test"],
    [6, "a.test"],
    [6, ".b.test"],
  );
  const verdicts: [string, boolean][] = [
    ["x@a.test", true],
    ["x@y.a.test", false],
    ["x@b.test", false],
    ["x@y.b.test", true],
    ["Bob@c.test", true],
    ["bob@c.test", false],
    ["spiffe://a.test/x", true],
    ["spiffe://y.a.test/x", false],
    ["https://u@Y.b.test:1/", true],
    ["https://b.test/", false],
    ["file:///x", false],
    ["example.com", true],
  ];
  for (const [name, expected] of verdicts) {
    assertEquals(verdict(constraints, name), expected, name);
  }
  assertEquals(describePermitted(constraints, "email"), "*@a.test, *@*.b.test, Bob@c.test");
  assertEquals(describePermitted(constraints, "uri"), "*://a.test, *://*.b.test");
  assertEquals(verdict(local, "alice@example.com"), true);
  assertEquals(verdict(local, "spiffe://example.com/x"), true);
});

Deno.test("what is excluded is not permitted", () => {
  const constraints = excluding("example.com", ".sub.test");
  assertEquals(verdict(constraints, "www.example.com"), false);
  assertEquals(verdict(constraints, "sub.test"), true);
  assertEquals(verdict(constraints, "a.sub.test"), false);
  assertEquals(verdict(constraints, "127.0.0.1"), true);
});

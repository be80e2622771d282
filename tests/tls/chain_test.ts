/**
 * How certificates hang together, and the names that they are for.
 *
 * @module
 */

import { parseCertificates } from "../../src/tls/certificate.ts";
import { chainShape, issuerUrl } from "../../src/tls/chain.ts";
import { coversHost } from "../../src/tls/covers.ts";
import { isSignedBy, signatureHash } from "../../src/tls/signature.ts";
import { assertEquals } from "../assert.ts";
import { openssl, peerTest, withFolder } from "./fixtures.ts";
import { type Issued, issued } from "./issued.ts";

const root = await issued({ name: "CN=Root", isCa: true, rsaBits: 2048 });
const upper = await issued({ name: "CN=Upper", isCa: true, issuer: root, hash: "SHA-384" });
const lower = await issued({ name: "CN=Lower", isCa: true, issuer: upper, curve: "P-384" });
const leaf = await issued({ name: "CN=leaf", issuer: lower, names: [] });
const other = await issued({ name: "CN=Other", isCa: true });

async function shapeOf(...chain: Issued[]) {
  return await chainShape(parseCertificates(chain.map(({ certPem }) => certPem).join("")));
}

Deno.test("A chain in its order is a path of all its places", async () => {
  const whole = await shapeOf(leaf, lower, upper, root);
  assertEquals(whole, { path: [0, 1, 2, 3], unrelated: [], endsInRoot: true });
  const usual = await shapeOf(leaf, lower, upper);
  assertEquals(usual, { path: [0, 1, 2], unrelated: [], endsInRoot: false });
});

Deno.test("A path tells the right order, and what lies on no path", async () => {
  assertEquals((await shapeOf(leaf, root, upper, lower)).path, [0, 3, 2, 1]);
  const mixed = await shapeOf(leaf, other, lower);
  assertEquals(mixed, { path: [0, 2], unrelated: [1], endsInRoot: false });
  const gap = await shapeOf(leaf, upper, root);
  assertEquals(gap, { path: [0], unrelated: [1, 2], endsInRoot: false });
});

Deno.test("An issuer of the same name with another key is none", async () => {
  const renewed = await issued({ name: "CN=Lower", isCa: true, issuer: upper, curve: "P-384" });
  const { path, unrelated } = await shapeOf(leaf, renewed, upper);
  assertEquals([path, unrelated], [[0], [1, 2]]);
});

Deno.test("A CA that two others have signed is part of the chain twice", async () => {
  const crossed = await issued({ name: "CN=Lower", isCa: true, issuer: other, pair: lower.pair });
  const { path, unrelated } = await shapeOf(leaf, crossed, lower, upper, other);
  assertEquals([path, unrelated], [[0, 1, 4], []]);
});

Deno.test("isSignedBy() takes the hash from the signature, whatever the key would choose", async () => {
  const [rootCa, upperCa, lowerCa, ofOther] = [root, upper, lower, other]
    .map(({ certPem }) => parseCertificates(certPem)[0]);
  assertEquals(await isSignedBy(upperCa, rootCa), true);
  assertEquals(signatureHash(upperCa), "SHA-384");
  assertEquals(await isSignedBy(lowerCa, upperCa), true);
  assertEquals(await isSignedBy(lowerCa, ofOther), false);
  const [old] = parseCertificates(
    (await issued({ name: "CN=old", issuer: root, hash: "SHA-1" })).certPem,
  );
  assertEquals([await isSignedBy(old, rootCa), signatureHash(old)], [true, "SHA-1"]);
});

Deno.test("issuerUrl() finds where the issuer's certificate is", async () => {
  const url = "http://ca.test/lower.der";
  const [told] = parseCertificates(
    (await issued({ name: "CN=a", issuer: lower, issuerUrl: url })).certPem,
  );
  const [silent] = parseCertificates(leaf.certPem);
  assertEquals([issuerUrl(told), issuerUrl(silent)], [url, null]);
});

const COVERED: readonly (readonly [string, boolean])[] = [
  ["a.test", true],
  ["A.Test", true],
  ["www.a.test", false],
  ["x.wild.test", true],
  ["wild.test", false],
  ["y.x.wild.test", false],
  ["*.wild.test", true],
  ["*-x.wild.test", true],
  ["*.a.test", false],
  ["x.test", false],
  ["*.test", false],
  ["192.0.2.1", true],
  ["192.0.2.2", false],
  ["::1", true],
  ["0:0::1", true],
];

const NAMES = ["a.test", "*.wild.test", "*.test"];

Deno.test("coversHost() reads names and wildcards as clients do", async () => {
  const made = await issued({
    name: "CN=other.test",
    names: [
      ...NAMES.map((value) => ({ type: "dns" as const, value })),
      { type: "ip", value: "192.0.2.1" },
      { type: "ip", value: "::1" },
    ],
  });
  const [{ info }] = parseCertificates(made.certPem);
  for (const [host, expected] of COVERED) assertEquals(coversHost(info, host), expected, host);
});

peerTest(
  "openssl",
  "coversHost() and OpenSSL agree on names",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/leaf.pem`;
      const names = NAMES.map((value) => ({ type: "dns" as const, value }));
      const { certPem } = await issued({ name: "CN=other.test", names });
      await Deno.writeTextFile(path, certPem);
      const [{ info }] = parseCertificates(certPem);
      for (const [host] of COVERED.filter(([host]) => !/[*:]|^\d/.test(host))) {
        const said = await openssl(["x509", "-in", path, "-noout", "-checkhost", host]);
        assertEquals(!said.includes("NOT match"), coversHost(info, host), host);
      }
    }),
);

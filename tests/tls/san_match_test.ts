import type { SanMatcherConfig } from "../../src/config/model.ts";
import { type CertificateNames, readPeerCertificate } from "../../src/tls/peer_certificate.ts";
import { matchesAnySan, matchesSan, verifyClientNames } from "../../src/tls/san_match.ts";
import { assertEquals } from "../assert.ts";
import { certified } from "./client_certificates.ts";
import { peerTest } from "./fixtures.ts";
import { SAN_CASES } from "./san_cases.ts";

const NO_NAMES: CertificateNames = { dnsNames: [], uris: [], emails: [], ipAddresses: [] };

peerTest("openssl", "A name is looked for among the certificate's names of its kind", async () => {
  const { clients } = await certified();
  const found = SAN_CASES.map(({ sans, client }) => {
    return matchesAnySan(sans, readPeerCertificate(clients[client].ders[0]));
  });
  assertEquals(found, SAN_CASES.map(({ matches, why }) => matches === (why === undefined)));
});

Deno.test("A wildcard in a certificate stands for one label, which is not a part of one", () => {
  const matches = (name: string, value: string) =>
    matchesSan({ kind: "dns", value }, { ...NO_NAMES, dnsNames: [name] });
  assertEquals(matches("*.test", "a.test"), true);
  assertEquals(matches("*.A.test", "b.a.test"), true);
  assertEquals(matches("*", "a"), false);
  assertEquals(matches("*", "a.test"), false);
  assertEquals(matches("*.test", ".test"), false);
  assertEquals(matches("*.test", "test"), false);
  assertEquals(matches("f*.a.test", "foo.a.test"), false);
  assertEquals(matches("a.*.test", "a.b.test"), false);
  assertEquals(matches("*.*.test", "a.b.test"), false);
  assertEquals(matches("a.test", "*.test"), false);
  assertEquals(matches("*.a.test", "b.a.test."), false);
});

Deno.test("An address is compared by its value", () => {
  const names = { ...NO_NAMES, ipAddresses: ["fd00::1"] };
  assertEquals(matchesSan({ kind: "ip", value: "FD00:0:0::0001" }, names), true);
  assertEquals(matchesSan({ kind: "ip", value: "no address" }, names), false);
  assertEquals(matchesSan({ kind: "dns", value: "fd00::1" }, names), false);
});

Deno.test("A client without a certificate is missing one where it is required, and one with another's name is refused", () => {
  const sans: SanMatcherConfig[] = [{ kind: "uri", value: "urn:a" }];
  const a = { ...NO_NAMES, uris: ["urn:a"] };
  const verify = (required: boolean, sans: SanMatcherConfig[], leaf: CertificateNames | null) =>
    verifyClientNames({ required, sans }, leaf);
  assertEquals(verify(true, [], null), "missing");
  assertEquals(verify(true, sans, null), "missing");
  assertEquals(verify(false, [], null), "ok");
  assertEquals(verify(false, sans, null), "ok");
  for (const required of [true, false]) {
    assertEquals(verify(required, [], NO_NAMES), "ok");
    assertEquals(verify(required, sans, a), "ok");
    assertEquals(verify(required, sans, NO_NAMES), "wrong_name");
  }
});

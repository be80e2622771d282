import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { PemError } from "../../src/errors.ts";
import { parseCertificates } from "../../src/tls/certificate.ts";
import {
  type CertifiedKey,
  createCa,
  issueCertificate,
  keyMatches,
  type LeafOptions,
  readCertificates,
} from "../../src/tls/mod.ts";
import { isSignedBy } from "../../src/tls/signature.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { DAY, KINDS, newPair, NOW, pkcs8Pem, selfSigned } from "./fixtures.ts";

const HOUR = 60 * 60 * 1000;
const ca = await createCa({ name: "genkan test CA", now: NOW });
const [caInfo] = await readCertificates(ca.certPem);

async function issue(names: string[], options: Partial<LeafOptions> = {}) {
  const leaf = await issueCertificate(ca, { names, now: NOW, ...options });
  return { ...leaf, info: (await readCertificates(leaf.certPem))[0] };
}

async function refusal(names: string[], options: Partial<LeafOptions> = {}): Promise<string> {
  return (await assertRejects(() => issue(names, options), PemError)).message;
}

Deno.test("createCa() makes a CA of ten years, backdated by an hour, with its own key", async () => {
  assertEquals(caInfo.subject, "CN=genkan test CA");
  assertEquals(caInfo.issuer, "CN=genkan test CA");
  assertEquals(caInfo.isCa, true);
  assertEquals(caInfo.keyAlgorithm, "ECDSA P-256");
  assertEquals(caInfo.notBefore, NOW - HOUR);
  assertEquals(caInfo.notAfter, NOW - HOUR + 3650 * DAY);
  assert(await keyMatches(ca.certPem, ca.keyPem));
});

Deno.test("createCa() marks as critical what a client must not pass over", () => {
  const certificate = new x509.X509Certificate(ca.certPem);
  const critical = new Map(certificate.extensions.map(({ type, critical }) => [type, critical]));
  assertEquals(Object.fromEntries(critical), {
    "2.5.29.19": true, // basicConstraints
    "2.5.29.15": true, // keyUsage
    "2.5.29.37": false, // extKeyUsage
    "2.5.29.14": false, // subjectKeyIdentifier
    "2.5.29.30": true, // nameConstraints
  });
  assertEquals(certificate.getExtension(x509.BasicConstraintsExtension)?.pathLength, 0);
  const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
  assertEquals(usages, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

Deno.test("createCa() takes a key that is there, of any kind, and its leaves verify", async () => {
  for (const kind of KINDS) {
    const keyPem = await pkcs8Pem(await newPair(kind));
    const made = await createCa({ name: "x", now: NOW, keyPem });
    assert(await keyMatches(made.certPem, keyPem), kind);
    const leaf = await issueCertificate(made, { names: ["localhost"], now: NOW });
    const [issuer] = parseCertificates(made.certPem);
    assert(await isSignedBy(issuer, issuer), kind);
    assert(await isSignedBy(parseCertificates(leaf.certPem)[0], issuer), kind);
    assertEquals(await isSignedBy(parseCertificates(ca.certPem)[0], issuer), false, kind);
  }
});

Deno.test("createCa() refuses a name or days out of bounds", async () => {
  const attempts: [object, string][] = [
    [{ name: "" }, "found a name of 0 characters"],
    [{ name: "x".repeat(65) }, "found a name of 65 characters"],
    [{ days: 0 }, "found 0 days"],
    [{ days: NaN }, "found NaN days"],
    [{ days: 1e9 }, "found 1000000000 days"],
  ];
  for (const [options, found] of attempts) {
    const run = () => createCa({ name: "x", now: NOW, ...options });
    assertMatch((await assertRejects(run, PemError)).message, `Cannot create a CA: ${found}`);
  }
});

Deno.test("createCa() writes a name as it was given, whatever characters are in it", async () => {
  const made = await createCa({ name: '#1 "mine", ours', now: NOW });
  assertEquals((await readCertificates(made.certPem))[0].subject, 'CN=\\#1 \\"mine\\"\\, ours');
});

Deno.test("serial numbers are positive and have 128 random bits", async () => {
  for (const [byte, serial] of [[0xff, "ff".repeat(16)], [0x01, "01".repeat(16)]] as const) {
    const leaf = await issue(["localhost"], {
      random: (count) => new Uint8Array(count).fill(byte),
    });
    assertEquals(leaf.info.serialNumber, serial);
    const [{ signed }] = parseCertificates(leaf.certPem);
    const written = signed.toHex().slice(0, 60);
    assertMatch(written, byte > 0x7f ? `021100${serial}` : `0210${serial}`);
  }
  assert(
    (await issue(["localhost"])).info.serialNumber !==
      (await issue(["localhost"])).info.serialNumber,
  );
});

Deno.test("issueCertificate() makes a leaf for all names, each once", async () => {
  const leaf = await issue(["App.test", "*.app.test", "127.0.0.1", "::1", "app.test", "0:0::1"]);
  assertEquals(leaf.info.dnsNames, ["app.test", "*.app.test"]);
  assertEquals(leaf.info.ipAddresses, ["127.0.0.1", "::1"]);
  assertEquals(leaf.info.subject, "CN=app.test");
  assertEquals(leaf.info.issuer, caInfo.subject);
  assertEquals(leaf.info.isCa, false);
  assert(await keyMatches(leaf.certPem, leaf.keyPem));
  assertEquals(await keyMatches(leaf.certPem, ca.keyPem), false);
});

Deno.test("issueCertificate() takes a CA's certificate with text around it", async () => {
  const certPem = `subject=x\n${ca.certPem}\nmore\n`.replaceAll("\n", "\r\n");
  const leaf = await issueCertificate({ ...ca, certPem }, { names: ["localhost"], now: NOW });
  const [issuer] = parseCertificates(ca.certPem);
  assert(await isSignedBy(parseCertificates(leaf.certPem)[0], issuer));
});

Deno.test("issueCertificate() puts no address and no long name into the common name", async () => {
  assertEquals((await issue(["127.0.0.1", "app.test"])).info.subject, "O=genkan");
  const long = `${"a".repeat(60)}.test`;
  const leaf = await issue([long]);
  assertEquals([leaf.info.subject, leaf.info.dnsNames], ["O=genkan", [long]]);
});

Deno.test("issueCertificate() points to its issuer by key identifier", async () => {
  const leaf = new x509.X509Certificate((await issue(["localhost"])).certPem);
  const issuer = new x509.X509Certificate(ca.certPem);
  assertEquals(
    leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId,
    issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
  );
});

Deno.test("issueCertificate() gives each usage its extended key usage", async () => {
  const server = "1.3.6.1.5.5.7.3.1", client = "1.3.6.1.5.5.7.3.2";
  const expected = { server: [server], client: [client], both: [server, client] };
  for (const usage of ["server", "client", "both"] as const) {
    const leaf = new x509.X509Certificate((await issue(["localhost"], { usage })).certPem);
    const found = leaf.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
    assertEquals(found, expected[usage]);
  }
});

Deno.test("a leaf is valid for 397 days unless said otherwise, and never outlives its CA", async () => {
  const { info } = await issue(["localhost"]);
  assertEquals([info.notBefore, info.notAfter], [NOW - HOUR, NOW - HOUR + 397 * DAY]);
  assertEquals((await issue(["localhost"], { days: 825 })).info.notAfter, NOW - HOUR + 825 * DAY);
  const late = NOW + 3600 * DAY;
  assertEquals((await issue(["localhost"], { now: late })).info.notAfter, caInfo.notAfter);
});

Deno.test("issueCertificate() takes e-mail addresses and URIs, and names the leaf by the first", async () => {
  const leaf = await issue(["alice@Corp.test", "https://a.test/x", "a.test", "10.0.0.1"], {
    usage: "client",
  });
  const { subject, emails, uris, dnsNames, ipAddresses } = leaf.info;
  assertEquals(
    [subject, emails, uris, dnsNames, ipAddresses],
    ["CN=alice@corp.test", ["alice@corp.test"], ["https://a.test/x"], ["a.test"], ["10.0.0.1"]],
  );
  const spiffe = await issue(["spiffe://corp.test/web"]);
  assertEquals([spiffe.info.subject, spiffe.info.uris], [
    "CN=spiffe://corp.test/web",
    ["spiffe://corp.test/web"],
  ]);
});

Deno.test("issueCertificate() says how a name that is none is written", async () => {
  const cases: [string, string][] = [
    ["a b@c", "found no e-mail address; write NAME@HOST"],
    ["http://a b", "found no URI; write SCHEME://HOST/PATH in ASCII"],
    [
      "spiffe://Corp/x",
      "found no SPIFFE ID; write spiffe://TRUST-DOMAIN/PATH, the domain in lower",
    ],
  ];
  for (const [name, found] of cases) {
    assertMatch(await refusal([name]), `Cannot issue for ${name}: ${found}`);
  }
  assertMatch(
    await refusal(["spiffe://a.test/x", "spiffe://a.test/y"]),
    "Cannot issue for spiffe://a.test/x: found another URI beside it",
  );
});

Deno.test("issueCertificate() refuses names outside of the CA's name constraints", async () => {
  assertEquals(
    await refusal(["localhost", "example.com"]),
    "Cannot issue for example.com: outside of the CA's name constraints " +
      "(localhost, *.localhost, test, *.test, internal, *.internal)",
  );
  assertMatch(
    await refusal(["8.8.8.8"]),
    "Cannot issue for 8.8.8.8: outside of the CA's name constraints (127.0.0.0/8, ",
  );
});

Deno.test("issueCertificate() refuses what no client would take", async () => {
  assertEquals(await refusal([]), "Cannot issue a certificate: found no name for it");
  assertEquals(
    await refusal(["app.test:8443"]),
    "Cannot issue for app.test:8443: found neither a DNS name nor an IP address",
  );
  assertMatch(await refusal(["*.test"]), "found a wildcard right below a top-level name");
  for (const days of [0, -1, 826, NaN]) {
    assertEquals(
      await refusal(["localhost"], { days }),
      `Cannot issue for localhost: found ${days} days; clients take 1 to 825`,
    );
  }
});

Deno.test("issueCertificate() refuses an authority that can't vouch", async () => {
  const other = await createCa({ name: "other", now: NOW });
  const pair = await newPair("P-256");
  const leaf = { certPem: await selfSigned(pair), keyPem: await pkcs8Pem(pair) };
  const attempts: [CertifiedKey, number, string][] = [
    [{ certPem: ca.certPem, keyPem: other.keyPem }, NOW, "a key that doesn't belong to CN=genkan"],
    [ca, caInfo.notAfter, "CN=genkan test CA, expired on 2036-04-28"],
    [leaf, NOW, "CN=app.test, which is not a CA"],
  ];
  for (const [authority, now, found] of attempts) {
    const run = () => issueCertificate(authority, { names: ["localhost"], now });
    const { message } = await assertRejects(run, PemError);
    assertMatch(message, `Cannot issue a certificate: found ${found}`);
  }
});

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import fc from "fast-check";
import { PemError } from "../../src/errors.ts";
import { encodeDer, Tag } from "../../src/tls/der.ts";
import { type CertificateInfo, readCertificates } from "../../src/tls/mod.ts";
import { encodePem, parsePem } from "../../src/tls/pem.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import {
  DAY,
  KINDS,
  newPair,
  NOW,
  openssl,
  peerTest,
  pkcs8Pem,
  run,
  selfSigned,
  withFolder,
} from "./fixtures.ts";

const pair = await newPair("P-256");
const plain = await selfSigned(pair);

async function readOne(pem: string): Promise<CertificateInfo> {
  const certificates = await readCertificates(pem);
  assertEquals(certificates.length, 1);
  return certificates[0];
}

async function messageOf(pem: string): Promise<string> {
  return (await assertRejects(() => readCertificates(pem), PemError)).message;
}

Deno.test("readCertificates() reads what a plain certificate says", async () => {
  assertEquals(await readOne(plain), {
    subject: "CN=app.test",
    issuer: "CN=app.test",
    serialNumber: "ff01",
    dnsNames: [],
    ipAddresses: [],
    uris: [],
    emails: [],
    notBefore: NOW - DAY,
    notAfter: NOW + 30 * DAY,
    isCa: false,
    keyAlgorithm: "ECDSA P-256",
  });
});

Deno.test("readCertificates() names the algorithm of each kind of key", async () => {
  const found = await Promise.all(
    KINDS.map(async (kind) => (await readOne(await selfSigned(await newPair(kind)))).keyAlgorithm),
  );
  assertEquals(found, ["RSA 2048", "ECDSA P-256", "ECDSA P-384", "ECDSA P-521", "Ed25519"]);
});

Deno.test("readCertificates() sorts the alternative names by kind", async () => {
  const names = new x509.SubjectAlternativeNameExtension([
    { type: "dns", value: "app.test" },
    { type: "ip", value: "127.0.0.1" },
    { type: "url", value: "spiffe://app.test/web" },
    { type: "dns", value: "*.app.test" },
    { type: "ip", value: "2001:db8:0:0:0:0:0:1" },
    { type: "email", value: "root@app.test" },
  ]);
  const info = await readOne(await selfSigned(pair, { extensions: [names] }));
  assertEquals(info.dnsNames, ["app.test", "*.app.test"]);
  assertEquals(info.ipAddresses, ["127.0.0.1", "2001:db8::1"]);
  assertEquals(info.uris, ["spiffe://app.test/web"]);
  assertEquals(info.emails, ["root@app.test"]);
});

Deno.test("readCertificates() tells a CA by its basic constraints", async () => {
  for (const isCa of [true, false]) {
    const extensions = [new x509.BasicConstraintsExtension(isCa, undefined, true)];
    assertEquals((await readOne(await selfSigned(pair, { extensions }))).isCa, isCa);
  }
});

Deno.test("readCertificates() reads a chain in its order and passes over the key", async () => {
  const other = await selfSigned(pair, { name: "CN=other" });
  const chain = `text\n${plain}${await pkcs8Pem(pair)}${other}`.replaceAll("\n", "\r\n");
  const subjects = (await readCertificates(chain)).map(({ subject }) => subject);
  assertEquals(subjects, ["CN=app.test", "CN=other"]);
});

Deno.test("readCertificates() says what it found in place of a certificate", async () => {
  const key = await pkcs8Pem(pair);
  assertEquals(await messageOf(""), "Cannot read certificates: found no PEM block");
  assertEquals(
    await messageOf(key),
    "Cannot read certificates: found no CERTIFICATE, only PRIVATE KEY",
  );
  const junk = encodePem("CERTIFICATE", Uint8Array.of(4, 0));
  assertEquals(
    await messageOf(junk),
    "Cannot read the certificate: found tag 0x04 in place of 0x30",
  );
  assertMatch(await messageOf(plain + junk), /^Cannot read certificate 2: found /);
});

Deno.test("readCertificates() refuses bytes behind a certificate", async () => {
  const [{ der }] = parsePem(plain, "the fixture");
  const longer = encodePem("CERTIFICATE", Uint8Array.of(...der, 0));
  assertEquals(
    await messageOf(longer),
    "Cannot read the certificate: found more bytes than there should be",
  );
});

Deno.test("readCertificates() refuses an extension that is there twice", async () => {
  const extension = new x509.BasicConstraintsExtension(true);
  const twice = await selfSigned(pair, { extensions: [extension, extension] });
  assertEquals(
    await messageOf(twice),
    "Cannot read the certificate: found extension 2.5.29.19 twice",
  );
});

Deno.test("readCertificates() lets no control character out of a name", async () => {
  const octet = new TextEncoder();
  const names = encodeDer(
    Tag.sequence,
    encodeDer(Tag.primitive(2), octet.encode("a\u001b[31m.test")),
  );
  const alternative = new x509.Extension("2.5.29.17", false, names);
  assertMatch(
    await messageOf(await selfSigned(pair, { extensions: [alternative] })),
    "found an alternative name that isn't ASCII",
  );
});

Deno.test("the ASN.1 library is loaded when a certificate is made, not when one is read", async () => {
  const program = `
    const tls = await import("${import.meta.resolve("../../src/tls/mod.ts")}");
    const loaded = () => typeof Reflect.getMetadata === "function";
    await tls.readCertificates(${JSON.stringify(plain)});
    await tls.keyMatches(${JSON.stringify(plain)}, ${JSON.stringify(await pkcs8Pem(pair))});
    const before = loaded();
    await tls.createCa({ name: "x", now: 0 });
    console.log(before, loaded());
  `;
  const { text } = await run("deno", ["eval", program]);
  assertEquals(text, "false true\n");
});

/** Either the certificates or a PemError; anything else fails the test. */
async function readsOrExplains(pem: string): Promise<void> {
  try {
    const certificates = await readCertificates(pem);
    assert(certificates.length > 0);
    JSON.stringify(certificates);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    assertMatch(error.message, /^Cannot read [^\n]+: found [^\n]+$/);
  }
}

Deno.test("readCertificates() throws nothing but PemError for random and mutated DER", async () => {
  const [{ der }] = parsePem(
    await selfSigned(pair, {
      name: "CN=app.test, O=Example",
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "app.test" },
          { type: "ip", value: "::1" },
        ]),
      ],
    }),
    "the fixture",
  );
  const change = fc.record({
    at: fc.nat(der.length - 1),
    remove: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 3 }),
  });
  const mutated = fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const bytes = [...der];
    for (const { at, remove, insert } of changes) bytes.splice(at, remove, ...insert);
    return Uint8Array.from(bytes);
  });
  const any = fc.oneof(mutated, fc.uint8Array({ maxLength: 100 }));
  await fc.assert(
    fc.asyncProperty(any, (bytes) => readsOrExplains(encodePem("CERTIFICATE", bytes))),
    { numRuns: 2_000 },
  );
});

Deno.test("readCertificates() throws nothing but PemError for mutated text", async () => {
  const change = fc.record({
    at: fc.nat(plain.length),
    remove: fc.nat(80),
    insert: fc.string({ unit: "binary", maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      change,
      ({ at, remove, insert }) =>
        readsOrExplains(plain.slice(0, at) + insert + plain.slice(at + remove)),
    ),
    { numRuns: 1_000 },
  );
});

/** Undoes RFC 4514 the plain way: byte after byte. */
function unescapedParts(text: string): string[] {
  const parts: number[][] = [[]];
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at++) {
    const [first, second, third] = [...bytes.subarray(at, at + 3)]
      .map((byte) => String.fromCharCode(byte));
    if (first === ",") {
      parts.push([]);
    } else if (first === "\\" && /^[0-9A-F]{2}$/.test(second + third)) {
      parts[parts.length - 1].push(parseInt(second + third, 16));
      at += 2;
    } else if (first === "\\") {
      parts[parts.length - 1].push(bytes[++at]);
    } else {
      parts[parts.length - 1].push(bytes[at]);
    }
  }
  return parts.map((part) => new TextDecoder().decode(Uint8Array.from(part)));
}

function showAttribute({ type, value }: { type: string; value: string }): string {
  return `${type}=${value}`;
}

Deno.test("readCertificates() agrees with another reader", async () => {
  const name = fc.array(
    fc.record({
      type: fc.constantFrom("CN", "O", "OU", "L"),
      value: fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(name, async (attributes) => {
      const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        name: new x509.Name(
          attributes.map(({ type, value }) => ({ [type]: [{ utf8String: value }] })),
        ),
        notBefore: new Date(NOW),
        notAfter: new Date(NOW + DAY),
        keys: pair,
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      });
      const info = await readOne(certificate.toString("pem"));
      assertEquals(info.serialNumber, certificate.serialNumber.replace(/^(00)+/, ""));
      assertEquals(info.notBefore, certificate.notBefore.getTime());
      assertEquals(info.notAfter, certificate.notAfter.getTime());
      assertEquals(unescapedParts(info.subject), attributes.map(showAttribute).reverse());
    }),
    { numRuns: 100 },
  );
});

peerTest(
  "openssl",
  "readCertificates() prints names, serials and dates as OpenSSL does",
  () =>
    withFolder(async (folder) => {
      const subjects = [
        "/C=JP/ST=Tokyo/L=Chiyoda/O=Example, Inc./OU=#1/CN=app.test",
        '/DC=test/DC=app/UID=me/CN= a+b<c>"d"\\\\;e /emailAddress=root@app.test',
        "/CN=玄関/serialNumber=42",
        "/O=multi/CN=one+OU=two",
      ];
      for (const subject of subjects) {
        const file = `${folder}/cert.pem`;
        await openssl(
          // deno-fmt-ignore
          ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
          "-multivalue-rdn", "-subj", subject, "-days", "30", "-keyout", `${folder}/key.pem`,
          "-out", file],
        );
        const info = await readOne(await Deno.readTextFile(file));
        const printed = await openssl(
          // deno-fmt-ignore
          ["x509", "-in", file, "-noout", "-subject", "-serial", "-startdate", "-enddate",
          "-dateopt", "iso_8601", "-nameopt", "RFC2253,-esc_msb,utf8"],
        );
        assertMatch(printed, `subject=${info.subject}\n`);
        assertMatch(printed, `serial=${info.serialNumber.toUpperCase()}\n`);
        const [from, until] = [...printed.matchAll(/not\w+=(\S+) (\S+)Z/g)]
          .map(([, day, time]) => Date.parse(`${day}T${time}Z`));
        assertEquals([info.notBefore, info.notAfter], [from, until]);
      }
    }),
);

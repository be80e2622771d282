import fc from "fast-check";
import { PemError } from "../../src/errors.ts";
import { importKeys } from "../../src/tls/key.ts";
import { keyMatches } from "../../src/tls/mod.ts";
import { encodePem, parsePem } from "../../src/tls/pem.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { KINDS, newPair, openssl, peerTest, pkcs8Pem, selfSigned, withFolder } from "./fixtures.ts";

const pair = await newPair("P-256");
const chain = await selfSigned(pair);
const key = await pkcs8Pem(pair);

async function messageOf(keyPem: string, chainPem: string = chain): Promise<string> {
  return (await assertRejects(() => keyMatches(chainPem, keyPem), PemError)).message;
}

Deno.test("keyMatches() knows the certificate's own key from another of its kind", async () => {
  for (const kind of KINDS) {
    const own = await newPair(kind);
    const certificate = await selfSigned(own);
    assertEquals(await keyMatches(certificate, await pkcs8Pem(own)), true, kind);
    assertEquals(await keyMatches(certificate, await pkcs8Pem(await newPair(kind))), false, kind);
  }
});

Deno.test("keyMatches() is false for a key of another kind", async () => {
  for (const kind of KINDS.filter((kind) => kind !== "P-256")) {
    assertEquals(await keyMatches(chain, await pkcs8Pem(await newPair(kind))), false, kind);
  }
});

Deno.test("keyMatches() looks at the first certificate only", async () => {
  const other = await selfSigned(await newPair("P-256"));
  assertEquals(await keyMatches(chain + other, key), true);
  assertEquals(await keyMatches(other + chain, key), false);
});

Deno.test("keyMatches() takes certificate and key from one text", async () => {
  assertEquals(await keyMatches(chain + key, chain + key), true);
});

Deno.test("keyMatches() says what it found in place of a key", async () => {
  assertEquals(await messageOf(""), "Cannot read the private key: found no PEM block");
  assertEquals(
    await messageOf(chain),
    "Cannot read the private key: found no PRIVATE KEY, only CERTIFICATE",
  );
  assertEquals(
    await messageOf(key + key),
    "Cannot read the private key: found 2 of them; keep the one that counts",
  );
  assertMatch(await messageOf(key, key), /^Cannot read certificates: found no CERTIFICATE/);
  assertMatch(await messageOf(encodePem("OPENSSH PRIVATE KEY", Uint8Array.of(1))), "convert it");
});

Deno.test("keyMatches() refuses encrypted keys of both forms", async () => {
  const old = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" +
    "DEK-Info: AES-256-CBC,00\n\nAQID\n-----END EC PRIVATE KEY-----\n";
  for (const pem of [old, encodePem("ENCRYPTED PRIVATE KEY", Uint8Array.of(1, 2, 3))]) {
    assertMatch(await messageOf(pem), "found an encrypted one; decrypt it with");
  }
});

Deno.test("a message about a key never holds a part of it", async () => {
  const [{ der }] = parsePem(key, "the fixture");
  const body = key.split("\n").slice(1, -2);
  for (const bytes of [der.subarray(0, 60), der.with(4, 9), der.with(20, 0)]) {
    const message = await messageOf(encodePem("PRIVATE KEY", bytes));
    assert(!body.some((line) => message.includes(line.slice(0, 12))), message);
  }
});

Deno.test("keyMatches() throws nothing but PemError for mutated keys", async () => {
  for (const kind of KINDS) {
    const own = await newPair(kind);
    const certificate = await selfSigned(own);
    const [{ der }] = parsePem(await pkcs8Pem(own), "the fixture");
    const change = fc.record({
      at: fc.nat(der.length - 1),
      remove: fc.nat(2),
      insert: fc.uint8Array({ maxLength: 2 }),
      label: fc.constantFrom("PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, remove, insert, label }) => {
        const bytes = [...der];
        bytes.splice(at, remove, ...insert);
        try {
          await keyMatches(certificate, encodePem(label, Uint8Array.from(bytes)));
        } catch (error) {
          if (!(error instanceof PemError)) throw error;
          assertMatch(error.message, /^Cannot read [^\n]+: found [^\n]+$/);
        }
      }),
      { numRuns: 200 },
    );
  }
});

Deno.test("importKeys() finds the public key that belongs to a private one", async () => {
  for (const kind of KINDS) {
    const own = await newPair(kind);
    const keys = await importKeys(await pkcs8Pem(own));
    assertEquals(keys.kind, kind);
    assertEquals(
      await crypto.subtle.exportKey("spki", keys.publicKey).then((der) => new Uint8Array(der)),
      await crypto.subtle.exportKey("spki", own.publicKey).then((der) => new Uint8Array(der)),
    );
  }
});

const CURVES = ["prime256v1", "secp384r1", "secp521r1"];

peerTest(
  "openssl",
  "keyMatches() takes every form that OpenSSL writes a key in",
  () =>
    withFolder(async (folder) => {
      const makers = [
        ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ...CURVES.map((curve) => ["ecparam", "-name", curve, "-genkey"]), // with EC PARAMETERS
        ["genpkey", "-algorithm", "ED25519"],
      ];
      for (const maker of makers) {
        const file = `${folder}/key.pem`;
        const made = await openssl(maker);
        await Deno.writeTextFile(file, made);
        const certificate = await openssl(["req", "-x509", "-new", "-key", file, "-subj", "/CN=x"]);
        const forms = [made, await openssl(["pkey", "-in", file])];
        if (maker[2] === "RSA") forms.push(await openssl(["rsa", "-in", file, "-traditional"]));
        if (maker[0] === "ecparam") {
          const bare = await openssl(["ec", "-in", file, "-no_public"]);
          await Deno.writeTextFile(`${folder}/bare.pem`, bare);
          forms.push(await openssl(["ec", "-in", file]), bare);
          forms.push(await openssl(["pkcs8", "-topk8", "-nocrypt", "-in", `${folder}/bare.pem`]));
        }
        for (const form of forms) {
          const pem = form.slice(form.indexOf("-----BEGIN")); // without "writing EC key"
          assertEquals(
            await keyMatches(certificate, pem),
            true,
            `${maker.join(" ")}: ${form.slice(0, 40)}`,
          );
          assertEquals(await keyMatches(certificate, key), false);
        }
      }
    }),
);

peerTest("openssl", "keyMatches() refuses the keys that TLS or genkan can't use", async () => {
  const cases: [string[], string | RegExp][] = [
    [["genpkey", "-algorithm", "ED448"], "found algorithm 1.3.101.113; RSA, P-256"],
    [["ecparam", "-name", "secp256k1", "-genkey"], "found curve 1.3.132.0.10; RSA, P-256"],
    [
      ["ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit", "-noout"],
      "found an EC key whose curve isn't named",
    ],
    [["genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:x"], "found an encrypted one"],
  ];
  for (const [args, message] of cases) assertMatch(await messageOf(await openssl(args)), message);
});

import { PemError } from "../../src/errors.ts";
import { DerReader, Tag } from "../../src/tls/der.ts";
import { createCa, encodePkcs12, issueCertificate } from "../../src/tls/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import {
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

const ca = await createCa({ name: "genkan test CA", now: NOW });
const leaf = await issueCertificate(ca, {
  names: ["alice@corp.test"],
  now: NOW,
  usage: "client",
});
const contents = {
  chainPem: leaf.certPem + ca.certPem,
  keyPem: leaf.keyPem,
  friendlyName: "alice",
};

/** With a non-ASCII one, and one whose UTF-16 is longer than a block of SHA-256. */
const PASSWORDS = ["secret", "", "sécret 🔑", "x".repeat(100)];

/** The base64 of a PEM text's blocks of a kind, in order. */
function blocks(label: string, text: string): string[] {
  const pattern = new RegExp(`-----BEGIN ${label}-----\n([^-]+)-----END`, "g");
  return [...text.matchAll(pattern)].map(([, base64]) => base64.replaceAll("\n", ""));
}

peerTest(
  "openssl",
  "OpenSSL reads the chain and the key out of a PKCS#12 file",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/x.p12`;
      const read = ["pkcs12", "-in", path, "-noenc", "-info", "-passin"];
      for (const password of PASSWORDS) {
        await Deno.writeFile(path, await encodePkcs12({ ...contents, password }));
        await Deno.writeTextFile(`${folder}/pw`, `${password}\n`);
        const text = await openssl([...read, `file:${folder}/pw`]);
        assertEquals(blocks("CERTIFICATE", text), blocks("CERTIFICATE", contents.chainPem));
        assertEquals(blocks("PRIVATE KEY", text), blocks("PRIVATE KEY", leaf.keyPem));
        assertMatch(text, "MAC: sha256, Iteration 10000");
        for (const what of ["PKCS7 Encrypted data", "Shrouded Keybag"]) {
          assertMatch(
            text,
            `${what}: PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA2`,
          );
        }
        assertEquals(text.match(/friendlyName: alice/g)?.length, 2);
        const { code, text: refusal } = await run("openssl", [...read, "pass:wrong"]);
        assert(code !== 0, "a wrong password opened it");
        assertMatch(refusal, "Mac verify error");
      }
    }),
);

peerTest("openssl", "A PKCS#12 file holds keys of every kind", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.p12`;
    for (const kind of KINDS) {
      const pair = await newPair(kind);
      const keyPem = await pkcs8Pem(pair);
      const chainPem = await selfSigned(pair);
      const bytes = await encodePkcs12({ chainPem, keyPem, friendlyName: "x", password: "pw" });
      await Deno.writeFile(path, bytes);
      const text = await openssl(["pkcs12", "-in", path, "-noenc", "-passin", "pass:pw"]);
      assertEquals(blocks("CERTIFICATE", text), blocks("CERTIFICATE", chainPem), kind);
      await Deno.writeTextFile(`${folder}/key.pem`, text);
      const digest = async (args: string[]) => await openssl(["pkey", "-pubout", ...args]);
      await Deno.writeTextFile(`${folder}/given.pem`, keyPem);
      assertEquals(
        await digest(["-in", `${folder}/key.pem`]),
        await digest(["-in", `${folder}/given.pem`]),
        kind,
      );
    }
  }));

peerTest("keytool", "Java lists the key with its chain", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.p12`;
    for (const password of ["secret", "x".repeat(100)]) {
      await Deno.writeFile(path, await encodePkcs12({ ...contents, password }));
      const { code, text } = await run("keytool", [
        ...["-J-Duser.language=en", "-list", "-v", "-keystore", path, "-storetype", "PKCS12"],
        ...["-storepass", password],
      ]);
      assertEquals(code, 0, text);
      assertMatch(text, /Alias name: alice\n.*\nEntry type: PrivateKeyEntry\n.* length: 2\n/);
    }
  }));

peerTest("pk12util", "NSS imports it, as browsers do", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.p12`;
    const database = `sql:${folder}`;
    await run("certutil", ["-N", "-d", database, "--empty-password"]);
    for (const password of PASSWORDS.slice(0, 3)) {
      await Deno.writeFile(path, await encodePkcs12({ ...contents, password }));
      await Deno.writeTextFile(`${folder}/pw`, `${password}\n`);
      const secret = password === "" ? ["-W", ""] : ["-w", `${folder}/pw`];
      const { text } = await run("pk12util", ["-i", path, "-d", database, ...secret]);
      assertEquals(text, "pk12util: PKCS12 IMPORT SUCCESSFUL\n");
    }
    const { text } = await run("certutil", ["-L", "-d", database]);
    assertMatch(text, /^alice +u,u,u$/m);
  }));

Deno.test("a PKCS#12 file is a PFX of version 3, with salts and vectors of its own", async () => {
  const version = (bytes: Uint8Array) =>
    new DerReader(bytes).enter(Tag.sequence).take(Tag.integer).toHex();
  const first = await encodePkcs12({ ...contents, password: "" });
  const second = await encodePkcs12({ ...contents, password: "" });
  assertEquals([version(first), version(second)], ["03", "03"]);
  assert(first.toHex() !== second.toHex(), "two files are the same");
  let count = 0;
  await encodePkcs12({
    ...contents,
    password: "",
    random: (bytes) => new Uint8Array(bytes).fill(++count),
  });
  assertEquals(count, 5); // a salt and a vector for the certificates and the key, a salt for the MAC
});

Deno.test("encodePkcs12() refuses what is no certificate or no key", async () => {
  for (const wrong of [{ chainPem: "x" }, { keyPem: "x" }]) {
    const attempt = () => encodePkcs12({ ...contents, password: "", ...wrong });
    assertMatch((await assertRejects(attempt, PemError)).message, /^Cannot read /);
  }
});

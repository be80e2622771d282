/**
 * What real clients make of genkan's certificates. Their clocks can't be set, so these are made
 * for today.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  type CertifiedKey,
  createCa,
  issueCertificate,
  type LeafUsage,
} from "../../src/tls/mod.ts";
import {
  encodeNameConstraints,
  LOCAL_NAMES,
  NAME_CONSTRAINTS,
} from "../../src/tls/name_constraints.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { DAY, newPair, peerTest, pkcs8Pem, run, withFolder } from "./fixtures.ts";

const now = Date.now();
const ca = await createCa({ name: "genkan test CA", now });

async function issue(names: string[], usage: LeafUsage = "server"): Promise<CertifiedKey> {
  return await issueCertificate(ca, { names, now, usage });
}

/** A leaf that genkan would not issue. */
async function forge(names: x509.JsonGeneralNames): Promise<CertifiedKey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const pkcs8 = new Uint8Array(x509.PemConverter.decodeFirst(ca.keyPem));
  const pair = await newPair("P-256");
  const leaf = await x509.X509CertificateGenerator.create({
    subject: "O=forged",
    issuer: new x509.X509Certificate(ca.certPem).subjectName,
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + DAY),
    publicKey: pair.publicKey,
    signingKey: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  return { certPem: leaf.toString("pem"), keyPem: await pkcs8Pem(pair) };
}

const FORGED: readonly x509.JsonGeneralNames[] = [
  [{ type: "dns", value: "example.com" }],
  [{ type: "dns", value: "localhost" }, { type: "dns", value: "example.com" }],
  [{ type: "dns", value: "localhost" }, { type: "ip", value: "8.8.8.8" }],
];

/** A TLS server that answers any first bytes with one HTTP response; gives what `use` gives. */
async function withServer<T>(
  { certPem, keyPem }: CertifiedKey,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const answer = new TextEncoder().encode(
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
  );
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: certPem, key: keyPem });
  const serving = (async () => {
    for await (const conn of listener) {
      try {
        await conn.read(new Uint8Array(1024));
        await conn.write(answer);
      } catch {
        // A client that doesn't trust us.
      }
      conn.close();
    }
  })();
  try {
    return await use((listener.addr as Deno.NetAddr).port);
  } finally {
    listener.close();
    await serving;
  }
}

/** What Deno, trusting `ca`, says to a server called `name`. */
async function handshake(leaf: CertifiedKey, name: string): Promise<string> {
  return await withServer(leaf, async (port) => {
    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    const conn = await Deno.startTls(plain, { hostname: name, caCerts: [ca.certPem] });
    try {
      await conn.handshake();
      return "ok";
    } catch (error) {
      return String(error);
    } finally {
      conn.close();
    }
  });
}

Deno.test("Deno takes genkan's leaves for their names", async () => {
  const leaf = await issue(["localhost", "*.app.test", "127.0.0.1"]);
  for (const name of ["localhost", "a.app.test", "127.0.0.1"]) {
    assertEquals(await handshake(leaf, name), "ok", name);
  }
  assertMatch(await handshake(leaf, "other.test"), "not valid for name");
});

Deno.test("Deno refuses forged leaves", async () => {
  for (const names of FORGED) {
    const message = await handshake(await forge(names), names[0].value);
    assertMatch(message, "NameConstraintViolation");
  }
});

/** Names of clients. OpenSSL, rustls and BoringSSL must take all of them under the constraints. */
const CLIENTS: readonly (readonly string[])[] = [
  ["alice.internal"],
  ["alice@example.com"],
  ["spiffe://cluster.local/ns/default/sa/web"],
  ["bob@corp.test", "https://corp.test/bob", "bob.corp.test"],
];

/** As genkan made them before it kept them to TLS. */
async function olderCa(): Promise<CertifiedKey> {
  const keys = await newPair("P-256");
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=older",
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + DAY),
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(NAME_CONSTRAINTS, true, await encodeNameConstraints(LOCAL_NAMES)),
    ],
  });
  return { certPem: certificate.toString("pem"), keyPem: await pkcs8Pem(keys) };
}

peerTest(
  "openssl",
  "OpenSSL takes genkan's clients for clients, of older CAs too, and not for servers",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/leaf.pem`;
      for (const authority of [ca, await olderCa()]) {
        await Deno.writeTextFile(`${folder}/ca.pem`, authority.certPem);
        for (const names of CLIENTS) {
          const leaf = await issueCertificate(authority, { names, now, usage: "client" });
          await Deno.writeTextFile(path, leaf.certPem);
          const verify = (purpose: string) =>
            // deno-fmt-ignore
            run("openssl", ["verify", "-x509_strict", "-purpose", purpose,
              "-CAfile", `${folder}/ca.pem`, path]);
          assertEquals((await verify("sslclient")).text, `${path}: OK\n`, names.join());
          assertMatch((await verify("sslserver")).text, "purpose");
        }
      }
    }),
);

/** Runs on Deno and on Bun: serves one handshake with a client, and says what came of it. */
const CLIENT_JUDGE = `
  const { default: tls } = await import("node:tls");
  const [ca, cert, key, clientCert, clientKey] = JSON.parse(process.argv.at(-1));
  const verdict = Promise.withResolvers();
  const server = tls.createServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true },
    (socket) => { verdict.resolve("ok"); socket.end(); },
  );
  server.on("tlsClientError", (error) => verdict.resolve("refused: " + error.message));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = tls.connect(
    { port: server.address().port, host: "127.0.0.1", servername: "localhost", ca,
      cert: clientCert, key: clientKey },
  );
  client.on("error", () => {});
  console.log(await verdict.promise);
  process.exit();
`;

for (const runtime of ["deno", "bun"] as const) {
  const command = runtime === "deno" ? ["eval"] : ["-e"];
  peerTest(runtime, `A server on ${runtime} takes genkan's clients`, async () => {
    const server = await issue(["localhost"]);
    for (const names of CLIENTS) {
      const client = await issue([...names], "client");
      const pems = [ca.certPem, server.certPem, server.keyPem, client.certPem, client.keyPem];
      const { text } = await run(runtime, [...command, CLIENT_JUDGE, JSON.stringify(pems)]);
      assertEquals(text, "ok\n", names.join());
    }
    const { certPem, keyPem } = server;
    const pems = [ca.certPem, certPem, keyPem, ...Object.values(await forge(FORGED[0]))];
    const { text } = await run(runtime, [...command, CLIENT_JUDGE, JSON.stringify(pems)]);
    assertMatch(text, /^refused/);
  });
}

peerTest(
  "openssl",
  "OpenSSL takes genkan's leaves and refuses forged ones",
  () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/ca.pem`, ca.certPem);
      const verify = async ({ certPem }: CertifiedKey) => {
        await Deno.writeTextFile(`${folder}/leaf.pem`, certPem);
        // deno-fmt-ignore
        return await run("openssl", ["verify", "-x509_strict", "-purpose", "sslserver",
        "-CAfile", `${folder}/ca.pem`, `${folder}/leaf.pem`]);
      };
      for (const names of [["localhost"], ["*.app.test", "x.internal"], ["127.0.0.1", "::1"]]) {
        assertEquals((await verify(await issue(names))).text, `${folder}/leaf.pem: OK\n`);
      }
      assertMatch((await verify(await issue(["localhost"], "client"))).text, "purpose");
      for (const names of FORGED) {
        const { code, text } = await verify(await forge(names));
        assertEquals(code, 2);
        assertMatch(text, "permitted subtree violation");
      }
    }),
);

peerTest(
  "curl",
  "curl --cacert takes genkan's leaves and refuses forged ones",
  () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/ca.pem`, ca.certPem);
      const get = (leaf: CertifiedKey, name: string) =>
        withServer(leaf, (port) =>
          // deno-fmt-ignore
          run("curl", ["-sS", "--max-time", "10", "--cacert", `${folder}/ca.pem`, "--connect-to",
          `::127.0.0.1:${port}`, `https://${name}/`]));
      const leaf = await issue(["localhost", "127.0.0.1", "::1"]);
      for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
        assertEquals(await get(leaf, name), { code: 0, text: "ok" }, name);
      }
      const { code, text } = await get(await forge(FORGED[0]), "example.com");
      assertEquals(code, 60);
      assertMatch(text, "permitted subtree violation");
    }),
);

const BUN_CLIENT = `
  const [port, serverName, ca] = process.argv.slice(1);
  const { promise, resolve } = Promise.withResolvers();
  Bun.connect({
    hostname: "127.0.0.1",
    port: Number(port),
    tls: { ca, serverName, rejectUnauthorized: true },
    socket: {
      handshake(socket, success, error) {
        resolve(success ? "ok" : String(error));
        socket.end();
      },
      data() {},
      error(socket, error) { resolve(String(error)); },
      connectError(socket, error) { resolve(String(error)); },
    },
  });
  console.log(await promise);
`;

peerTest("bun", "Bun takes genkan's leaves of DNS names and refuses forged ones", async () => {
  const connect = (leaf: CertifiedKey, name: string) =>
    withServer(leaf, (port) => run("bun", ["-e", BUN_CLIENT, String(port), name, ca.certPem]));
  const leaf = await issue(["localhost", "*.app.test"]);
  for (const name of ["localhost", "a.app.test"]) {
    assertEquals(await connect(leaf, name), { code: 0, text: "ok\n" }, name);
  }
  const { text } = await connect(await forge(FORGED[1]), "localhost");
  assertMatch(text, "permitted subtree violation");
});

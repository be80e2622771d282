/**
 * The local CA's certificates in the hands of others: OpenSSL verifies and serves, curl asks.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { tryCurl } from "./curl.ts";
import { openssl, tryOpenssl } from "./openssl.ts";
import { e2e, type Scene } from "./scene.ts";

/** Clients by what names them, and the files that `ca issue` writes for them. */
const CLIENTS: readonly (readonly [name: string, file: string])[] = [
  ["alice.internal", "alice.internal-client"],
  ["alice@example.com", "alice_example.com-client"],
  ["spiffe://cluster.local/ns/default/sa/web", "spiffe___cluster.local_ns_default_sa_web-client"],
];

/** Runs `ca …`; fails when it does. */
async function ca(scene: Scene, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.run(["ca", ...args, "--folder", "."]);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

e2e(
  "OpenSSL takes a server's certificate for a server, and a client's for a client",
  async (scene) => {
    await ca(scene, "create");
    await ca(scene, "issue", "localhost", "*.app.test");
    for (const [name] of CLIENTS) await ca(scene, "issue", "--client", name);
    const verify = (purpose: string, file: string) => {
      const leaf = scene.path(`${file}.pem`);
      const authority = scene.path("ca.pem");
      // deno-fmt-ignore
      return tryOpenssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", authority, leaf);
    };
    const leaves = [["sslserver", "sslclient", "localhost"]];
    for (const [, file] of CLIENTS) leaves.push(["sslclient", "sslserver", file]);
    for (const [right, wrong, file] of leaves) {
      assertEquals((await verify(right, file)).success, true, `${file} as ${right}`);
      assertEquals((await verify(wrong, file)).success, false, `${file} as ${wrong}`);
    }
  },
  { needs: ["openssl"] },
);

e2e(
  "openssl s_server -Verify lets in who has a client's certificate, as PEM and as PKCS#12",
  async (scene) => {
    await ca(scene, "create");
    await ca(scene, "issue", "localhost");
    await scene.write("pw", "secret\n");
    // deno-fmt-ignore
    const server = scene.spawn([
      "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "localhost.pem",
      "-key", "localhost-key.pem", "-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error",
    ], { peer: "openssl" });
    const [, port] = await server.says("stdout", /^ACCEPT 127\.0\.0\.1:(\d+)$/m);
    const ask = (...args: string[]) =>
      tryCurl("--cacert", scene.path("ca.pem"), ...args, `https://localhost:${port}/`);
    for (const [name, file] of CLIENTS) {
      const bundle = scene.path(`${file}.p12`);
      await ca(scene, "issue", "--client", name, "--pkcs12", bundle, "--password-file", "pw");
      const pem = ["--cert", scene.path(`${file}.pem`), "--key", scene.path(`${file}-key.pem`)];
      assertEquals((await ask(...pem)).status, 200, name);
      const p12 = ["--cert-type", "P12", "--cert", `${bundle}:secret`];
      assertEquals((await ask(...p12)).status, 200, name);
    }
    assert((await ask()).status !== 200, "a client without a certificate was let in");
    const asServer = ["--cert", scene.path("localhost.pem")];
    const refused = await ask(...asServer, "--key", scene.path("localhost-key.pem"));
    assert(refused.status !== 200, "a server's certificate was taken for a client's");
  },
  { needs: ["openssl", "curl"] },
);

e2e("openssl pkcs12 reads the certificate, its CA's and the key", async (scene) => {
  await ca(scene, "create");
  await scene.write("pw", "pass phrase\n");
  const bundles = [
    ["alice.p12", "pass:pass phrase", "--password-file", "pw"],
    ["open.p12", "pass:", "--no-password"],
  ];
  for (const [name, pass, ...password] of bundles) {
    await ca(scene, "issue", "--client", "alice@corp.internal", "--pkcs12", name, ...password);
    const path = scene.path(name);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    const text = await openssl("pkcs12", "-in", path, "-noenc", "-passin", pass);
    for (const file of ["alice_corp.internal-client", "ca", "alice_corp.internal-client-key"]) {
      const pem = await Deno.readTextFile(scene.path(`${file}.pem`));
      assert(text.includes(pem), `${name} lacks ${file}.pem`);
    }
  }
  const wrong = await tryOpenssl("pkcs12", "-in", scene.path("alice.p12"), "-passin", "pass:x");
  assertEquals(wrong.success, false);
}, { needs: ["openssl"] });

e2e("Nothing that is there is written over without --force", async (scene) => {
  await ca(scene, "create");
  await scene.write("alice.p12", "mine");
  const bundle = ["--pkcs12", "alice.p12", "--no-password"];
  const issue = ["ca", "issue", "--folder", ".", "--client", "alice@corp.internal", ...bundle];
  const { code, stdout, stderr } = await scene.run(issue);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^genkan: Cannot write alice\.p12: there is one already; --force [^\n]*\n$/);
  assertEquals(await Deno.readTextFile(scene.path("alice.p12")), "mine");
  const left = await Array.fromAsync(Deno.readDir(scene.folder), ({ name }) => name);
  assertEquals(left.sort(), ["alice.p12", "ca-key.pem", "ca.pem"]);
  assertEquals((await scene.run([...issue, "--force"])).code, 0);
});

e2e("ca status shows the CA of the data folder and what it issued", async (scene) => {
  const without = await scene.run(["ca", "status"]);
  assertEquals([without.code, without.stdout], [1, ""]);
  assertMatch(without.stderr, /^genkan: [^\n]*'genkan ca create'\n$/);
  await scene.run(["ca", "create"]);
  await scene.run(["ca", "issue", "--client", "alice@corp.internal"]);
  const { code, stdout, stderr } = await scene.run(["ca", "status"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, `ok    ca      ${scene.dataFolder}/ca.pem\n`);
  assertMatch(stdout, "-client.pem: client, alice@corp.internal, 396 days left\n");
  const line = /^(ok|warn|fail|info) +(ca|names|issued|trust) +\S.*$|^ +→ \S.*$/;
  for (const each of stdout.trimEnd().split("\n")) assertMatch(each, line);
  const json = await scene.run(["ca", "status", "--json"]);
  assertEquals(JSON.parse(json.stdout).certificate, `${scene.dataFolder}/ca.pem`);
});

/**
 * `genkan FROM TO`: certificates, the four pairs of schemes, and what is printed.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl, header, tryCurl } from "./curl.ts";
import { openssl } from "./openssl.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream } from "./upstream.ts";

/** An upstream that says how it was asked. */
const answer = (request: Request) =>
  new Response(`asked by ${request.headers.get("x-forwarded-proto") ?? "nobody in between"}`);

async function tlsUpstream(scene: Scene) {
  await scene.writeCertificates();
  return scene.own(httpUpstream(answer, await localhostCertificate()));
}

/** Where the front listens, from what it printed. */
function portOf(program: Program): number {
  return Number(program.stderr.text.match(/^\w+:\/\/localhost:(\d+) leads to /m)?.[1]);
}

e2e("A front makes a CA and a certificate, and curl trusts it by that CA", async (scene) => {
  const { port: behind } = scene.own(httpUpstream(answer));
  const program = await scene.start(["https://localhost:0", `http://localhost:${behind}`]);
  const port = portOf(program);
  const ca = `${scene.dataFolder}/ca.pem`;
  assertMatch(program.stderr.text, `https://localhost:${port} leads to http://localhost:${behind}`);
  assertMatch(program.stderr.text, `made a local CA for its certificate: ${ca}`);
  assertMatch(program.stderr.text, `curl --cacert ${ca} https://localhost:${port}/`);
  for (const store of ["update-ca-certificates", "Firefox", "NODE_EXTRA_CA_CERTS", "DENO_CERT"]) {
    assertMatch(program.stderr.text, store);
  }
  const { status, body } = await curl("--cacert", ca, `https://localhost:${port}/`);
  assertEquals([status, body], [200, "asked by https"]);
  assertEquals((await tryCurl(`https://localhost:${port}/`)).code, 60, "nobody else's CA vouches");
}, { needs: ["curl"] });

e2e("The local CA vouches for local names and private addresses only", async (scene) => {
  await scene.start(["https://localhost:0", `http://localhost:${freePort()}`]);
  const text = await openssl("x509", "-in", `${scene.dataFolder}/ca.pem`, "-noout", "-text");
  assertMatch(text, /Name Constraints: critical/);
  const [permitted] = text.match(/Permitted:\n( +(DNS|IP):.*\n)+/) ?? [""];
  const names = Array.from(permitted.matchAll(/DNS:(\S+)/g), ([, name]) => name).sort();
  assertEquals(names, ["internal", "localhost", "test"]);
  for (const range of ["127.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0", "192.168.0.0/255.255.0.0"]) {
    assertMatch(permitted, `IP:${range}`);
  }
  assertMatch(text, "CA:TRUE, pathlen:0");
  const leaf = `${scene.dataFolder}/localhost.pem`;
  assertMatch(await openssl("x509", "-in", leaf, "-noout", "-text"), "DNS:localhost");
  assertMatch(await openssl("verify", "-CAfile", `${scene.dataFolder}/ca.pem`, leaf), "OK");
}, { needs: ["openssl"] });

e2e("Keys can be read by their owner alone", async (scene) => {
  await scene.start(["https://localhost:0", `http://localhost:${freePort()}`]);
  for (const key of ["ca-key.pem", "localhost-key.pem"]) {
    const { mode } = await Deno.stat(`${scene.dataFolder}/${key}`);
    assertEquals(mode! & 0o777, 0o600, key);
  }
});

e2e("A second start uses the CA and the certificate that are there", async (scene) => {
  const args = ["https://localhost:0", `http://localhost:${freePort()}`];
  const first = await scene.start(args);
  const files = ["ca.pem", "ca-key.pem", "localhost.pem", "localhost-key.pem"];
  const read = () =>
    Promise.all(files.map((name) => Deno.readTextFile(`${scene.dataFolder}/${name}`)));
  const before = await read();
  first.signal("SIGTERM");
  await first.ended();
  const second = await scene.start(args);
  assertEquals(await read(), before);
  const ca = `${scene.dataFolder}/ca.pem`;
  assertMatch(second.stderr.text, `its certificate is from the local CA: ${ca}`);
  assert(!second.stderr.text.includes("made a local CA"));
});

e2e("http to https verifies the upstream, against --ca", async (scene) => {
  const { port: behind } = await tlsUpstream(scene);
  const args = ["http://localhost:0", `https://localhost:${behind}`];
  const trusting = await scene.start([...args, "--ca", "ca.pem"]);
  assertMatch(trusting.stderr.text, "verified against ca.pem");
  const { status, body } = await curl(`http://localhost:${portOf(trusting)}/`);
  assertEquals([status, body], [200, "asked by http"]);

  const distrusting = await scene.start(args);
  assertMatch(distrusting.stderr.text, "verified against the system's roots");
  assertEquals((await curl(`http://localhost:${portOf(distrusting)}/`)).status, 503);
}, { needs: ["curl"] });

e2e(
  "--insecure-skip-verify takes any upstream certificate, and says so at the start",
  async (scene) => {
    const { port: behind } = await tlsUpstream(scene);
    const program = await scene.start(
      ["http://localhost:0", `https://localhost:${behind}`, "--insecure-skip-verify"],
    );
    assertMatch(program.stderr.text, / warning --insecure-skip-verify: /);
    assertMatch(program.stderr.text, "NOT verified");
    assertEquals((await curl(`http://localhost:${portOf(program)}/`)).status, 200);
  },
  { needs: ["curl"] },
);

e2e("https to https ends one TLS and begins another", async (scene) => {
  const { port: behind } = await tlsUpstream(scene);
  const program = await scene.start(
    ["https://localhost:0", `https://localhost:${behind}`, "--ca", "ca.pem"],
  );
  const answered = await curl(
    "--cacert",
    `${scene.dataFolder}/ca.pem`,
    `https://localhost:${portOf(program)}/`,
  );
  assertEquals([answered.status, answered.body], [200, "asked by https"]);
  assertEquals(header(answered, "server"), "genkan");
}, { needs: ["curl"] });

e2e("tcp to tcp passes TLS through: curl sees the upstream's own certificate", async (scene) => {
  const { port: behind } = await tlsUpstream(scene);
  const program = await scene.start(["tcp://localhost:0", `tcp://localhost:${behind}`]);
  const answered = await curl(
    "--cacert",
    scene.path("ca.pem"),
    `https://localhost:${portOf(program)}/`,
  );
  assertEquals([answered.status, answered.body], [200, "asked by nobody in between"]);
  assertEquals([answered.protocol, header(answered, "server")], ["HTTP/2", null]);
}, { needs: ["curl"] });

e2e("tls to tcp ends TLS, tcp to tls begins it, whatever the bytes are", async (scene) => {
  const { port: plain } = scene.own(httpUpstream(answer));
  const ending = await scene.start(["tls://localhost:0", `tcp://localhost:${plain}`]);
  const beginning = await scene.start(
    ["tcp://localhost:0", `tls://localhost:${portOf(ending)}`],
  );
  const { status, body } = await curl(`http://localhost:${portOf(beginning)}/`);
  assertEquals([status, body], [200, "asked by nobody in between"]);
}, { needs: ["curl"] });

e2e("Several TO take turns", async (scene) => {
  const [one, two] = ["one", "two"].map((name) =>
    scene.own(httpUpstream(() => new Response(name)))
  );
  const program = await scene.start(["http://localhost:0", `${one.port}`, `${two.port}`]);
  const url = `http://localhost:${portOf(program)}/`;
  const answers = [(await curl(url)).body, (await curl(url)).body];
  assertEquals(answers.sort(), ["one", "two"]);
}, { needs: ["curl"] });

e2e("A front leads to a dev server that binds ::1 alone", async (scene) => {
  const server = Deno.serve(
    { hostname: "::1", port: 0, onListen: () => {} },
    () => new Response("on ::1"),
  );
  scene.own({
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
  const program = await scene.start(["http://localhost:0", `http://localhost:${server.addr.port}`]);
  assertEquals((await curl(`http://localhost:${portOf(program)}/`)).body, "on ::1");
}, { needs: ["curl"] });

const NONSENSE: readonly (readonly [args: readonly string[], words: string])[] = [
  [["localhost:8443", "http://localhost:3000"], "no scheme"],
  [["ftp://localhost:1", "http://localhost:3000"], 'unknown scheme "ftp"'],
  [["https://localhost:99999", "http://localhost:3000"], "a port is at most 65535"],
  [["https://localhost:8443", "https://localhost:8443"], "FROM and TO are the same"],
  [["https://localhost:8443", "tcp://localhost:3000"], "passes bytes"],
  [["https://localhost:8443", "http://localhost:3000/path"], '"/path"'],
  [["https://localhost:8443", "http://alice@localhost:3000"], "a user name has no place here"],
  [["https://localhost:8443"], "TO is missing"],
  [["https://localhost:8443", "http://localhost:3000", "--ca", "ca.pem"], "is not TLS"],
];

e2e("Nonsense for FROM or TO is one line that says why, and exit code 2", async (scene) => {
  for (const [args, words] of NONSENSE) {
    const { code, stdout, stderr } = await scene.run(args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, words);
    assertEquals(stderr.trimEnd().split("\n").length, 1, "one line");
  }
});

e2e("A --ca that isn't there is one line and exit code 1", async (scene) => {
  const { code, stderr } = await scene.run(
    ["http://localhost:0", "https://localhost:3000", "--ca", "missing.pem"],
  );
  assertEquals(code, 1);
  assertMatch(stderr, /^genkan: .*missing\.pem: no such file\n$/);
});

/**
 * Every version of TLS with every kind of key: genkan as the server and as the client of OpenSSL and
 * of itself. With `GENKAN_BINARY` the same on Deno is the other end, too.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { tryCurl } from "./curl.ts";
import { openssl, tryOpenssl } from "./openssl.ts";
import { BINARY, type Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

/** What OpenSSL makes a key from, and what it calls a signature with it. */
const KEYS = {
  rsa: { made: ["rsa:2048"], signature: "RSA-PSS" },
  p256: { made: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], signature: "ECDSA" },
  p384: { made: ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], signature: "ECDSA" },
  ed25519: { made: ["ed25519"], signature: "ed25519" },
} as const;

/** Bounds, and the versions between them. */
const BOUNDS = {
  old: { fields: "min_version: 1.2, max_version: 1.2", versions: ["1.2"] },
  new: { fields: "min_version: 1.3", versions: ["1.3"] },
  both: { fields: "min_version: 1.2, max_version: 1.3", versions: ["1.2", "1.3"] },
} as const;

type Key = keyof typeof KEYS;
type Bound = keyof typeof BOUNDS;

const CELLS = (Object.keys(KEYS) as Key[]).flatMap((key) =>
  (Object.keys(BOUNDS) as Bound[]).map((bound) => ({ name: `${key}-${bound}`, key, bound }))
);

/** Writes `ca.pem`, and a certificate for localhost of each kind. */
async function writeKeys(scene: Scene): Promise<void> {
  const made = (key: Key, name: string, days: string) => [
    ...["req", "-x509", "-subj", `/CN=${name}`, "-days", days, "-nodes"],
    ...["-newkey", ...KEYS[key].made],
    ...["-keyout", scene.path(`${name}-key.pem`), "-out", scene.path(`${name}.pem`)],
  ];
  await openssl(...made("p256", "ca", "2"));
  for (const key of Object.keys(KEYS) as Key[]) {
    await openssl(
      ...made(key, key, "1"),
      ...["-CA", scene.path("ca.pem"), "-CAkey", scene.path("ca-key.pem")],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-addext", "subjectAltName=DNS:localhost"],
    );
  }
}

/** A TLS listener for each cell. */
function servers(upstream: number): string {
  const all = CELLS.map(({ name, key, bound }) => `
  ${name}:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: ${key}.pem, key: ${key}-key.pem }], ${BOUNDS[bound].fields} }
    routes: [{ cluster: app }]`);
  return `listeners:${all.join("")}\nclusters: { app: { endpoints: ["127.0.0.1:${upstream}"] } }\n`;
}

/** A way over TLS, in plain from the client: its name, where to, and within which bounds. */
interface Way {
  readonly name: string;
  readonly port: number;
  readonly bound: Bound;
}

function clients(ways: readonly Way[]): string {
  const listeners = ways.map(({ name }) =>
    `\n  ${name}: { address: 127.0.0.1:0, routes: [{ cluster: ${name} }] }`
  );
  const clusters = ways.map(({ name, port, bound }) => `
  ${name}:
    endpoints: ["127.0.0.1:${port}"]
    tls: { ca: ca.pem, server_name: localhost, ${BOUNDS[bound].fields} }`);
  return `listeners:${listeners.join("")}\nclusters:${clusters.join("")}\n`;
}

e2e(
  "OpenSSL's client gets each kind of key in each version, and no other version",
  async (scene) => {
    await writeKeys(scene);
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const program = await scene.serve(servers(app.port));
    for (const { name, key, bound } of CELLS) {
      for (const version of ["1.2", "1.3"] as const) {
        const { success, text } = await tryOpenssl(
          ...[
            "s_client",
            "-connect",
            `127.0.0.1:${program.port(name)}`,
            "-servername",
            "localhost",
          ],
          ...["-CAfile", scene.path("ca.pem"), "-verify_return_error"],
          version === "1.2" ? "-tls1_2" : "-tls1_3",
        );
        const isWithin = (BOUNDS[bound].versions as readonly string[]).includes(version);
        assertEquals(success, isWithin, `${name}, ${version}: ${text}`);
        if (!isWithin) continue;
        assertMatch(text, `Peer signature type: ${KEYS[key].signature}`);
        assertMatch(text, `New, TLSv${version}, Cipher is `);
      }
    }
  },
  { needs: ["openssl"] },
);

e2e("OpenSSL's server is reached with each kind of key in each version", async (scene) => {
  await writeKeys(scene);
  const ways: Way[] = [];
  for (const key of Object.keys(KEYS) as Key[]) {
    const server = scene.spawn([
      ...["s_server", "-accept", "127.0.0.1:0", "-www"],
      ...["-cert", `${key}.pem`, "-key", `${key}-key.pem`],
    ], { peer: "openssl" });
    const [, port] = await server.says("stdout", /^ACCEPT 127\.0\.0\.1:(\d+)/m);
    for (const bound of Object.keys(BOUNDS) as Bound[]) {
      ways.push({ name: `${key}-${bound}`, port: Number(port), bound });
    }
  }
  const program = await scene.serve(clients(ways));
  for (const { name, bound } of ways) {
    const { status, body } = await tryCurl(`http://localhost:${program.port(name)}/`);
    assertEquals(status, 200, name);
    assertMatch(body, `New, TLSv${BOUNDS[bound].versions.at(-1)}, Cipher is `);
  }
}, { needs: ["curl", "openssl"] });

/** What runs at an end. */
type End = "the subject" | "Deno";

/** Starts `genkan run` at an end. */
async function start(scene: Scene, end: End, config: string): Promise<Program> {
  if (end === "the subject") return await scene.serve(config);
  const file = await scene.write("other.yaml", config);
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const args = ["run", "--allow-net", "--allow-read", "--allow-write", "--ignore-env", main];
  return await scene.start([...args, "run", "-c", file], { peer: "deno" });
}

const PAIRS: readonly (readonly [server: End, client: End])[] = BINARY === null
  ? [["the subject", "the subject"]]
  : [["the subject", "the subject"], ["the subject", "Deno"], ["Deno", "the subject"]];

for (const [serverEnd, clientEnd] of PAIRS) {
  e2e(
    `Two proxies agree on each kind of key in each version (server ${serverEnd}, client ${clientEnd})`,
    async (scene) => {
      await writeKeys(scene);
      const app = scene.own(httpUpstream(() => new Response("hello")));
      const server = await start(scene, serverEnd, servers(app.port));
      const ways = CELLS.flatMap((cell) =>
        (Object.keys(BOUNDS) as Bound[]).map((bound) => ({
          name: `${cell.name}-${bound}`,
          port: server.port(cell.name),
          bound,
          agrees: BOUNDS[cell.bound].versions.some((version) =>
            (BOUNDS[bound].versions as readonly string[]).includes(version)
          ),
        }))
      );
      const client = await start(scene, clientEnd, clients(ways));
      for (const { name, agrees } of ways) {
        const { status } = await tryCurl(`http://localhost:${client.port(name)}/`);
        assertEquals(status, agrees ? 200 : 503, name);
      }
      const refused = ways.filter(({ agrees }) => !agrees).length;
      assert(refused > 0);
      await client.says("stderr", /upstream failed .*code=tls_version/);
    },
    { needs: ["curl", "openssl"] },
  );
}

const SUITE = "ECDHE-RSA-AES128-GCM-SHA256", OTHER_SUITE = "ECDHE-RSA-AES256-GCM-SHA384";

/** A listener with one suite of TLS 1.2. */
const CHOSEN = `
listeners:
  web:
    address: 127.0.0.1:0
    tls:
      certificates: [{ cert: rsa.pem, key: rsa-key.pem }]
      max_version: 1.2
      ciphers: [${SUITE}]
    routes: [{ cluster: nowhere }]
clusters: { nowhere: { endpoints: [] } }
`;

if (BINARY !== null && !BINARY.endsWith("-deno")) {
  e2e("A listener agrees on a suite of its list and on no other", async (scene) => {
    await writeKeys(scene);
    const program = await scene.serve(CHOSEN);
    for (const suite of [SUITE, OTHER_SUITE]) {
      const connect = ["-connect", `127.0.0.1:${program.port("web")}`, "-servername", "localhost"];
      const { success, text } = await tryOpenssl("s_client", ...connect, "-cipher", suite);
      assertEquals(success, suite === SUITE, text);
      if (success) assertMatch(text, `New, TLSv1.2, Cipher is ${suite}`);
    }
  }, { needs: ["openssl"] });
} else {
  e2e("A list of suites, which Deno can't keep to, is refused", async (scene) => {
    await writeKeys(scene);
    const file = await scene.write("genkan.yaml", CHOSEN);
    for (const command of ["check", "run"]) {
      const { code, stdout, stderr } = await scene.run([command, "-c", file]);
      assertEquals(code, 1);
      assertMatch(
        stdout + stderr,
        /:8:7: .*ciphers: .*can't choose cipher suites; run genkan on Bun/,
      );
    }
  }, { needs: ["openssl"] });
}

/**
 * Clients that show a certificate.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { makeCertificates } from "../runtime/certificates.ts";
import { until } from "../server/wire.ts";
import { run } from "../tls/fixtures.ts";
import { tryCurl } from "./curl.ts";
import {
  bootstrap,
  chain,
  cluster,
  type Fields,
  httpTo,
  listenerOf,
  withAdmin,
} from "./envoy_config.ts";
import { mutual, writeAll } from "./mutual_tls.ts";
import { openssl } from "./openssl.ts";
import { BINARY, type Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { counts } from "./stats.ts";
import { httpUpstream } from "./upstream.ts";

/** A TLS listener of the native form; `more` are fields of its `tls`, `rest` its own. */
function tlsListener(name: string, clients: string, rest = "routes: [{ cluster: app }]"): string {
  return `
  ${name}:
    address: 127.0.0.1:0
    tls:
      certificates: [{ cert: localhost.pem, key: localhost-key.pem }]
      client_certificates: { ca: ca.pem${clients} }
    ${rest}`;
}

function native(listeners: readonly string[], upstream: number): string {
  return `admin: 127.0.0.1:0\nlisteners:${listeners.join("")}
clusters: { app: { endpoints: ["127.0.0.1:${upstream}"] } }\n`;
}

/** The status that curl gets with a client's certificate; 0 for none. */
async function ask(
  scene: Scene,
  port: number,
  client: string | null,
  ...more: string[]
): Promise<number> {
  const own = client === null
    ? []
    : ["--cert", scene.path(`${client}.pem`), "--key", scene.path(`${client}-key.pem`)];
  const to = ["--cacert", scene.path("ca.pem"), `https://localhost:${port}/`];
  return (await tryCurl(...own, ...more, ...to)).status;
}

const REFUSAL = /(?:handshake failed|client certificate refused) .*code=(\S+)/g;

/** The codes under which clients were refused, once there are so many. */
async function refusals(program: Program, count: number): Promise<string[]> {
  const codes = () => [...program.stderr.text.matchAll(REFUSAL)].map(([, code]) => code);
  await until(() => codes().length >= count, `${count} clients were refused`);
  return codes();
}

const REFUSED: readonly (readonly [client: string | null, code: string])[] = [
  [null, "tls_client_certificate_required"],
  ["stranger", "tls_untrusted"],
  ["unchained", "tls_untrusted"],
  ["expired", "tls_expired"],
  ["early", "tls_not_yet_valid"],
  ["for-servers", "tls_wrong_purpose"],
];

const VERSIONS = [["TLS 1.2", "--tls-max", "1.2"], ["TLS 1.3", "--tlsv1.3"]] as const;

for (const [version, ...flags] of VERSIONS) {
  e2e(`A client's certificate is required and verified (${version})`, async (scene) => {
    await writeAll(scene);
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const program = await scene.serve(native([tlsListener("web", "")], app.port));
    const port = program.port("web");
    for (const client of ["good", "chained", "wild"]) {
      assertEquals(await ask(scene, port, client, ...flags), 200, client);
    }
    for (const [client] of REFUSED) {
      assertEquals(await ask(scene, port, client, ...flags), 0, client ?? "none");
    }
    assertEquals(await refusals(program, REFUSED.length), REFUSED.map(([, code]) => code));
    await counts(program, "ssl.fail_verify_no_cert", 1);
    await counts(program, "ssl.fail_verify_error", REFUSED.length - 1);
    await counts(program, "ssl.connection_error", REFUSED.length);
    await counts(program, "ssl.handshake", 3);
  }, { needs: ["curl"] });

  e2e(`An optional certificate is verified when it is shown (${version})`, async (scene) => {
    await writeAll(scene);
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const config = native([tlsListener("web", ", required: off")], app.port);
    const program = await scene.serve(config);
    const port = program.port("web");
    assertEquals(await ask(scene, port, null, ...flags), 200);
    assertEquals(await ask(scene, port, "good", ...flags), 200);
    assertEquals(await ask(scene, port, "stranger", ...flags), 0);
    assertEquals(await ask(scene, port, "expired", ...flags), 0);
    assertEquals(await refusals(program, 2), ["tls_untrusted", "tls_expired"]);
    await counts(program, "ssl.fail_verify_no_cert", 0);
    await counts(program, "ssl.fail_verify_error", 2);
  }, { needs: ["curl"] });
}

const SANS: readonly (readonly [san: string, takesGood: boolean, takesWild: boolean])[] = [
  ["dns:client.test", true, false],
  ["dns:CLIENT.test", true, false],
  ["dns:a.wild.test", false, true],
  ["dns:a.b.wild.test", false, false],
  ["dns:wild.test", false, false],
  ["uri:spiffe://test/client", true, false],
  ["uri:spiffe://test/other", false, false],
  ["email:me@client.test", true, false],
  ["ip:10.9.8.7", true, false],
  ["ip:10.9.8.8", false, false],
];

e2e("A client's certificate must have one of the names that are wanted", async (scene) => {
  await writeAll(scene);
  const app = scene.own(httpUpstream(() => new Response("hello")));
  const listeners = SANS.map(([san], at) => tlsListener(`l${at}`, `, sans: ["${san}"]`));
  const program = await scene.serve(native(listeners, app.port));
  for (const [at, [san, good, wild]] of SANS.entries()) {
    const port = program.port(`l${at}`);
    assertEquals(await ask(scene, port, "good"), good ? 200 : 0, `${san}, good`);
    assertEquals(await ask(scene, port, "wild"), wild ? 200 : 0, `${san}, wild`);
  }
  const refused = SANS.flatMap(([, ...takes]) => takes).filter((takes) => !takes).length;
  const codes = await refusals(program, refused);
  assertEquals(codes, Array.from(codes, () => "tls_wrong_name"));
  await counts(program, "ssl.fail_verify_san", refused);
}, { needs: ["curl"] });

const LOOKS_AT_LISTS = BINARY !== null && !BINARY.endsWith("-deno");

/** A listener that believes `ca` but for those on a list of revoked certificates. */
async function withList(scene: Scene): Promise<string> {
  const { ca, leaf, clients } = await makeCertificates();
  await scene.write("ca.pem", ca);
  await scene.write("crl.pem", clients.crl);
  for (const [name, made] of [["localhost", leaf], ...Object.entries(clients)] as const) {
    if (typeof made === "string") continue;
    await scene.write(`${name}.pem`, made.certPem);
    await scene.write(`${name}-key.pem`, made.keyPem);
  }
  const app = scene.own(httpUpstream(() => new Response("hello")));
  return native([tlsListener("web", ", crl: crl.pem")], app.port);
}

if (LOOKS_AT_LISTS) {
  e2e("A client's certificate that was revoked is refused", async (scene) => {
    const program = await scene.serve(await withList(scene));
    const port = program.port("web");
    assertEquals(await ask(scene, port, "good"), 200);
    assertEquals(await ask(scene, port, "revoked"), 0);
    assertEquals(await refusals(program, 1), ["tls_revoked"]);
    await counts(program, "ssl.fail_verify_error", 1);
  }, { needs: ["curl"] });
} else {
  e2e("A list of revoked certificates, which Deno can't look at, is refused", async (scene) => {
    const file = await scene.write("genkan.yaml", await withList(scene));
    for (const command of ["check", "run"]) {
      const { code, stdout, stderr } = await scene.run([command, "-c", file]);
      assertEquals(code, 1);
      assertMatch(
        stdout + stderr,
        /:\d+:\d+: .*crl: .*can't look at revocation lists; run genkan on Bun/,
      );
    }
  });
}

e2e("Envoy's form asks for certificates as Envoy does", async (scene) => {
  await writeAll(scene);
  const app = scene.own(httpUpstream(() => new Response("hello")));
  const listener = (name: string, tls: Fields) => listenerOf(name, [chain(httpTo("app"), { tls })]);
  const san = { san_type: "URI", matcher: { exact: "spiffe://test/client" } };
  const program = await scene.serve(withAdmin(bootstrap([
    listener("required", mutual(true)),
    listener("optional", mutual(false)),
    listener("named", mutual(false, { match_typed_subject_alt_names: [san] })),
  ], [cluster("app", app.port)])));
  const takes = async (name: string, client: string | null) =>
    await ask(scene, program.port(name), client) === 200;
  assertEquals(await takes("required", "good"), true);
  assertEquals(await takes("required", null), false);
  assertEquals(await takes("required", "stranger"), false);
  assertEquals(await takes("optional", null), true);
  assertEquals(await takes("optional", "stranger"), false);
  assertEquals(await takes("named", "good"), true);
  assertEquals(await takes("named", "wild"), false);
  // A name that is wanted makes the certificate mandatory.
  assertEquals(await takes("named", null), false);
  await counts(program, "ssl.fail_verify_no_cert", 2);
  await counts(program, "ssl.fail_verify_error", 2);
  await counts(program, "ssl.fail_verify_san", 1);
}, { needs: ["curl"] });

/** What a mode makes of a client's `x=y`; `{hash}` is of its certificate. */
const MODES: readonly (readonly [mode: string, withOne: string | null, without: string | null])[] =
  [
    ["sanitize", null, null],
    ["forward_only", "x=y", null],
    ["append_forward", "x=y,By=spiffe://test/proxy;Hash={hash};URI=spiffe://test/client", null],
    ["sanitize_set", "By=spiffe://test/proxy;Hash={hash};URI=spiffe://test/client", null],
    ["always_forward_only", "x=y", "x=y"],
  ];

e2e(
  "An upstream is told of the client's certificate, in both forms and all modes",
  async (scene) => {
    await writeAll(scene);
    const header = "x-forwarded-client-cert";
    const app = scene.own(
      httpUpstream(({ headers }) => new Response(headers.get(header) ?? "nothing")),
    );
    const nativeForm = native(
      MODES.map(([mode]) =>
        tlsListener(
          mode,
          ", required: off",
          `client_cert_header: { mode: ${mode}${
            /set|append/.test(mode) ? ", details: [uri]" : ""
          } }\n    routes: [{ cluster: app }]`,
        )
      ),
      app.port,
    );
    const envoyForm = bootstrap(
      MODES.map(([mode]) => {
        const filter = httpTo("app", {
          forward_client_cert_details: mode.toUpperCase(),
          set_current_client_cert_details: { uri: true },
        });
        return listenerOf(mode, [chain(filter, { tls: mutual(false) })]);
      }),
      [cluster("app", app.port)],
    );
    const print = ["x509", "-in", scene.path("good.pem"), "-noout", "-fingerprint", "-sha256"];
    const hash = (await openssl(...print)).trim().replace(/^.*=/, "").replaceAll(":", "")
      .toLowerCase();
    const own = ["--cert", scene.path("good.pem"), "--key", scene.path("good-key.pem")];
    const to = ["-H", `${header}: x=y`, "--cacert", scene.path("ca.pem")];
    for (const config of [nativeForm, envoyForm]) {
      const program = await scene.serve(config);
      for (const [mode, withOne, without] of MODES) {
        const url = `https://localhost:${program.port(mode)}/`;
        const told = (await tryCurl(...own, ...to, url)).body;
        assertEquals(told, withOne?.replace("{hash}", hash) ?? "nothing", mode);
        assertEquals((await tryCurl(...to, url)).body, without ?? "nothing", `${mode}, without`);
      }
    }
  },
  { needs: ["curl", "openssl"] },
);

e2e("A route takes only clients with one of the names that it asks for", async (scene) => {
  await writeAll(scene);
  const app = scene.own(httpUpstream(() => new Response("hello")));
  const routes = `routes:
      - { path: /admin/, cluster: app, client_sans: ["uri:spiffe://test/client"] }
      - { cluster: app }`;
  const config = native([tlsListener("web", ", required: off", routes)], app.port);
  const port = (await scene.serve(config)).port("web");
  const to = (path: string) => ["--path-as-is", "--request-target", path];
  assertEquals(await ask(scene, port, "good", ...to("/admin/")), 200);
  assertEquals(await ask(scene, port, "wild", ...to("/admin/")), 403);
  assertEquals(await ask(scene, port, null, ...to("/admin/")), 403);
  assertEquals(await ask(scene, port, null, ...to("/open")), 200);
  assertEquals(await ask(scene, port, "wild", ...to("/open")), 200);
}, { needs: ["curl"] });

/** Says a request over `openssl s_client`, and gives all that it printed. */
async function say(scene: Scene, port: number, ...args: string[]): Promise<string> {
  const request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
  const connect = ["-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-ign_eof"];
  const trusted = ["-CAfile", scene.path("ca.pem")];
  return (await run("openssl", ["s_client", ...connect, ...trusted, ...args], request)).text;
}

for (const version of ["-tls1_2", "-tls1_3"]) {
  e2e(`A session that is resumed lets nobody past verification (${version})`, async (scene) => {
    await writeAll(scene);
    const app = scene.own(
      httpUpstream(({ headers }) =>
        new Response(`told: ${headers.get("x-forwarded-client-cert") ?? "nothing"}`)
      ),
    );
    const rest = `client_cert_header: { mode: sanitize_set, details: [dns] }
    routes: [{ cluster: app }]`;
    const program = await scene.serve(native([
      tlsListener("required", "", rest),
      tlsListener("optional", ", required: off", rest),
      tlsListener("named", `, sans: ["dns:other.test"]`, rest),
    ], app.port));
    const [anonymous, known] = [scene.path("anonymous.session"), scene.path("known.session")];
    const own = ["-cert", scene.path("good.pem"), "-key", scene.path("good-key.pem")];
    const to = (name: string, ...args: string[]) =>
      say(scene, program.port(name), version, ...args);
    assertMatch(await to("optional", "-sess_out", anonymous), "told: nothing");
    assertMatch(await to("required", ...own, "-sess_out", known), "DNS=client.test");
    for (const session of [anonymous, known]) {
      const text = await to("named", "-sess_in", session);
      assert(!text.includes("told: "), text);
    }
    const text = await to("required", "-sess_in", anonymous);
    assert(!text.includes("told: "), text);
    // Whoever resumes its own session is still known by its certificate.
    assertMatch(await to("required", ...own, "-sess_in", known), "DNS=client.test");
    assertMatch(await to("optional", "-sess_in", anonymous), "told: nothing");
  }, { needs: ["openssl"] });
}

/**
 * `genkan sandbox`: the six answer curl as Envoy's TLS sandbox does, and are gone afterwards.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { curl } from "./curl.ts";
import { children } from "./process.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { isRefused, wireUpstream } from "./upstream.ts";

/** What the echo services say of a request. */
interface Echo {
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: string;
  readonly os: { readonly hostname: string };
  readonly connection: { readonly servername?: string | false };
}

/** Where the sandbox's members listen, by name: `https://localhost:10000`. */
type Table = ReadonlyMap<string, URL>;

const MEMBERS = [
  "service-http",
  "service-https",
  "https-http",
  "https-https",
  "http-https",
  "https-passthrough",
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

for (const form of ["native", "envoy"] as const) {
  const options = form === "envoy" ? ["--envoy"] : [];

  e2e(`The sandbox's proxies (${form}) answer curl as Envoy's do`, async (scene) => {
    const { table, caPath } = await startSandbox(scene, options);
    const ask = async (member: string): Promise<Echo> => {
      const answer = await curl("--cacert", caPath, `${table.get(member)}`);
      assertEquals(answer.status, 200);
      return JSON.parse(answer.body);
    };
    const plain = (member: string) => ({
      "host": table.get(member)!.host,
      "user-agent": "curl",
      "accept": "*/*",
    });
    const proxied = (member: string, proto: string) => ({
      ...plain(member),
      "x-forwarded-proto": proto,
      "x-request-id": "a UUID",
      "x-envoy-expected-rq-timeout-ms": "15000",
    });

    const terminated = await ask("https-http");
    assertEquals(terminated.os.hostname, "service-http");
    assertEquals(shown(terminated), sorted(proxied("https-http", "https")));
    assertEquals(terminated.connection, {});

    const again = await ask("https-https");
    assertEquals(again.os.hostname, "service-https");
    assertEquals(shown(again), sorted(proxied("https-https", "https")));
    assertEquals(again.connection, { servername: false });

    const originated = await ask("http-https");
    assertEquals(originated.os.hostname, "service-https");
    assertEquals(shown(originated), sorted(proxied("http-https", "http")));
    assertEquals(originated.connection, { servername: false });

    const untouched = await ask("https-passthrough");
    assertEquals(untouched.os.hostname, "service-https");
    assertEquals(shown(untouched), sorted(plain("https-passthrough")));
    assertEquals(untouched.connection, { servername: "localhost" });
  }, { needs: ["curl"] });
}

e2e("The sandbox's services answer curl without a proxy as well", async (scene) => {
  const { table, caPath } = await startSandbox(scene);
  const http: Echo = JSON.parse((await curl(`${table.get("service-http")}`)).body);
  assertEquals([http.os.hostname, http.protocol], ["service-http", "http"]);
  const url = `${table.get("service-https")}`;
  const https: Echo = JSON.parse((await curl("--cacert", caPath, url)).body);
  assertEquals([https.os.hostname, https.protocol], ["service-https", "https"]);
}, { needs: ["curl"] });

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  e2e(
    `The sandbox stops on ${signal}: exit code 0, ports closed, no process left`,
    async (scene) => {
      const { program, table } = await startSandbox(scene);
      assertEquals(await children(program.pid), [], "the sandbox is one process");
      program.signal(signal);
      const { code, stdout } = await program.ended();
      assertEquals(code, 0);
      assertMatch(stdout, /\nready\n/);
      for (const [name, { port }] of table) {
        assert(await isRefused(Number(port)), `${name} still listens`);
      }
    },
    { needs: ["curl"] },
  );
}

e2e(
  "The sandbox keeps its certificates in the user's data folder and uses them again",
  async (scene) => {
    const first = await startSandbox(scene);
    assertEquals(first.caPath, `${scene.dataFolder}/sandbox/ca.pem`);
    const before = await Deno.readTextFile(first.caPath);
    first.program.signal("SIGINT");
    await first.program.ended();
    await startSandbox(scene);
    assertEquals(await Deno.readTextFile(first.caPath), before);
  },
);

e2e("The sandbox says which of its ports is taken, and stops", async (scene) => {
  const { port } = scene.own(wireUpstream(() => Promise.resolve()));
  const { code, stderr } = await scene.run(["sandbox", "--base-port", `${port}`]);
  assertEquals(code, 1);
  const [, taken] = stderr.match(/^genkan: Cannot listen on 127\.0\.0\.1:(\d+): /) ?? [];
  // On a busy machine it may be another one than ours.
  const ports = [0, 1, 2, 3, 80, 443].map((offset) => port + offset);
  assert(ports.includes(Number(taken)), stderr);
  assertMatch(stderr, "--base-port");
  assertEquals(stderr.match(/^ +at /m), null);
});

e2e("The sandbox task's own permissions are enough", async (scene) => {
  await Deno.mkdir(scene.path("certs"));
  const program = await scene.start(["sandbox", "--base-port", "0"], { task: "sandbox" });
  assertEquals((await Deno.stat(scene.path("certs/sandbox-key.pem"))).mode! & 0o777, 0o600);
  program.signal("SIGINT");
  assertEquals((await program.ended()).code, 0);
});

/** Starts it on free ports, in a folder where nothing is. */
async function startSandbox(
  scene: Scene,
  options: readonly string[] = [],
): Promise<{ program: Program; table: Table; caPath: string }> {
  const cwd = await Deno.makeTempDir({ dir: scene.folder });
  const program = await scene.start(["sandbox", "--base-port", "0", ...options], { cwd });
  const rows = program.stdout.text.matchAll(/^(\S+) +(https?:\S+) +(\S+) +answers$/gm);
  const table = new Map(Array.from(rows, ([, name, url]) => [name, new URL(url)]));
  assertEquals([...table.keys()], MEMBERS);
  const [, caPath] = program.stdout.text.match(/--cacert (\S+)/) ?? [];
  return { program, table, caPath };
}

/** The headers, without what differs from run to run. */
function shown({ headers }: Echo): Record<string, string> {
  const id = headers["x-request-id"];
  return sorted({
    ...headers,
    "user-agent": headers["user-agent"].split("/")[0],
    ...(id === undefined ? {} : { "x-request-id": UUID.test(id) ? "a UUID" : id }),
  });
}

function sorted(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => a < b ? -1 : 1));
}

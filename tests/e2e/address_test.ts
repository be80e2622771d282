/**
 * Where the program listens: each kind of address in each form, and the line for each that can't be
 * bound.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { curl } from "./curl.ts";
import { bootstrap, cluster, type Fields, httpTo } from "./envoy_config.ts";
import { BINARY } from "./program.ts";
import { UNPRIVILEGED, whyPrivileged } from "./rights.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** Says who the proxy says it is asked by. */
function tellingUpstream(scene: Scene): number {
  const answer = ({ headers }: Request) => new Response(headers.get("x-forwarded-for"));
  return scene.own(httpUpstream(answer)).port;
}

/** As whom a client is known that asks at this address of the machine; null when it is refused. */
async function knownAs(hostname: "127.0.0.1" | "::1", port: number): Promise<string | null> {
  const conn = await Deno.connect({ hostname, port }).catch((error) => {
    if (error instanceof Deno.errors.ConnectionRefused) return null;
    throw error;
  });
  if (conn === null) return null;
  using wire = new Wire(conn);
  await wire.send("GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
  return (await wire.toEnd()).split("\r\n\r\n")[1];
}

/** By address: who is let in, and as whom. */
const WANTED: Readonly<Record<string, readonly [ipv4: string | null, ipv6: string | null]>> = {
  "127.0.0.1": ["127.0.0.1", null],
  "[::1]": [null, "::1"],
  "0.0.0.0": ["127.0.0.1", null],
  "[::]": ["127.0.0.1", "::1"],
  "localhost": ["127.0.0.1", null],
};

async function assertReached(host: string, port: number): Promise<void> {
  const reached = [await knownAs("127.0.0.1", port), await knownAs("::1", port)];
  assertEquals(reached, [...WANTED[host]], host);
}

e2e("A listener takes the clients of its address, and tells IPv4 ones as IPv4", async (scene) => {
  const hosts = Object.keys(WANTED);
  const listeners = hosts.flatMap((host) => [
    `  "${host}": { address: "${host}:0", routes: [{ cluster: app }] }`,
    `  "${host} looks": { address: "${host}:0", inspect_tls: true, routes: [{ cluster: app }] }`,
  ]);
  const program = await scene.serve(`
listeners:
${listeners.join("\n")}
clusters: { app: { endpoints: ["127.0.0.1:${tellingUpstream(scene)}"] } }
`);
  for (const host of hosts) {
    const shown = host === "localhost" ? "127.0.0.1" : host;
    const port = program.port(host);
    assertMatch(program.stderr.text, ` listening on ${shown}:${port} (${host})\n`);
    await assertReached(host, port);
    await assertReached(host, program.port(`${host} looks`));
  }
});

e2e("Envoy's addresses are listened on alike, :: with ipv4_compat", async (scene) => {
  const addresses = Object.keys(WANTED).filter((host) => host !== "localhost");
  const listeners = addresses.map((name) => {
    const address = name.replace(/[[\]]/g, "");
    const compat: Fields = address === "::" ? { ipv4_compat: true } : {};
    return {
      name,
      address: { socket_address: { address, port_value: 0, ...compat } },
      filter_chains: [{ filters: [httpTo("app")] }],
    };
  });
  const program = await scene.serve(bootstrap(listeners, [cluster("app", tellingUpstream(scene))]));
  assert(!program.stderr.text.includes("warning"), program.stderr.text);
  for (const name of addresses) {
    const port = program.port(name);
    // Envoy's form keeps what the client says of itself, which is nothing.
    assertEquals(
      [await knownAs("127.0.0.1", port) !== null, await knownAs("::1", port) !== null],
      WANTED[name].map((who) => who !== null),
      name,
    );
  }
});

e2e("A front listens where FROM says", async (scene) => {
  const upstream = tellingUpstream(scene);
  for (const host of Object.keys(WANTED)) {
    const program = await scene.start([`http://${host}:0`, `${upstream}`]);
    const [, port] = await program.says("stderr", /^http:\/\/\S+:(\d+) leads to /m);
    await assertReached(host, Number(port));
  }
});

e2e("The admin listens where it is told to, on IPv6 and both families as well", async (scene) => {
  for (const host of ["127.0.0.1", "[::1]", "[::]", "localhost"]) {
    const program = await scene.serve(`
admin: "${host}:0"
listeners: { web: { address: 127.0.0.1:0, tcp: app } }
clusters: { app: { endpoints: [] } }
`);
    const port = new URL(program.admin).port;
    const [ipv4, ipv6] = WANTED[host];
    if (ipv4 !== null) assertEquals((await curl(`http://127.0.0.1:${port}/ready`)).body, "LIVE\n");
    if (ipv6 !== null) {
      assertEquals((await curl("-6", `http://[::1]:${port}/ready`)).body, "LIVE\n");
    }
  }
}, { needs: ["curl"] });

/** What is said of an address that can't be bound; asserts that it is one line. */
async function refusal(scene: Scene, address: string, through?: readonly string[]) {
  await scene.write(
    "genkan.yaml",
    `
listeners: { web: { address: "${address}", routes: [{ cluster: app }] } }
clusters: { app: { endpoints: [] } }
`,
  );
  const { code, stdout, stderr } = await scene.run(["run", "-c", "genkan.yaml"], { through });
  assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
  return stderr.trimEnd();
}

/** True on Bun, which may read `/proc`. */
async function seesProcesses(scene: Scene): Promise<boolean> {
  const { stdout } = await scene.run(["version"]);
  return Deno.build.os === "linux" && /bun/i.test(stdout);
}

e2e("A port that is taken is told with who has it, or how to see that", async (scene) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const known = await seesProcesses(scene);
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    const said = await refusal(scene, `${host}:${port}`);
    const holder = known
      ? ` by deno (pid ${Deno.pid})`
      : `; \`sudo ss -ltnp 'sport = :${port}'\` shows by whom`;
    assertEquals(said, `genkan: Cannot listen on ${host}:${port}: the address is in use${holder}`);
  }
});

e2e("A unix socket that is taken is told with who has it, or how to see that", async (scene) => {
  const path = scene.path("taken.sock");
  using _listener = Deno.listen({ transport: "unix", path });
  const holder = await seesProcesses(scene)
    ? ` by deno (pid ${Deno.pid})`
    : "; `sudo ss -lxp` shows by whom";
  assertEquals(
    await refusal(scene, `unix:${path}`),
    `genkan: Cannot listen on unix:${path}: the address is in use${holder}`,
  );
});

e2e("What else is wrong with an address is one line as well", async (scene) => {
  const file = await scene.write("file", "precious");
  const cases = [
    ["192.0.2.1:0", "192.0.2.1:0: no interface has this address"],
    ["unix:/nowhere/app.sock", "unix:/nowhere/app.sock: there is no such folder"],
    [`unix:${file}`, `unix:${file}: a file that is no socket is there`],
  ];
  for (const [address, words] of cases) {
    assertEquals(await refusal(scene, address), `genkan: Cannot listen on ${words}`);
  }
  assertEquals(await Deno.readTextFile(file), "precious");
});

e2e("A port that takes a right is told with how to get it", async (scene) => {
  const said = await refusal(scene, "127.0.0.1:443", UNPRIVILEGED);
  assertMatch(said, "genkan: Cannot listen on 127.0.0.1:443: permission denied; ports below 1024 ");
  const command = BINARY === null
    ? "`sudo sysctl net.ipv4.ip_unprivileged_port_start=443`"
    : `\`sudo setcap cap_net_bind_service=+ep ${BINARY}\``;
  assertMatch(said, command);
}, { without: await whyPrivileged(443) });

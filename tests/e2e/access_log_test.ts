/**
 * The access log: one line a request on stdout, in Envoy's default format.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { curl } from "./curl.ts";
import { bootstrap, cluster, httpTo, listener, STDOUT_LOG } from "./envoy_config.ts";
import { e2e } from "./scene.ts";
import { freePort, httpUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

const TIME = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\]`;
const UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

e2e("Each request is one line on stdout in Envoy's default format", async (scene) => {
  const { port } = scene.own(httpUpstream(async (request) => {
    await request.text();
    return new Response("hello");
  }));
  const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters: { behind: { endpoints: ["127.0.0.1:${port}"] } }
`);
  const web = program.port("web");
  await curl("-A", "tester/1.0", "-d", "four", `http://localhost:${web}/a?b=c`);
  const [line] = await program.says("stdout", /^.*tester.*$/m);
  const expected = `^${TIME} "POST /a\\?b=c HTTP/1\\.1" 200 - 4 5 \\d+ \\d+ "127\\.0\\.0\\.1" ` +
    `"tester/1\\.0" "${UUID}" "localhost:${web}" "127\\.0\\.0\\.1:${port}"$`;
  assertMatch(line, new RegExp(expected));
}, { needs: ["curl"] });

e2e("A client can't forge a line or a field", async (scene) => {
  const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters: { behind: { endpoints: ["127.0.0.1:${freePort()}"] } }
`);
  using wire = await Wire.connect(program.port("web"));
  await wire.send('GET /x HTTP/1.1\r\nhost: a\r\nuser-agent: a" "b\x80\x1b[31m\r\n\r\n');
  await wire.send("GET /y HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  await wire.toEnd();
  program.signal("SIGTERM");
  const { stdout } = await program.ended();
  for (const line of stdout.trimEnd().split("\n")) {
    assertMatch(line, new RegExp(`^${TIME} "(GET|-)`));
    assertEquals(line.match(/(?<!\\)"/g)?.length, 12, line);
  }
});

e2e("access_log: off keeps stdout empty, for one listener or for all", async (scene) => {
  const { port } = scene.own(httpUpstream(() => new Response("hello")));
  const program = await scene.serve(`
access_log: off
listeners:
  quiet: { address: 127.0.0.1:0, routes: [{ cluster: behind }] }
  raw: { address: 127.0.0.1:0, tcp: behind }
  loud: { address: 127.0.0.1:0, access_log: on, routes: [{ cluster: behind }] }
clusters: { behind: { endpoints: ["127.0.0.1:${port}"] } }
`);
  for (const name of ["quiet", "raw", "loud"]) {
    await curl(`http://localhost:${program.port(name)}/${name}`);
  }
  program.signal("SIGTERM");
  const { stdout } = await program.ended();
  assertMatch(stdout, /^\[[^\n]*\/loud[^\n]*\n$/);
}, { needs: ["curl"] });

e2e("Envoy's form logs where it has a StdoutAccessLog, and nowhere else", async (scene) => {
  const { port } = scene.own(httpUpstream(() => new Response("hello")));
  const program = await scene.serve(bootstrap([
    listener("quiet", httpTo("behind")),
    listener("loud", httpTo("behind", STDOUT_LOG)),
  ], [cluster("behind", port)]));
  for (const name of ["quiet", "loud"]) {
    await curl(`http://localhost:${program.port(name)}/${name}`);
  }
  program.signal("SIGTERM");
  const { stdout } = await program.ended();
  assertMatch(stdout, /^\[[^\n]*\/loud[^\n]*\n$/);
}, { needs: ["curl"] });

e2e(
  "A connection that was passed through is one line with its bytes and its endpoint",
  async (scene) => {
    const { port } = scene.own(httpUpstream(() => new Response("hello")));
    const program = await scene.serve(`
listeners: { raw: { address: 127.0.0.1:0, tcp: behind } }
clusters: { behind: { endpoints: ["127.0.0.1:${port}"] } }
`);
    const wire = await Wire.connect(program.port("raw"));
    const request = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    await wire.send(request);
    const answer = await wire.toEnd();
    wire[Symbol.dispose]();
    const [line] = await program.says("stdout", /^\[.*$/m);
    assertMatch(line, `"- - -" 0 - ${request.length} ${answer.length} `);
    assertMatch(line, new RegExp(`"127\\.0\\.0\\.1:${port}"$`));
  },
);

e2e("Whoever stops reading the access log doesn't stop the program", async (scene) => {
  const { port } = scene.own(httpUpstream(() => new Response("hello")));
  const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters: { behind: { endpoints: ["127.0.0.1:${port}"] } }
`);
  await program.stdout.hangUp();
  for (let at = 0; at < 3; at++) {
    assertEquals((await curl(`http://localhost:${program.port("web")}/`)).body, "hello");
  }
  program.signal("SIGTERM");
  assertEquals((await program.ended()).code, 0);
}, { needs: ["curl"] });

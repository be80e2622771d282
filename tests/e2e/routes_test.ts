/**
 * Which request goes where, and in what form: hosts, paths, headers, rewrites, timeouts.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { curl, FROM_ELSEWHERE, header } from "./curl.ts";
import { bootstrap, cluster, http, httpTo, listener, STDOUT_LOG } from "./envoy_config.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream, wireUpstream } from "./upstream.ts";

/** An upstream that says its name and what it was asked for. */
function named(scene: Scene, name: string): number {
  const answer = ({ url }: Request) => {
    const { pathname, search } = new URL(url);
    return new Response(`${name} ${pathname}${search}`);
  };
  return scene.own(httpUpstream(answer)).port;
}

function url(program: Program, path = "/"): string {
  return `http://localhost:${program.port("web")}${path}`;
}

/** The two upstreams of the routing tests. */
interface Ports {
  readonly app: number;
  readonly api: number;
}

const ROUTED = {
  native: ({ app, api }: Ports) => `
listeners:
  web:
    address: 127.0.0.1:0
    routes:
      - { host: app.test, path: /api/, cluster: api, prefix_rewrite: /v2/ }
      - { host: app.test, exact: /status, cluster: api }
      - { host: app.test, headers: { x-version: "2" }, cluster: api }
      - { host: app.test, cluster: app }
      - { host: "*.app.test", cluster: api }
clusters:
  app: { endpoints: ["127.0.0.1:${app}"] }
  api: { endpoints: ["127.0.0.1:${api}"] }
`,
  envoy: ({ app, api }: Ports) =>
    bootstrap([
      listener(
        "web",
        http([
          {
            name: "app",
            domains: ["app.test", "app.test:*"],
            routes: [
              {
                match: { prefix: "/api/" },
                route: { cluster: "api", prefix_rewrite: "/v2/" },
              },
              { match: { path: "/status" }, route: { cluster: "api" } },
              {
                match: {
                  prefix: "/",
                  headers: [{ name: "x-version", string_match: { exact: "2" } }],
                },
                route: { cluster: "api" },
              },
              { match: { prefix: "/" }, route: { cluster: "app" } },
            ],
          },
          {
            name: "below",
            domains: ["*.app.test"],
            routes: [{ match: { prefix: "/" }, route: { cluster: "api" } }],
          },
        ]),
      ),
    ], [cluster("app", app), cluster("api", api)]),
} as const;

const ASKED: readonly (readonly [options: readonly string[], path: string, answer: string])[] = [
  [["-H", "Host: app.test"], "/", "app /"],
  [["-H", "Host: APP.test"], "/page?q=1", "app /page?q=1"],
  [["-H", "Host: app.test"], "/api/users?id=7", "api /v2/users?id=7"],
  [["-H", "Host: app.test"], "/api", "app /api"],
  [["-H", "Host: app.test"], "/status", "api /status"],
  [["-H", "Host: app.test"], "/status/more", "app /status/more"],
  [["-H", "Host: app.test", "-H", "X-Version: 2"], "/", "api /"],
  [["-H", "Host: app.test", "-H", "X-Version: 20"], "/", "app /"],
  [["-H", "Host: eu.app.test"], "/", "api /"],
];

for (const [form, config] of Object.entries(ROUTED)) {
  e2e(`Requests are routed by host, path and header (${form})`, async (scene) => {
    const program = await scene.serve(
      config({ app: named(scene, "app"), api: named(scene, "api") }),
    );
    for (const [options, path, answer] of ASKED) {
      const { status, body } = await curl(...options, url(program, path));
      assertEquals([status, body], [200, answer], `${options.join(" ")} ${path}`);
    }
    const unknown = await curl("-H", "Host: other.test", url(program));
    assertEquals([unknown.status, unknown.body], [404, ""]);
  }, { needs: ["curl"] });
}

const SLOW = {
  native: (port: number) => `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: slow, timeout: 200ms }] } }
clusters: { slow: { endpoints: ["127.0.0.1:${port}"] } }
`,
  envoy: (port: number) =>
    bootstrap([
      listener(
        "web",
        http([{
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, route: { cluster: "slow", timeout: "0.2s" } }],
        }], STDOUT_LOG),
      ),
    ], [cluster("slow", port)]),
} as const;

for (const [form, config] of Object.entries(SLOW)) {
  e2e(
    `An upstream that is slower than the route's timeout is answered for with 504 (${form})`,
    async (scene) => {
      // Reads the request and holds its tongue until it is disconnected.
      const silent = wireUpstream(async (wire) => void await wire.toEnd());
      const program = await scene.serve(config(scene.own(silent).port));
      const { status, body } = await curl(...FROM_ELSEWHERE, url(program));
      assertEquals([status, body], [504, "upstream request timeout"]);
      await program.says("stdout", /"GET \/ HTTP\/1\.1" 504 UT /);
    },
    { needs: ["curl"] },
  );
}

/** Says all request headers, one a line. */
function headersUpstream(scene: Scene): number {
  const answer = ({ headers }: Request) =>
    new Response(Array.from(headers, ([name, value]) => `${name}: ${value}\n`).join(""));
  return scene.own(httpUpstream(answer)).port;
}

const FORGED = [
  ...["-H", "X-Forwarded-For: 6.6.6.6"],
  ...["-H", "X-Forwarded-Proto: https"],
  ...["-H", "X-Forwarded-Host: evil.test"],
  ...["-H", "Forwarded: for=6.6.6.6"],
  ...["-H", "X-Request-Id: forged"],
  ...["-H", "X-Envoy-Retry-On: 5xx"],
  ...["-H", "Connection: close, X-Hop"],
  ...["-H", "X-Hop: mine"],
];

e2e("The native form replaces forwarding headers that the client sent", async (scene) => {
  const port = headersUpstream(scene);
  const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters: { behind: { endpoints: ["127.0.0.1:${port}"] } }
`);
  const { body } = await curl(...FORGED, url(program));
  assertMatch(body, /^x-forwarded-for: 127\.0\.0\.1$/m);
  assertMatch(body, /^x-forwarded-proto: http$/m);
  assertMatch(body, new RegExp(`^x-forwarded-host: localhost:${program.port("web")}$`, "m"));
  assertMatch(body, /^x-request-id: [0-9a-f-]{36}$/m);
  assertEquals(body.match(/6\.6\.6\.6|evil|forged|retry-on|x-hop/), null);
}, { needs: ["curl"] });

e2e(
  "Envoy's form keeps them, as Envoy does, and appends the client with use_remote_address",
  async (scene) => {
    const port = headersUpstream(scene);
    const keeping = await scene.serve(
      bootstrap([listener("web", httpTo("behind"))], [cluster("behind", port)]),
    );
    const kept = (await curl(...FORGED, url(keeping))).body;
    assertMatch(kept, /^x-forwarded-for: 6\.6\.6\.6$/m);
    assertMatch(kept, /^x-forwarded-proto: https$/m);
    assertMatch(kept, /^x-request-id: forged$/m);
    assertEquals(kept.match(/retry-on|x-hop/), null);

    const appending = await scene.serve(bootstrap(
      [listener("web", httpTo("behind", { use_remote_address: true }))],
      [cluster("behind", port)],
    ));
    const appended = (await curl(...FORGED, url(appending))).body;
    assertMatch(appended, /^x-forwarded-for: 6\.6\.6\.6, ?127\.0\.0\.1$/m);
    assertMatch(appended, /^x-forwarded-proto: http$/m);
    assertMatch(appended, /^x-request-id: [0-9a-f-]{36}$/m);
    assertEquals(appended.match(/retry-on|x-hop/), null);
  },
  { needs: ["curl"] },
);

e2e(
  "A response says genkan served it, how long the upstream took, and keeps its own headers",
  async (scene) => {
    const upstream = scene.own(httpUpstream(() =>
      new Response("hello", {
        status: 201,
        headers: [
          ["server", "upstream"],
          ["x-own", "kept"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
        ],
      })
    ));
    const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters: { behind: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`);
    const answer = await curl(url(program));
    assertEquals([answer.status, answer.body], [201, "hello"]);
    assertEquals([header(answer, "server"), header(answer, "x-own")], ["genkan", "kept"]);
    assertMatch(header(answer, "x-envoy-upstream-service-time") ?? "", /^\d+$/);
    const cookies = answer.headers.filter(([name]) => name === "set-cookie");
    assertEquals(cookies.map(([, value]) => value), ["a=1", "b=2"]);
  },
  { needs: ["curl"] },
);

/**
 * Failures that explain themselves: to whom, in which form, and in whose words.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl, FROM_ELSEWHERE, header } from "./curl.ts";
import { bootstrap, cluster, httpTo, listener } from "./envoy_config.ts";
import type { Program } from "./program.ts";
import { e2e } from "./scene.ts";
import { freePort, httpUpstream } from "./upstream.ts";

const SHORT = "upstream connect error or disconnect/reset before headers. " +
  "reset reason: remote connection failure";
/** What Firefox sends. */
const BROWSER = "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

const hello = () => new Response("hello");

function url(program: Program): string {
  return `http://localhost:${program.port("web")}/`;
}

/** A listener `web` with these fields, before nobody. */
function beforeNobody(fields: string): string {
  return `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }], ${fields} } }
clusters: { app: { endpoints: ["127.0.0.1:${freePort()}"] } }
`;
}

e2e(
  "A browser gets a page, fetch gets JSON, curl gets text, and no cache keeps any",
  async (scene) => {
    const program = await scene.serveBefore(`127.0.0.1:${freePort()}`);
    const cases: [string[], string, RegExp][] = [
      [["-H", BROWSER], "text/html; charset=utf-8", /^<!doctype html>[^]*<h1>Nothing listens on /],
      [["-H", "accept: application/json"], "application/json", /"code": "connect_refused"/],
      [[], "text/plain; charset=utf-8", /^upstream connect error [^\n]+\n\nNothing listens on /],
    ];
    for (const [args, type, content] of cases) {
      const answer = await curl(...args, url(program));
      assertEquals([answer.status, header(answer, "content-type")], [503, type]);
      assertEquals([header(answer, "cache-control"), header(answer, "vary")], [
        "no-store",
        "accept",
      ]);
      assertMatch(answer.body, content);
      const head = await curl("--head", ...args, url(program));
      const length = String(new TextEncoder().encode(answer.body).length);
      assertEquals([header(head, "content-length"), head.body], [length, ""]);
    }
  },
  { needs: ["curl"] },
);

e2e("errors: short tells nobody, and detailed everybody", async (scene) => {
  const short = await scene.serve(beforeNobody("errors: short"));
  assertEquals((await curl(url(short))).body, SHORT);
  const detailed = await scene.serve(beforeNobody("errors: detailed"));
  assertMatch((await curl(...FROM_ELSEWHERE, url(detailed))).body, "code:     connect_refused");
}, { needs: ["curl"] });

e2e("Envoy's form tells nobody", async (scene) => {
  const file = bootstrap([listener("web", httpTo("app"))], [cluster("app", freePort())]);
  const program = await scene.serve(file);
  const answer = await curl("-H", BROWSER, url(program));
  assertEquals([answer.body, header(answer, "content-type")], [SHORT, "text/plain"]);
}, { needs: ["curl"] });

e2e("A server that listens on ::1 alone is found", async (scene) => {
  await using server = Deno.serve({ hostname: "::1", port: 0, onListen: () => {} }, hello);
  const { port } = server.addr;
  const program = await scene.serveBefore(`127.0.0.1:${port}`);
  const { body } = await curl(url(program));
  assertMatch(body, `\nThe server listens on [::1]:${port} only.\n`);
  assertMatch(body, `Write \`localhost:${port}\` in \`clusters.app.endpoints\``);
}, { needs: ["curl"] });

e2e("genkan FROM TO says which address to write in place of the wrong one", async (scene) => {
  await scene.writeCertificates();
  const plain = scene.own(httpUpstream(hello));
  const secure = scene.own(httpUpstream(hello, await localhostCertificate()));
  const cases = [
    [`https://localhost:${plain.port}`, `http://localhost:${plain.port}`, "doesn't speak TLS"],
    [`http://localhost:${secure.port}`, `https://localhost:${secure.port}`, "speaks TLS"],
  ] as const;
  for (const [wrong, right, title] of cases) {
    const program = await scene.start(["http://localhost:0", wrong]);
    const [, port] = await program.says("stderr", /^http:\/\/localhost:(\d+) leads to /m);
    const { body } = await curl(`http://localhost:${port}/`);
    assertMatch(body, `:${new URL(wrong).port} ${title}.\n`);
    assertMatch(body.toLowerCase(), `write \`${right}\` for to`);
    assert(!body.includes("clusters."), body);
  }
}, { needs: ["curl"] });

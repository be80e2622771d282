import type { ServerState } from "../../src/admin/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { ask } from "./fake_view.ts";

const GET_PATHS = [
  "/",
  "/certs",
  "/clusters",
  "/config_dump",
  "/help",
  "/listeners",
  "/ready",
  "/server_info",
  "/stats",
  "/stats/prometheus",
];

for (const path of GET_PATHS) {
  Deno.test(`GET, HEAD and POST ${path} answer 200, HEAD without a body`, async () => {
    for (const method of ["GET", "HEAD", "POST"]) {
      const response = await ask(path, { method });
      assertEquals(response.status, 200);
      assertEquals((await response.text()).length > 0, method !== "HEAD", method);
      assertEquals(response.headers.get("cache-control"), "no-cache, max-age=0");
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
      assertEquals(response.headers.get("server"), "genkan");
    }
  });
}

Deno.test("Each answer's content-type is Envoy's", async () => {
  const types: Record<string, string> = {};
  for (const path of [...GET_PATHS, "/stats?format=json", "/clusters?format=json", "/nowhere"]) {
    types[path] = (await ask(path)).headers.get("content-type") ?? "none";
  }
  const text = "text/plain; charset=UTF-8", json = "application/json";
  assertEquals(types, {
    "/": "text/html; charset=UTF-8",
    "/certs": json,
    "/clusters": text,
    "/config_dump": json,
    "/help": text,
    "/listeners": text,
    "/ready": text,
    "/server_info": json,
    "/stats": text,
    "/stats/prometheus": text,
    "/stats?format=json": json,
    "/clusters?format=json": json,
    "/nowhere": text,
  });
});

Deno.test("An unknown path answers 404 with the list of commands", async () => {
  for (const path of ["/nowhere", "/ready/", "/READY", "/stats/", "//ready"]) {
    const response = await ask(`http://127.0.0.1:9901${path}`);
    assertEquals(response.status, 404, path);
    const body = await response.text();
    assert(body.startsWith("invalid path. admin commands are:\n  /: Admin home page\n"), body);
  }
});

Deno.test("/help lists every endpoint in order, with its parameters", async () => {
  const body = await (await ask("/help")).text();
  assert(body.startsWith("admin commands are:\n"), body);
  assertEquals(body.match(/(?<=^ {2})\/[^ :]*/gm), [
    "/",
    "/certs",
    "/clusters",
    "/config_dump",
    "/drain_listeners",
    "/healthcheck/fail",
    "/healthcheck/ok",
    "/help",
    "/listeners",
    "/quitquitquit",
    "/ready",
    "/server_info",
    "/stats",
    "/stats/prometheus",
  ]);
  assertMatch(body, "  /quitquitquit (POST): exit the server\n");
  assertMatch(body, "      format: Format to use; One of (text, json, prometheus)\n");
});

Deno.test("POST /quitquitquit asks the server to quit; no other method does", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
    const response = await ask("/quitquitquit", { method });
    assertEquals(response.status, 405, method);
    if (method === "HEAD") continue;
    assertEquals(await response.text(), `Method ${method} not allowed, POST required.`);
  }
  let quits = 0;
  const response = await ask("/quitquitquit", { method: "POST" }, { quit: () => void quits++ });
  assertEquals([response.status, await response.text(), quits], [200, "OK\n", 1]);
});

Deno.test("/ready is 200 when the server is live and 503 in every other state", async () => {
  const states: [ServerState, number][] = [
    ["LIVE", 200],
    ["DRAINING", 503],
    ["PRE_INITIALIZING", 503],
    ["INITIALIZING", 503],
  ];
  for (const [state, status] of states) {
    const response = await ask("/ready", {}, { state });
    assertEquals([response.status, await response.text()], [status, `${state}\n`]);
  }
});

Deno.test("/server_info has Envoy's fields", async () => {
  assertEquals(await (await ask("/server_info")).json(), {
    version: "genkan/0.1.0/deno 2.9.6",
    state: "LIVE",
    uptime_current_epoch: "72s",
    uptime_all_epochs: "72s",
    hot_restart_version: "disabled",
    command_line_options: { config_path: "genkan.yaml", mode: "Serve", disable_hot_restart: true },
    node: { user_agent_name: "genkan", user_agent_version: "0.1.0" },
  });
});

Deno.test("The page links what can be read, and posts what changes something", async () => {
  const response = await ask("/", {}, { runtime: '<b>"&' });
  const page = await response.text();
  assertMatch(page, '<a href="/stats/prometheus">');
  assertMatch(page, '<form method="post" action="/quitquitquit">');
  assertMatch(page, "&lt;b>&quot;&amp;");
  assertMatch(response.headers.get("content-security-policy") ?? "", "frame-ancestors 'none'");
});

Deno.test("What fails is answered with 500 and its message, without a stack", async () => {
  const response = await ask("/certs", {}, {
    certificates: () => Promise.reject(new Error("Cannot read certificate: not DER")),
  });
  assertEquals(response.status, 500);
  assertEquals(await response.text(), "Cannot answer: Cannot read certificate: not DER\n");
});

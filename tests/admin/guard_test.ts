import { assert, assertEquals, assertMatch } from "../assert.ts";
import { ask, fakeConfig } from "./fake_view.ts";

async function status(
  headers: HeadersInit,
  bound = "127.0.0.1",
  method = "GET",
): Promise<number> {
  const config = { ...fakeConfig(), admin: { host: bound, port: 9901 } };
  return (await ask("/ready", { method, headers }, { config })).status;
}

Deno.test("A Host that is an address, localhost or the bound name is answered", async () => {
  for (
    const host of [
      "127.0.0.1:9901",
      "127.0.0.1",
      "10.1.2.3:80",
      "[::1]:9901",
      "[FE80::1]",
      "localhost:9901",
      "LocalHost",
      "localhost.",
      "admin.localhost:9901",
    ]
  ) assertEquals(await status({ host }), 200, host);
  assertEquals(await status({ host: "Edge.Example.com:9901" }, "edge.example.com"), 200);
});

Deno.test("A Host that a stranger can own is refused, whatever else it looks like", async () => {
  for (
    const host of [
      "evil.test:9901",
      "rebind.example.com",
      "127.0.0.1.evil.test",
      "localhost.evil.test",
      "evil-localhost",
      "evil.test:9901:1",
      "localhost:9901@evil.test",
      "evil.test/[::1]",
      "genkan",
      "127.1",
      "",
    ]
  ) assertEquals(await status({ host }), 403, host);
});

Deno.test("Off loopback a service's name without a dot is answered too", async () => {
  for (const bound of ["0.0.0.0", "::", "10.0.0.5"]) {
    assertEquals(await status({ host: "genkan:9901" }, bound), 200, bound);
    assertEquals(await status({ host: "genkan.evil.test:9901" }, bound), 403, bound);
  }
  for (const bound of ["127.0.0.1", "127.8.8.8", "::1", "localhost"]) {
    assertEquals(await status({ host: "genkan:9901" }, bound), 403, bound);
  }
});

Deno.test("Another site's page is refused by its Origin or its Sec-Fetch-Site", async () => {
  const host = "localhost:9901";
  for (
    const sent of [
      { origin: "https://evil.test" },
      { origin: "null" },
      { origin: "http://localhost:3000" },
      { origin: "http://127.0.0.1:9901" },
      { origin: "http://localhost" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "something-new" },
      { origin: `http://${host}`, "sec-fetch-site": "cross-site" },
    ]
  ) {
    for (const method of ["GET", "POST"]) {
      assertEquals(
        await status(Object.entries({ host, ...sent }), "127.0.0.1", method),
        403,
        JSON.stringify(sent),
      );
    }
  }
});

Deno.test("The admin's own page, an address typed in, and programs are answered", async () => {
  const host = "localhost:9901";
  for (
    const sent of [
      {},
      { origin: `http://${host}` },
      { origin: "http://LOCALHOST:9901" },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "none" },
      { origin: `http://${host}`, "sec-fetch-site": "same-origin" },
    ]
  ) assertEquals(await status(Object.entries({ host, ...sent })), 200, JSON.stringify(sent));
  assertEquals(await status({ host: "localhost:80", origin: "http://localhost" }), 200);
});

Deno.test("A refused request says why, changes nothing and learns nothing", async () => {
  let quits = 0;
  const refused = await ask("/quitquitquit", {
    method: "POST",
    headers: { origin: "https://evil.test" },
  }, { quit: () => void quits++ });
  assertEquals([refused.status, quits], [403, 0]);
  assertMatch(await refused.text(), "Forbidden: the request comes from another site's page.");
  assertEquals(refused.headers.get("access-control-allow-origin"), null);

  const rebound = await ask("/config_dump", { headers: { host: "evil.test" } });
  const body = await rebound.text();
  assertMatch(body, 'Forbidden: the Host "evil.test" could be anybody\'s.');
  assert(!body.includes("configs"), body);
});

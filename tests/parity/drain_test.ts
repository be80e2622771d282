/**
 * How genkan and a real Envoy are drained from their admin.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { asks, asksAnew, post, ready } from "../e2e/drained.ts";
import { Wire } from "../e2e/wire.ts";
import { KEY, request } from "./case.ts";
import { besideEnvoy, type Cast } from "./compare.ts";
import { type DrainCase, DRAINS, type Seen } from "./drain_cases.ts";
import type { Proxy } from "./proxies.ts";
import { OK } from "./recorder.ts";

/** How long a port may take to be closed behind the admin's answer. */
const CLOSES_MS = 2_000;

for (const drain of DRAINS) {
  const difference = drain.why === null ? "" : ", but where told";
  besideEnvoy(
    `POST ${drain.posts.join(" and ")} drains as with Envoy${difference}`,
    async (cast) => {
      for (const proxy of [cast.envoy, cast.genkan]) {
        assertEquals(await play(drain, cast, proxy), drain[proxy.name], proxy.name);
      }
      return [];
    },
  );
}

async function play(drain: DrainCase, { recorder }: Cast, proxy: Proxy): Promise<Seen> {
  const key = `${proxy.name}/drain`;
  recorder.expect(key, { answer: OK, ends: false });
  const get = request("GET /").replace(KEY, key);
  const port = proxy.port("plain");
  // One after the other, so that both were accepted when the second is answered.
  using unused = await Wire.connect(port);
  using used = await Wire.connect(port);
  assertEquals(await asks(used, get), "open");
  for (const path of drain.posts) await post(proxy.admin, path);
  const expected = drain[proxy.name].fresh;
  const end = performance.now() + CLOSES_MS;
  let fresh = await asksAnew(port, get);
  while (fresh !== expected && performance.now() < end) fresh = await asksAnew(port, get);
  return {
    ready: await ready(proxy.admin),
    used: await asks(used, get),
    unused: await asks(unused, get),
    fresh,
  };
}

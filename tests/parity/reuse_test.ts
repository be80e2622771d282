/**
 * How many connections an upstream gets from genkan and from a real Envoy.
 *
 * @module
 */

import { connect } from "../server/wire.ts";
import { KEY, request } from "./case.ts";
import { besideEnvoy } from "./compare.ts";
import { bytes } from "./observe.ts";
import type { Proxy } from "./proxies.ts";
import { ENDLESS, OK } from "./recorder.ts";

const CLOSING = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

besideEnvoy("Upstream connections are used again as Envoy does", async (cast) => {
  const { recorder } = cast;
  const wrong: string[] = [];
  for (
    const { name, answer, ends, expected } of [
      { name: "answers with a length", answer: OK, ends: false, expected: 1 },
      // The first of them takes the connection that is left from before.
      { name: "answers with connection: close", answer: CLOSING, ends: true, expected: 3 },
      { name: "answers that end with the connection", answer: ENDLESS, ends: true, expected: 4 },
    ]
  ) {
    for (const proxy of [cast.envoy, cast.genkan]) {
      const key = `${proxy.name}/${name}`;
      recorder.expect(key, { answer, ends });
      const before = recorder.connections;
      await askFourTimes(key, proxy);
      const found = recorder.connections - before;
      if (found !== expected) wrong.push(`${key}: ${found} connections, not ${expected}`);
    }
  }
  return wrong;
});

/** Four requests, one after the other, on two connections. */
async function askFourTimes(key: string, proxy: Proxy): Promise<void> {
  const send = bytes(request("GET /").replace(KEY, key));
  for (let connection = 0; connection < 2; connection++) {
    using wire = await connect(proxy.port("plain"));
    for (let at = 0; at < 2; at++) {
      await wire.send(send);
      await wire.response();
    }
  }
}

/**
 * The access log of what has no request to name a case by, beside a real Envoy's.
 *
 * @module
 */

import { connect, isReset } from "../server/wire.ts";
import { besideEnvoy } from "./compare.ts";
import { LOGGED, type Logged } from "./logged.ts";
import { bytes, normalLog } from "./observe.ts";
import type { Proxy } from "./proxies.ts";

besideEnvoy("What has no request is logged as Envoy does", async ({ envoy, genkan, recorder }) => {
  recorder.expect("probe", {
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ends: true,
  });
  const wrong: string[] = [];
  for (const each of LOGGED) {
    for (const proxy of [envoy, genkan]) {
      const line = await logged(each, proxy);
      const told = proxy === envoy ? each.envoy ?? each.line : each.line;
      if (line !== told) wrong.push(`${each.name}, ${proxy.name}: ${line}`);
    }
  }
  return wrong;
});

/** The line that a connection leaves in the log. */
async function logged({ listener, send }: Logged, { program, port }: Proxy): Promise<string> {
  const before = program.stdout.text.length;
  {
    using wire = await connect(port(listener));
    try {
      await wire.send(bytes(send));
      await wire.end();
      await wire.drain();
    } catch (error) {
      if (!isReset(error)) throw error;
    }
  }
  await program.says("stdout", new RegExp(`^[^]{${before}}.*\n`));
  return normalLog(program.stdout.text.slice(before));
}

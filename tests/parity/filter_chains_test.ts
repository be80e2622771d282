/**
 * The cases of the filter chain table, asked of a real Envoy. Its chains speak no TLS: each answers
 * with its name, whoever it is that the TLS inspector let through.
 *
 * @module
 */

import type { FilterChainMatchConfig } from "../../src/config/model.ts";
import { FilterChainTable } from "../../src/server/filter_chain_table.ts";
import { ClientHelloReader } from "../../src/tls/client_hello_reader.ts";
import { assert, assertEquals } from "../assert.ts";
import { within } from "../e2e/deadline.ts";
import { e2e } from "../e2e/scene.ts";
import {
  type Caller,
  CHAIN_CONFLICTS,
  FILTER_CHAIN_CASES,
  wholeMatch,
} from "../server/filter_chain_cases.ts";
import { hello, REAL_HELLOS } from "../tls/hellos.ts";
import { startEnvoy } from "./proxies.ts";

const ANSWER_MS = 5000;
const TYPES = "type.googleapis.com/envoy.extensions.filters";

function chain(name: string, match: Partial<FilterChainMatchConfig> | null) {
  return {
    name,
    ...match === null ? {} : {
      filter_chain_match: {
        server_names: match.serverNames ?? [],
        transport_protocol: match.transportProtocol ?? "",
        application_protocols: match.applicationProtocols ?? [],
      },
    },
    filters: [{
      name: "answer",
      typed_config: {
        "@type": `${TYPES}.network.direct_response.v3.Config`,
        response: { inline_string: name },
      },
    }],
  };
}

function listener(
  name: string,
  chains: readonly (readonly [string, Partial<FilterChainMatchConfig>])[],
  hasDefault = false,
) {
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    listener_filters: [{
      name: "tls",
      typed_config: { "@type": `${TYPES}.listener.tls_inspector.v3.TlsInspector` },
    }],
    filter_chains: chains.map(([name, match]) => chain(name, match)),
    ...hasDefault ? { default_filter_chain: chain("default", null) } : {},
  };
}

function configuration(listeners: readonly unknown[]): string {
  return JSON.stringify({
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
    static_resources: { listeners },
  });
}

/** All that comes back for these bytes; null when that is nothing. */
async function answer(port: number, bytes: Uint8Array): Promise<string | null> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(bytes);
  try {
    const text = await new Response(conn.readable).text();
    return text === "" ? null : text;
  } catch (error) {
    // Bytes that nobody read make a close a reset.
    if (error instanceof Deno.errors.ConnectionReset) return null;
    throw error;
  }
}

function speak(caller: Caller): Uint8Array {
  return caller === "plain" ? new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n") : hello(caller);
}

e2e("A real Envoy picks the filter chains that the cases tell", async (scene) => {
  const listeners = FILTER_CHAIN_CASES.map(({ name, chains, hasDefault }) =>
    listener(name, Object.entries(chains), hasDefault)
  );
  const envoy = await startEnvoy(scene, await scene.write("chains.json", configuration(listeners)));
  const wrong: string[] = [];
  for (const { name, callers } of FILTER_CHAIN_CASES) {
    for (const [caller, chain] of callers) {
      const asked = answer(envoy.port(name), speak(caller));
      const found = await within(ANSWER_MS, asked, `${name}: ${JSON.stringify(caller)}`);
      if (found !== chain) wrong.push(`${name}: ${JSON.stringify(caller)} gets ${found}`);
    }
  }
  assertEquals(wrong, []);
}, { needs: ["envoy"] });

/** A chain for each name and protocol that a real client might be seen to ask for. */
const FINE_CHAINS: Readonly<Record<string, Partial<FilterChainMatchConfig>>> = Object.fromEntries(
  ["app.example.com", "shop.example.com", "localhost", null].flatMap((name) =>
    ["h2", "http/1.1", null].map((protocol) => [
      `${name} ${protocol}`,
      {
        serverNames: name === null ? [] : [name],
        transportProtocol: "tls" as const,
        applicationProtocols: protocol === null ? [] : [protocol],
      },
    ])
  ),
);

e2e(
  "A real client's ClientHello leads to the same filter chain as in a real Envoy",
  async (scene) => {
    const chains = Object.entries(FINE_CHAINS);
    const file = await scene.write("fine.json", configuration([listener("fine", chains)]));
    const envoy = await startEnvoy(scene, file);
    const entries = chains.map(([name, match]) => ({ match: wholeMatch(match), value: { name } }));
    const table = new FilterChainTable(entries, null);
    for (const [name, bytes] of REAL_HELLOS) {
      const found = new ClientHelloReader().read(bytes);
      assert(typeof found !== "symbol", name);
      const chain = table.match({ ...found, isTls: true });
      const envoys = await within(ANSWER_MS, answer(envoy.port("fine"), bytes), name);
      assertEquals(envoys, chain?.name ?? null, name);
    }
  },
  { needs: ["envoy"] },
);

e2e("A real Envoy refuses the filter chains that the cases tell", async (scene) => {
  const verdicts: unknown[] = [];
  for (const [at, { name, chains }] of CHAIN_CONFLICTS.entries()) {
    const named = chains.map((match, index) => [`chain${index}`, match] as const);
    const file = await scene.write(`conflict${at}.json`, configuration([listener("l", named)]));
    const args = ["--mode", "validate", "--log-format", "%v", "-c", file];
    const { code, stderr } = await scene.run(args, { peer: "envoy" });
    const wrong = stderr.includes("partial wildcards")
      ? "partial wildcard"
      : /overlapping matching rules|same matching rules/.test(stderr)
      ? "same match"
      : null;
    verdicts.push({ name, wrong: code === 0 || wrong !== null ? wrong : stderr });
  }
  assertEquals(verdicts, CHAIN_CONFLICTS.map(({ name, wrong }) => ({ name, wrong })));
}, { needs: ["envoy"] });

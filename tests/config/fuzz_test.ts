/**
 * Whatever the text: a model, or a ConfigError whose problems can be shown.
 *
 * @module
 */

import fc from "fast-check";
import { formatProblem, loadConfigText } from "../../src/config/mod.ts";
import type {
  CertificateConfig,
  Config,
  HttpFilterConfig,
  VirtualHostConfig,
} from "../../src/config/model.ts";
import { ConfigError } from "../../src/errors.ts";
import { assert, assertEquals } from "../assert.ts";
import { certificateFiles, hostOf } from "./files.ts";

/** True when it loads. Fails on anything but a ConfigError with problems in their order. */
async function loads(text: string): Promise<boolean> {
  try {
    checkModel((await loadConfigText(text, { file: "a.yaml", host })).config);
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert(error.problems.length > 0);
    const lines = text.split("\n").length;
    let last = 0;
    for (const problem of error.problems) {
      assert(problem.line <= lines && (problem.line === 0) === (problem.column === 0));
      assert(problem.line >= last || problem.line === 0);
      last = problem.line;
      const [head] = formatProblem(problem).split("\n");
      assert(head.startsWith("a.yaml") && head.length < 2_000, head);
      for (const forbidden of ["undefined", "[object", "NaN"]) {
        assert(!head.includes(forbidden) || text.includes(forbidden), head);
      }
    }
    return false;
  }
}

/** What the rest of genkan relies on: no stand-in for a wrong value may get this far. */
function checkModel({ listeners, clusters }: Config): void {
  const names = new Set(clusters.map(({ name }) => name));
  assertEquals([names.size, names.has("")], [clusters.length, false]);
  assertEquals(new Set(listeners.map(({ name }) => name)).size, listeners.length);
  for (const { filterChains } of listeners) {
    assertEquals(filterChains.length, 1);
    const [{ tls, filter }] = filterChains;
    assert(tls === null || (tls.certificates.length === 1 && hasPem(tls.certificates[0])));
    assert(filter.statPrefix !== "");
    if (filter.kind === "tcp") assert(names.has(filter.cluster));
    else checkHttp(filter, names);
  }
  for (const { endpoints, connectTimeoutMs, circuitBreakers, tls } of clusters) {
    assert(connectTimeoutMs > 0);
    assert(Object.values(circuitBreakers).every(isCount));
    for (const { address, weight } of endpoints) {
      assert(address.host !== "" && address.port > 0 && weight > 0);
    }
    assert(tls === null || tls.ca === null || tls.ca.pem !== "");
    assert(tls === null || (tls.serverName !== "" && !tls.alpn.includes("")));
  }
}

function hasPem({ chain, key }: CertificateConfig): boolean {
  return chain.pem !== "" && key.pem !== "";
}

/** What ends up in a request's head must not be able to break it. */
function checkHttp(filter: HttpFilterConfig, clusters: ReadonlySet<string>): void {
  const { limits, timeouts, virtualHosts, defaultHostForHttp10, maxHops } = filter;
  assert([maxHops, ...Object.values(limits), ...Object.values(timeouts)].every(isCount));
  assert(limits.headBytes >= 1024 && limits.headFields > 0);
  assert(defaultHostForHttp10 === null || filter.acceptHttp10);
  assert(/^[!-~]+$/.test(defaultHostForHttp10 ?? "none"));
  for (const route of virtualHosts.flatMap(({ routes }) => routes)) {
    assert(isCount(route.maxBodyBytes) && /^\/[!-~]*$/.test(route.prefixRewrite ?? "/"));
    assertEquals(new Set(route.upgrades).size, route.upgrades.length);
    assert(route.upgrades.every((protocol) => /^[^\sA-Z,]+$/.test(protocol)));
  }
  checkHosts(virtualHosts, clusters);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function checkHosts(hosts: readonly VirtualHostConfig[], clusters: ReadonlySet<string>): void {
  const domains = hosts.flatMap((host) => host.domains);
  assertEquals([new Set(domains).size, domains.includes("")], [domains.length, false]);
  for (const { match, cluster } of hosts.flatMap(({ routes }) => routes)) {
    assert(clusters.has(cluster));
    assert(match.path.value.startsWith("/") || match.path.kind === "prefix");
    assert(match.headers.every(({ name }) => name !== ""));
  }
}

const host = hostOf(await certificateFiles());
const sources = await Promise.all(
  ["native_full", "native_hosts", "envoy_full", "envoy_traps"].map((name) =>
    Deno.readTextFile(new URL(`../golden/${name}.yaml`, import.meta.url))
  ),
);
const words = [...new Set(sources.join("\n").match(/[A-Za-z_@."]+|[[\]{}:,&*#|>-]/g))]
  .concat(["\n", "\n  ", "\t", "~", "null", "<<", "0", "-1", "1e9", "!!str", "---", "\0", "\r"]);

Deno.test("No text makes the loader throw anything but a ConfigError", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", maxLength: 200 }),
      async (text) => void await loads(text),
    ),
    {
      numRuns: 300,
    },
  );
});

Deno.test("No heap of a configuration's words does either", async () => {
  const anyWords = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) =>
    parts.join(" ")
  );
  await fc.assert(fc.asyncProperty(anyWords, async (text) => void await loads(text)), {
    numRuns: 1_000,
  });
});

Deno.test("No configuration with one part replaced by another does either", async () => {
  const edit = fc.record({
    source: fc.constantFrom(...sources),
    at: fc.nat(),
    length: fc.nat(40),
    word: fc.constantFrom(...words, "", "{}", "[]", "[[]]", "{a: b}", "''"),
  });
  let loaded = 0, refused = 0;
  const check = async ({ source, at, length, word }: EditOf<typeof edit>) => {
    const start = at % source.length;
    const text = source.slice(0, start) + word + source.slice(start + length);
    if (await loads(text)) loaded++;
    else refused++;
  };
  await fc.assert(fc.asyncProperty(edit, check), { numRuns: 300 });
  assert(refused > loaded);
});

const VALUES = ["{}", "x", "''", "~", "[{}]", "[~]", "['']", "-1"];

/** A few for each place, others for the next; all of them would take a minute. */
function someValues(index: number): string[] {
  return [0, 3, 5].map((step) => VALUES[(index + step) % VALUES.length]);
}

Deno.test("No field with another value lets a stand-in through to the model", async () => {
  for (const source of sources) {
    const lines = source.split("\n");
    for (const [index, line] of lines.entries()) {
      const field = /^( *(?:- )?[\w@"]+:) /.exec(line)?.[1];
      if (field === undefined) continue;
      for (const value of someValues(index)) {
        await loads(lines.with(index, `${field} ${value}`).join("\n"));
      }
    }
  }
});

Deno.test("No part in brackets with another value does either", async () => {
  for (const source of sources) {
    for (const { 0: part, index } of source.matchAll(/(?<=[[{,:] )[^\s,[\]{}]+(?=[,\]} ])/g)) {
      for (const value of someValues(index)) {
        await loads(source.slice(0, index) + value + source.slice(index + part.length));
      }
    }
  }
});

type EditOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

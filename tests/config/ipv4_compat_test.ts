/**
 * Envoy's `ipv4_compat`: where it is taken, beside what a real Envoy says, and the warning where a
 * listener takes more clients than Envoy's would.
 *
 * @module
 */

import { loadConfigText } from "../../src/config/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { certificateFiles, hostOf } from "./files.ts";
import { type Takers, testVerdicts } from "./verdicts.ts";

const TCP_PROXY = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

function listeningOn(fields: string): string {
  return `
static_resources:
  listeners:
    - name: a
      address: { socket_address: { ${fields}, port_value: 0 } }
      filter_chains:
        - filters:
            - name: tcp
              typed_config: { "@type": ${TCP_PROXY}, stat_prefix: a, cluster: a }
  clusters:
    - name: a
`;
}

const CASES: readonly (readonly [fields: string, takers: Takers])[] = [
  ['address: "::", ipv4_compat: true', "both"],
  ['address: "::"', "both"],
  ['address: "::ffff:127.0.0.1", ipv4_compat: true', "both"],
  ['address: "::1", ipv4_compat: true', "neither"],
  ["address: 127.0.0.1, ipv4_compat: true", "neither"],
  ["address: 127.0.0.1, ipv4_compat: false", "both"],
];

testVerdicts(
  "Envoy's ipv4_compat",
  CASES.map(([fields, takers]) => ({ fields, takers, text: listeningOn(fields) })),
);

Deno.test("A listener on :: without ipv4_compat comes with a warning", async () => {
  const host = hostOf(await certificateFiles());
  const warnings = async (fields: string) =>
    (await loadConfigText(listeningOn(fields), { file: "a.yaml", host })).warnings;
  const [warning, ...more] = await warnings('address: "::"');
  assertEquals([warning.line, more], [5, []]);
  assertMatch(warning.message, "Envoy only with ipv4_compat");
  assertEquals(await warnings('address: "::", ipv4_compat: true'), []);
  assertEquals(await warnings('address: "::1"'), []);
});

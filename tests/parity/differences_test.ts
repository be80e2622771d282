/**
 * The list of differences and the cases that show them are about the same things.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { CLIENT_CERT_CASES } from "../proxy/client_cert_cases.ts";
import { SAN_CASES } from "../tls/san_cases.ts";
import { DIFFERENCES } from "./differences.ts";
import { DRAINS } from "./drain_cases.ts";
import * as fields from "./field_cases.ts";
import * as http10 from "./http10_cases.ts";
import * as limits from "./limit_cases.ts";
import { LOGGED } from "./logged.ts";
import { REFUSALS } from "./refusals.ts";
import { REFUSED_ANSWERS } from "./refused_answers.ts";
import * as requests from "./request_cases.ts";
import * as responses from "./response_cases.ts";
import * as routes from "./route_cases.ts";
import * as upgrades from "./upgrade_cases.ts";

const REFUSED = [...REFUSALS, ...REFUSED_ANSWERS];
const CASES = [fields, http10, limits, requests, responses, routes, upgrades]
  .flatMap((file) => Object.values(file).flat());

Deno.test("Every difference from Envoy that is listed is shown by a case", () => {
  const shown = new Set<string>([
    ...CASES.flatMap(({ shows }) => shows.map(({ why }) => why)),
    ...REFUSED.flatMap(({ why }) => why ?? []),
    ...LOGGED.flatMap(({ why }) => why ?? []),
    ...DRAINS.flatMap(({ why }) => why ?? []),
    ...CLIENT_CERT_CASES.flatMap(({ why }) => why ?? []),
    ...SAN_CASES.flatMap(({ why }) => why ?? []),
  ]);
  assertEquals(Object.keys(DIFFERENCES).filter((name) => !shown.has(name)), []);
});

Deno.test("docs/configuration.md tells of every difference from Envoy, and in the same words", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/configuration.md", import.meta.url));
  const [, section] = /^## Where genkan differs from Envoy$([^]*?)^### Elsewhere$/m.exec(text)!;
  const items = [...section.matchAll(/^- (.*(?:\n {2}.*)*)/gm)].map(([, item]) =>
    item.replaceAll(/\n */g, " ")
  );
  assertEquals(items, Object.values(DIFFERENCES));
});

Deno.test("A case that shows a difference has it", () => {
  const idle = CASES.filter(({ shows }) =>
    shows.some((each) => [...each.envoy, ...each.genkan].length === 0)
  );
  assertEquals(idle.map(({ name }) => name), []);
  const equal = REFUSED.filter(({ why, envoy, genkan }) => (why === null) !== (envoy === genkan));
  assertEquals(equal.map(({ name }) => name), []);
});

Deno.test("Each case of the comparison with Envoy has a name of its own", () => {
  const names = [...CASES, ...REFUSED].map(({ name }) => name);
  assertEquals(names.filter((name, at) => names.indexOf(name) < at), []);
});

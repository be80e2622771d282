/**
 * The list of differences and the cases that show them are about the same things.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import * as connections from "./connection_cases.ts";
import { DIFFERENCES } from "./differences.ts";
import { REFUSALS } from "./refusals.ts";
import * as requests from "./request_cases.ts";
import { ANSWERED_BODIES, ANSWERS, FAILURES } from "./response_cases.ts";
import { ROUTES } from "./route_cases.ts";

const CASES = [
  ...Object.values(connections),
  ...Object.values(requests),
  ANSWERED_BODIES,
  ANSWERS,
  FAILURES,
  ROUTES,
].flat();

Deno.test("Every difference from Envoy that is listed is shown by a case", () => {
  const shown = new Set<string>([
    ...CASES.flatMap(({ shows }) => shows.map(({ why }) => why)),
    ...REFUSALS.flatMap(({ why }) => why ?? []),
  ]);
  assertEquals(Object.keys(DIFFERENCES).filter((name) => !shown.has(name)), []);
});

Deno.test("A case that shows a difference has it", () => {
  const idle = CASES.filter(({ shows }) =>
    shows.some((each) => [...each.envoy, ...each.genkan].length === 0)
  );
  assertEquals(idle.map(({ name }) => name), []);
  const equal = REFUSALS.filter(({ why, envoy, genkan }) => (why === null) !== (envoy === genkan));
  assertEquals(equal.map(({ name }) => name), []);
});

Deno.test("Each case of the comparison with Envoy has a name of its own", () => {
  const names = [...CASES, ...REFUSALS].map(({ name }) => name);
  assertEquals(names.filter((name, at) => names.indexOf(name) < at), []);
});

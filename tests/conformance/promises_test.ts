/**
 * What the suite covers: each thing that genkan promises to refuse or to keep has a case, and each
 * case names the clause that it tests.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { REQUESTS } from "./requests/mod.ts";
import { RESPONSES } from "./responses/mod.ts";

/** How the names of the cases begin that show it. */
const REFUSED: readonly string[] = [
  "both Content-Length and Transfer-Encoding",
  "Content-Length that repeats with different values",
  "Content-Length that is a list",
  "Content-Length that is signed",
  "Content-Length that is hex",
  "Content-Length that is empty",
  "Content-Length that is padded",
  "Content-Length over 2^53−1",
  "a well-formed other coding",
  "Transfer-Encoding that is empty",
  "Transfer-Encoding that is doubled",
  "Transfer-Encoding with controls",
  "Transfer-Encoding with commas",
  "Transfer-Encoding with quotes",
  "Transfer-Encoding with a parameter",
  "Transfer-Encoding with HTTP/1.0",
  "chunk extensions that aren't tokens",
  "chunk extensions that aren't quoted strings",
  "chunk extensions that carry controls",
  "chunk sizes with sign",
  "chunk sizes with 0x",
  "chunk sizes with underscore",
  "chunk sizes with spaces",
  "chunk sizes over 16 digits",
  "chunk sizes with bare LF",
  "missing CRLF after data",
  "a trailer section that carries framing fields",
  "a trailer section that carries routing fields",
  "whitespace before a colon",
  "obs-fold",
  "bare CR",
  "bare LF",
  "NUL in a value",
  "control bytes in values",
  "a name that isn't a token",
  "first line: ",
  "Host missing",
  "Host repeated",
  "Host invalid",
  "absolute-form: an authority that disagrees with Host",
  "authority-form without CONNECT",
  "CONNECT: 405",
  "asterisk-form without OPTIONS",
  "fragment: ",
  "target: raw bytes ≥ 0x80",
  "target: a control",
  "HTTP/1.0: 426",
  "HTTP/2's preface on a connection that speaks 1.1",
  "TLS on a plain port",
  "head bytes: one over",
  "head fields: one over",
  "target length: one over",
  "body size: one over",
  "upgrade: a protocol that isn't allowed",
  "an Upgrade with a body",
  "two upgrades pipelined",
];

const KEPT: readonly string[] = [
  "chunked in any letter case",
  "asterisk-form: OPTIONS is forwarded",
  "HTTP/1.0 accepted",
  "head bytes: exactly at",
  "head fields: exactly at",
  "target length: exactly at",
  "body size: exactly at",
  "requests a connection: one over",
  "upgrade: WebSocket",
  "upgrade: one that the upstream declines",
  "pipeline: five",
];

const OF_RESPONSES: readonly string[] = [
  "both Content-Length and Transfer-Encoding in a response",
  "extra bytes: a whole response",
  "101 unasked",
  "early hints",
  "truncated: ",
  "response chunk size: ",
  "obs-fold in a response",
  "a response's head: one over",
  "informational responses without end",
];

Deno.test("Every promise has a case that shows it", () => {
  const isRefusal = (kind: string) => kind !== "accepted" && kind !== "upgraded";
  for (const promise of REFUSED) {
    const found = REQUESTS.filter(({ name }) => name.startsWith(promise));
    assert(found.some(({ outcome }) => isRefusal(outcome.kind)), `no case refuses: ${promise}`);
  }
  for (const promise of KEPT) {
    const found = REQUESTS.filter(({ name }) => name.startsWith(promise));
    assert(found.some(({ outcome }) => !isRefusal(outcome.kind)), `no case keeps: ${promise}`);
  }
  for (const promise of OF_RESPONSES) {
    assert(RESPONSES.some(({ name }) => name.startsWith(promise)), `no case shows: ${promise}`);
  }
});

Deno.test("A case has a name of its own, and the clause that it tests", () => {
  const all = [...REQUESTS, ...RESPONSES];
  assert(all.length >= 250, `found ${all.length} cases`);
  const names = all.map(({ name }) => name);
  assertEquals(names.filter((name, at) => names.indexOf(name) !== at), []);
  for (const { clause } of all) assertMatch(clause, /^(RFC \d{4} §\d+(\.\d+)*|Envoy: \w+)$/);
});

/**
 * What the fuzzer begins with: requests and responses that are odd but valid, and such as are
 * refused, from the tables of the conformance and the differential suites; and chunked bodies.
 *
 * @module
 */

import { REQUESTS } from "../../tests/conformance/requests/mod.ts";
import { RESPONSES } from "../../tests/conformance/responses/mod.ts";
import { ACCEPTED } from "../../tests/differential/accepted.ts";
import { BODIES, HEADS } from "../../tests/differential/refused.ts";
import type { Seed, Side } from "./subject.ts";

/** Longer seeds show nothing that shorter ones don't, and take their time. */
const MAX_CHARS = 4 * 1024;

const CHUNKED_HEAD = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
const CHUNKED_ANSWER = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Chunked bodies without their heads. */
const CHUNKS = [
  "0\r\n\r\n",
  "5\r\nhello\r\n0\r\n\r\n",
  "1\r\na\r\n2\r\nbc\r\nA\r\n0123456789\r\n00000\r\n\r\n",
  '5;a;b=c;d="e;\\"f"\r\nhello\r\n0;g\r\n\r\n',
  "5\r\n0\r\n\r\n\r\n0\r\nX-Sum: 1\r\nX-More:\r\n\r\n",
  "000000000000000c\r\n5\r\nhello\r\n\r\n\r\n0\r\n\r\n",
];

const REQUEST_TEXTS = [
  ...[...ACCEPTED, ...HEADS, ...BODIES].map(({ bytes }) => bytes),
  ...REQUESTS.map(({ send }) => send),
];

/** All of them. */
export const CORPUS: readonly Seed[] = [
  ...whole("request", REQUEST_TEXTS),
  ...whole("response", RESPONSES.map(({ send }) => send)),
  ...CHUNKS.flatMap((body): Seed[] => [
    { side: "request", text: CHUNKED_HEAD + body, keep: CHUNKED_HEAD.length },
    { side: "response", text: CHUNKED_ANSWER + body, keep: CHUNKED_ANSWER.length },
  ]),
];

function whole(side: Side, texts: readonly string[]): Seed[] {
  return texts.filter((text) => text.length <= MAX_CHARS).map((text) => ({ side, text, keep: 0 }));
}

/**
 * What the fuzzer begins with: requests that are odd but valid, requests that are refused, chunked
 * bodies, responses.
 *
 * @module
 */

import { ACCEPTED } from "../../tests/differential/accepted.ts";
import { BODIES, HEADS } from "../../tests/differential/refused.ts";
import type { Seed } from "./subject.ts";

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

const RESPONSES = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
  "HTTP/1.1 200\r\ncontent-length:0\r\n\r\n",
  "HTTP/1.1 200 \xe9t\xe9\r\nContent-Length: 1\r\nX: \xff\r\n\r\n.",
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
  "HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end",
  "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
  "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: "x"\r\n\r\n',
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x05hello",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n",
];

/** All of them. */
export const CORPUS: readonly Seed[] = [
  ...[...ACCEPTED, ...HEADS, ...BODIES]
    .filter(({ bytes }) => bytes.length <= MAX_CHARS)
    .map(({ bytes }): Seed => ({ side: "request", text: bytes, keep: 0 })),
  ...RESPONSES.map((text): Seed => ({ side: "response", text, keep: 0 })),
  ...CHUNKS.flatMap((body): Seed[] => [
    { side: "request", text: CHUNKED_HEAD + body, keep: CHUNKED_HEAD.length },
    { side: "response", text: CHUNKED_ANSWER + body, keep: CHUNKED_ANSWER.length },
  ]),
];

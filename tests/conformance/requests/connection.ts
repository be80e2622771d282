/**
 * What ends at this hop: Connection and what it names, pipelines, expectations.
 *
 * @module
 */

import {
  accepts,
  expected,
  get,
  head,
  HOST,
  post,
  refuses,
  type RequestCase,
} from "../request_case.ts";

function pipelined(target: string, ...lines: readonly string[]): string {
  return head(`GET ${target} HTTP/1.1`, HOST, ...lines);
}

const FIVE = ["/1", "/2", "/3", "/4", "/5"];

export const CONNECTION: readonly RequestCase[] = [
  ...accepts("RFC 9110 §7.6.1", {
    "Connection: keep-alive isn't passed on": [get("Connection: keep-alive"), expected()],
    "Connection: nominated fields aren't passed on": [
      get("Connection: X-A, x-b", "X-A: 1", "X-B: 2", "X-C: 3"),
      expected({ fields: [["x-c", "3"]] }),
    ],
    "Connection: nominates what isn't there": [get("Connection: x-a"), expected()],
    "Connection: empty members": [
      get("Connection: , x-a ,,", "X-A: 1"),
      expected(),
    ],
    "Connection: two lines": [
      get("Connection: x-a", "X-A: 1", "Connection: x-b", "X-B: 2"),
      expected(),
    ],
    "Keep-Alive isn't passed on": [get("Keep-Alive: timeout=5"), expected()],
    "Proxy-Connection isn't passed on": [get("Proxy-Connection: close"), expected()],
    "Upgrade that isn't nominated isn't passed on": [get("Upgrade: websocket"), expected()],
  }),
  ...accepts("RFC 9110 §10.1.4", {
    "TE: trailers passes": [
      get("Connection: TE", "TE: gzip;q=0.5, trailers"),
      expected({ fields: [["te", "trailers"]] }),
    ],
    "TE: a coding doesn't pass": [get("TE: gzip"), expected()],
  }),
  ...accepts("RFC 9112 §9.6", {
    "Connection: close": [get("Connection: close"), expected()],
    "Connection: close in capitals": [get("Connection: CLOSE"), expected()],
    "Connection: close in a list": [
      get("Connection: x-a, close", "X-A: 1"),
      expected(),
    ],
    "Connection: close and keep-alive": [get("Connection: keep-alive, close"), expected()],
    "Connection: close: what follows is no request": [
      pipelined("/last", "Connection: close") + get(),
      expected({ target: "/last" }),
    ],
  }, { closes: true }),
  ...refuses("RFC 9110 §7.6.1", {
    "Connection nominates Host": get("Connection: host"),
    "Connection nominates Content-Length": post(
      ["Connection: content-length", "Content-Length: 5"],
      "hello",
    ),
    "Connection nominates Authorization": get("Connection: authorization"),
    "Connection nominates a pseudo header": get("Connection: :path"),
    "Connection nominates X-Forwarded-For": get("Connection: x-forwarded-for"),
    "Connection nominates too many": get(`Connection: ${Array(10).fill("x-a").join(",")}`),
  }),
  ...accepts("RFC 9112 §6.1", {
    "Connection nominates Transfer-Encoding, which is for this hop anyway": [
      post(["Connection: transfer-encoding", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
      expected({ method: "POST" }),
    ],
  }),
  ...accepts("RFC 9112 §9.3.2", {
    "pipeline: two": [
      pipelined("/1") + pipelined("/2"),
      expected({ target: "/1" }),
      expected({ target: "/2" }),
    ],
    "pipeline: five are answered in order": [
      FIVE.map((target) => pipelined(target)).join(""),
      ...FIVE.map((target) => expected({ target })),
    ],
    "pipeline: bodies of both kinds": [
      post(["Content-Length: 1"], "a", "/1") +
      post(["Transfer-Encoding: chunked"], "1\r\nb\r\n0\r\n\r\n", "/2") + pipelined("/3"),
      expected({ method: "POST", target: "/1", body: "a" }),
      expected({ method: "POST", target: "/2", body: "b" }),
      expected({ target: "/3" }),
    ],
    "pipeline: an empty line between": [
      `${pipelined("/1")}\r\n${pipelined("/2")}`,
      expected({ target: "/1" }),
      expected({ target: "/2" }),
    ],
    "pipeline: HEAD between": [
      pipelined("/1") + head("HEAD /2 HTTP/1.1", HOST) + pipelined("/3"),
      expected({ target: "/1" }),
      expected({ method: "HEAD", target: "/2" }),
      expected({ target: "/3" }),
    ],
  }),
  ...refuses("RFC 9112 §9.3.2", {
    "pipeline: a bad request behind a good one": pipelined("/1") + pipelined("/2", "X-A : 1"),
  }, { before: [expected({ target: "/1" })] }),
  ...refuses("RFC 9112 §9.3.2", {
    "pipeline: a bad first line behind a body": post(["Content-Length: 4"], "hello\r\n", "/1"),
  }, { before: [expected({ method: "POST", target: "/1", body: "hell" })] }),
];

/** The proxy meets a 100-continue itself, and doesn't pass it on (Envoy does the same). */
export const EXPECT: readonly RequestCase[] = [
  ...accepts("RFC 9110 §10.1.1", {
    "Expect: 100-continue with the body at once": [
      post(["Expect: 100-continue", "Content-Length: 5"], "hello"),
      expected({ method: "POST", body: "hello" }),
    ],
    "Expect: 100-continue without a body": [get("Expect: 100-continue"), expected()],
    "Expect: 100-continue and a request behind it": [
      post(["Expect: 100-continue", "Content-Length: 5"], "hello") + get(),
      expected({ method: "POST", body: "hello" }),
      expected(),
    ],
    "Expect: what nobody knows is for the origin to judge": [
      get("Expect: wonders"),
      expected({ fields: [["expect", "wonders"]] }),
    ],
  }),
  ...accepts("RFC 9110 §10.1.1", {
    "Expect: 100-continue before a length": [
      post(["Expect: 100-continue", "Content-Length: 5"], "hello"),
      expected({ method: "POST", body: "hello" }),
    ],
    "Expect: 100-continue in another letter case": [
      post(["Expect: 100-Continue", "Content-Length: 5"], "hello"),
      expected({ method: "POST", body: "hello" }),
    ],
    "Expect: 100-continue before chunks": [
      post(["Expect: 100-continue", "Transfer-Encoding: chunked"], "1\r\na\r\n0\r\n\r\n"),
      expected({ method: "POST", body: "a" }),
    ],
  }).map((each) => ({ ...each, awaitsContinue: true })),
  ...refuses("RFC 9112 §6.3", {
    "Expect: no 100 for what can't be framed": post(
      ["Expect: 100-continue", "Content-Length: 5", "Transfer-Encoding: chunked"],
      "0\r\n\r\n",
    ),
  }),
];

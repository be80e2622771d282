/**
 * Requests: methods, targets and bodies.
 *
 * @module
 */

import { type Case, KEY, request, sends, shown } from "./case.ts";
import { answered, empty, forwarded, unanswered } from "./lines.ts";

const METHODS = ["GET", "DELETE", "TRACE"];

const PATHS = [
  "/",
  "/a",
  "/a/b/",
  "//",
  "//a//b",
  "/a/../b",
  "/./a/.",
  "/%2e%2e/a",
  "/a%2Fb",
  "/a%5Cb",
  "/a%00b",
  "/%zz",
  "/a;b=c",
  "/a:b@c",
  "/!$&'()*+,;=-._~",
  "/[x]{y}|z^",
  "/`tick",
  "/?",
  "/??",
  "/?a=b&c=d",
  "/?q=a?b/c",
  "/a?x=%20+%2B",
  `/${"long/".repeat(800)}`,
];

/** What is asked for. */
export const TARGETS: readonly Case[] = [
  ...METHODS.map((method) => sends(`${method} without a body`, request(`${method} /method`))),
  ...["POST", "PUT", "PATCH", "OPTIONS", "PROPFIND"].map((method) =>
    sends(
      `${method} without a body`,
      request(`${method} /method`),
      {},
      shown("no length added", ["upstream: content-length: 0"], []),
    )
  ),
  sends("HEAD", request("HEAD /method"), {
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n",
  }),
  ...PATHS.map((path) => sends(`target ${path.slice(0, 30)}`, request(`GET ${path}`))),
  ...[
    ['/"quoted"<x>', "/\\x22quoted\\x22<x>"],
    ["/back\\slash", "/back\\x5Cslash"],
  ].map(([path, escaped]) =>
    sends(
      `target ${path}`,
      request(`GET ${path}`),
      {},
      shown("escaped log", [answered(`GET ${path} HTTP/1.1`)], [
        answered(`GET ${escaped} HTTP/1.1`),
      ]),
    )
  ),
  sends(
    "OPTIONS *",
    request("OPTIONS *"),
    {},
    shown("asterisk", [
      ...empty("404 Not Found"),
      unanswered("OPTIONS * HTTP/1.1", "a.test", "404 -", "-"),
    ], [...forwarded("OPTIONS * HTTP/1.1", "a.test"), answered("OPTIONS * HTTP/1.1")]),
  ),
  sends("absolute form", request("GET http://a.test/path?q")),
  sends("absolute form without a path", request("GET http://a.test")),
  sends("absolute form over https", request("GET https://a.test/path")),
  sends("absolute form in capitals", request("GET HTTP://A.TEST/path")),
  sends("absolute form with the default port", request("GET http://a.test:80/")),
  sends(
    "absolute form with the default port in Host",
    request("GET http://a.test/", ["host: a.test:80"]),
  ),
  sends("absolute form with a port", request("GET http://a.test:81/", ["host: a.test:81"])),
  sends("Host with a port", request("GET /", ["host: a.test:8443"])),
  sends("Host in capitals", request("GET /", ["HOST: A.Test"])),
  sends("an empty line before the request", `\r\n${request("GET /")}`),
];

const CHUNKS = "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n";

const CONTINUE = ["client: HTTP/1.1 100 Continue", "client: body 0: "];

/** Bodies, and more than one request on a connection. */
export const BODIES: readonly Case[] = [
  sends("a body of known length", request("POST /", ["content-length: 5"], "hello")),
  sends("an empty body of known length", request("POST /", ["content-length: 0"])),
  sends("a body of GET", request("GET /", ["content-length: 5"], "hello")),
  sends("a body of DELETE", request("DELETE /", ["content-length: 5"], "hello")),
  sends("a chunked body", request("POST /", ["transfer-encoding: chunked"], CHUNKS)),
  sends("a chunked body in capitals", request("POST /", ["Transfer-Encoding: CHUNKED"], CHUNKS)),
  sends("an empty chunked body", request("POST /", ["transfer-encoding: chunked"], "0\r\n\r\n")),
  sends("a chunked body of GET", request("GET /", ["transfer-encoding: chunked"], CHUNKS)),
  sends(
    "a trailer",
    request(
      "POST /",
      ["transfer-encoding: chunked", "trailer: x-sum"],
      "5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n",
    ),
  ),
  sends("a large body", request("POST /", ["content-length: 300000"], "b".repeat(300_000))),
  sends(
    "chunk sizes with zeros and capitals",
    request("POST /", ["transfer-encoding: chunked"], "000A\r\n0123456789\r\n0\r\n\r\n"),
  ),
  sends(
    "Expect: 100-continue",
    request("POST /", ["content-length: 5", "expect: 100-continue"]),
    { afterContinue: "hello" },
  ),
  sends(
    "Expect: 100-Continue in capitals",
    request("POST /", ["content-length: 5", "expect: 100-Continue"]),
    { afterContinue: "hello" },
  ),
  sends(
    "Expect: 100-continue with its body",
    request("POST /", ["content-length: 5", "expect: 100-continue"], "hello"),
    {},
    shown("awaited continue", CONTINUE, []),
  ),
  sends(
    "Expect: 100-continue without a body",
    request("GET /", ["expect: 100-continue"]),
    {},
    shown("awaited continue", CONTINUE, []),
  ),
  ...["/refused", "/nobody"].map((path) =>
    sends(
      `Expect: 100-continue for ${path}`,
      request(`POST ${path}`, ["host: routes.test", "content-length: 5", "expect: 100-continue"]),
      {},
      shown("awaited continue", CONTINUE, []),
    )
  ),
  sends(
    "half a body for a cluster without endpoints",
    request("POST /nobody", ["host: routes.test", "content-length: 5"], "he"),
  ),
  sends("a body of TRACE", request("TRACE /", ["content-length: 2"], "ok")),
  sends("a body of HEAD", request("HEAD /", ["content-length: 2"], "ok"), {
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n",
  }),
  sends("another expectation", request("GET /", ["expect: something"])),
  sends("two requests one after the other", request("GET /1") + request("GET /2"), {
    responses: 2,
  }),
  sends(
    "three requests at once, two with a body",
    request("POST /1", ["content-length: 2"], "aa") +
      request("POST /2", ["transfer-encoding: chunked"], "2\r\nbb\r\n0\r\n\r\n") +
      request("GET /3"),
    { responses: 3 },
  ),
  sends(
    "a request behind connection: close",
    request("GET /1", ["connection: close"]) + request("GET /2"),
  ),
  sends("an empty line between requests", `${request("GET /1")}\r\n${request("GET /2")}`, {
    responses: 2,
  }),
  sends("basic fields only", `GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: ${KEY}\r\n\r\n`),
];

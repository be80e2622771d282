/**
 * Requests: methods, targets, fields and bodies.
 *
 * @module
 */

import { type Case, KEY, request, sends, type Shown, shown } from "./case.ts";

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

/** The log's line of a request that was answered. */
function logged(asked: string): string {
  return `log: "${asked} HTTP/1.1" 200 - 0 2 <ms> "-" "${KEY}" "<new id>" "a.test" <upstream>`;
}

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
      shown("escaped log", [logged(`GET ${path}`)], [logged(`GET ${escaped}`)]),
    )
  ),
  sends(
    "OPTIONS *",
    request("OPTIONS *"),
    {},
    shown("asterisk", [
      "client: HTTP/1.1 404 Not Found",
      "client: content-length: 0",
      "client: body 0: ",
      `log: "OPTIONS * HTTP/1.1" 404 - 0 0 - "-" "${KEY}" "-" "a.test" -`,
    ], [
      "upstream: OPTIONS * HTTP/1.1",
      "upstream: host: a.test",
      `upstream: user-agent: ${KEY}`,
      "upstream: x-envoy-expected-rq-timeout-ms: 15000",
      "upstream: x-forwarded-proto: http",
      "upstream: x-request-id: <new id>",
      "client: HTTP/1.1 200 OK",
      "client: content-length: 2",
      "client: x-envoy-upstream-service-time: <ms>",
      "client: body 2: ok",
      logged("OPTIONS *"),
    ]),
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

/** Fields that go through, or don't. */
export const FIELDS: readonly Case[] = [
  ...[
    ["a name in capitals", "X-Custom-Name: Value"],
    ["white space around a value", "x-a: \t value \t "],
    ["an empty value", "x-a:"],
    ["no space behind the colon", "x-a:b"],
    ["bytes over 127", "x-a: caf\xe9 \xff"],
    ["a tab inside of a value", "x-a: b\tc"],
    ["a name of odd characters", "x!#$%&'*+.^`|~1: b"],
    ["an underscore in a name", "x_a: b"],
    ["quotes in a value", 'x-a: "b, c", d'],
    ["cookies in two fields", "cookie: a=1", "cookie: b=2"],
    ["a field twice", "x-a: 1", "x-b: 2", "x-a: 3"],
    ["accept-encoding", "accept-encoding: gzip, br"],
    ["authorization", "authorization: Basic YTpi"],
    ["a range", "range: bytes=0-1"],
    ["a condition", 'if-none-match: "a"'],
    ["keep-alive", "connection: keep-alive", "keep-alive: timeout=5"],
    ["connection: close", "connection: close"],
    ["connection: Close in capitals", "Connection: CLOSE"],
    ["connection: keep-alive and close", "connection: keep-alive, close"],
    ["a nominated field", "connection: x-hop", "x-hop: 1", "x-end: 2"],
    ["a nominated field in another case", "connection: X-Hop", "x-hop: 1"],
    ["a nominated field in two connection fields", "connection: x-a", "connection: x-b", "x-b: 1"],
    ["nominated te", "connection: te", "te: trailers"],
    ["nominated te, close", "connection: te, close", "te: trailers"],
    ["proxy-connection", "proxy-connection: keep-alive"],
    ["te: trailers", "te: trailers"],
    ["te: gzip", "te: gzip"],
    ["te: gzip and trailers", "te: gzip;q=0.5, trailers"],
    ["te twice", "te: gzip", "te: trailers"],
    ["te: chunked", "te: chunked"],
    ["trailer without a body", "trailer: x-sum"],
    ["upgrade without connection", "upgrade: websocket"],
    ["upgrade-insecure-requests", "upgrade-insecure-requests: 1"],
    [
      "h2c offered as curl does",
      "connection: Upgrade, HTTP2-Settings",
      "upgrade: h2c",
      "http2-settings: AAMAAABk",
    ],
    ["a referer", "referer: http://a.test/page"],
    ["a relative referer", "referer: /page"],
    ["a referer with a fragment", "referer: http://a.test/page#top"],
    ["a referer with a user", "referer: http://me:secret@a.test/"],
    ["a referer that is no URL", "referer: not a url"],
    ["a referer without a slash", "referer: a.test:80"],
    ["an empty referer", "referer:"],
    ["a referer with odd characters", 'referer: /a"b'],
    ["a referer with brackets", "referer: /a[b]|c^{d}"],
    ["a referer with a percent", "referer: /a%20b%"],
    ["an absolute referer with odd characters", 'referer: http://a.test/a"b|c d'],
    ["a referer without a host", "referer: http:///page"],
    ["a referer with a bad port", "referer: http://a.test:port/"],
    ["a referer with a query with an at", "referer: http://a.test/?me@b"],
    ["a relative referer with a query", "referer: ?a=b:c"],
    ["a relative referer with a colon behind a slash", "referer: /a:b"],
    ["a relative referer with bytes over 127", "referer: /caf\xe9"],
    ["a referer of another scheme", "referer: android-app://com.example"],
    ["about:blank as referer", "referer: about:blank"],
    ["via", "via: 1.1 before"],
    ["forwarded", "forwarded: for=1.2.3.4"],
    ["x-real-ip", "x-real-ip: 1.2.3.4"],
    ["x-client-ip", "x-client-ip: 1.2.3.4"],
    ["max-forwards", "max-forwards: 3"],
    ["proxy-authorization", "proxy-authorization: Basic YTpi"],
    ["proxy-authenticate", "proxy-authenticate: Basic"],
    ["content-type without a body", "content-type: text/plain"],
    ["content-length: 0 of GET", "content-length: 0"],
    ["x-forwarded-client-cert", "x-forwarded-client-cert: Hash=a"],
    ["date of the client", "date: Sun, 06 Nov 1994 08:49:37 GMT"],
    ["server of the client", "server: mine"],
    ["traceparent", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ["x-b3", "x-b3-traceid: 463ac35c9f6413ad", "x-b3-sampled: 1"],
    ["a large value", `x-large: ${"v".repeat(30_000)}`],
    ["ninety fields", ...Array.from({ length: 90 }, (_, at) => `x-${at}: ${at}`)],
  ].map(([name, ...fields]) => sends(name, request("GET /fields", fields))),
  ...[
    "x-envoy-retry-on: 5xx",
    "x-envoy-max-retries: 3",
    "x-envoy-upstream-rq-timeout-ms: 5",
    "x-envoy-upstream-rq-per-try-timeout-ms: 5",
    "x-envoy-expected-rq-timeout-ms: 1",
    "x-envoy-internal: true",
    "x-envoy-external-address: 1.2.3.4",
    "x-envoy-original-host: other.test",
    "x-envoy-decorator-operation: op",
    "x-envoy-downstream-service-cluster: me",
    "x-envoy-downstream-service-node: me",
    "x-envoy-ip-tags: a",
    "x-envoy-force-trace: true",
    "x-envoy-hedge-on-per-try-timeout: true",
    "x-envoy-upstream-alt-stat-name: a",
    "x-envoy-upstream-stream-duration-ms: 5",
  ].flatMap((field) =>
    ["plain", "edge"].map((listener) =>
      sends(`${field} (${listener})`, request("GET /envoy", [field]), { listener })
    )
  ),
];

/** Fields that the two treat in different ways. */
export const ODD_FIELDS: readonly Case[] = [
  odd("accept twice", ["accept: text/html", "accept: */*"], {
    why: "repeated fields",
    envoy: ["upstream: accept: text/html,*/*"],
    genkan: ["upstream: accept: text/html", "upstream: accept: */*"],
  }),
  odd("two referers", ["referer: http://a.test/1", "referer: http://a.test/2"], {
    why: "repeated fields",
    envoy: ["upstream: referer: http://a.test/1,http://a.test/2"],
    genkan: ["upstream: referer: http://a.test/1", "upstream: referer: http://a.test/2"],
  }),
  odd("proxy-connection: close", ["proxy-connection: close"], {
    why: "proxy-connection",
    envoy: ["client: connection: close", "client: closed, as told"],
    genkan: ["client: open"],
  }),
  odd("te: Trailers in capitals", ["te: Trailers"], {
    why: "TE in any case",
    envoy: [],
    genkan: ["upstream: te: trailers"],
  }),
  odd("http2-settings alone", ["http2-settings: AAMAAABk"], {
    why: "http2-settings",
    envoy: ["upstream: http2-settings: AAMAAABk"],
    genkan: [],
  }),
  odd("a referer with an underscore", ["referer: https://my_app.test/"], {
    why: "underscore in Referer",
    envoy: [],
    genkan: ["upstream: referer: https://my_app.test/"],
  }),
  odd("x-envoy-original-path", ["x-envoy-original-path: /other"], {
    why: "path in log",
    envoy: [logged("GET /other")],
    genkan: [logged("GET /odd")],
  }),
  ...[
    "x-envoy-attempt-count: 3",
    "x-envoy-is-timeout-retry: true",
    "x-envoy-overloaded: true",
    "x-envoy-immediate-health-check-fail: 1",
    "x-envoy-anything-else: 1",
  ].flatMap((field) => [
    sends(field, request("GET /odd", [field])),
    sends(
      `${field} (edge)`,
      request("GET /odd", [field]),
      { listener: "edge" },
      shown("x-envoy at the edge", [`upstream: ${field}`], []),
    ),
  ]),
  odd("x-forwarded-proto twice", ["x-forwarded-proto: https", "x-forwarded-proto: http"], {
    why: "first of two",
    envoy: ["upstream: x-forwarded-proto: https,http"],
    genkan: ["upstream: x-forwarded-proto: https"],
  }),
  odd("x-request-id twice", ["x-request-id: mine", "x-request-id: other"], {
    why: "first of two",
    envoy: [
      "upstream: x-request-id: mine,other",
      logged("GET /odd").replace("<new id>", "mine,other"),
    ],
    genkan: ["upstream: x-request-id: mine", logged("GET /odd").replace("<new id>", "mine")],
  }),
];

function odd(name: string, fields: readonly string[], difference: Shown): Case {
  return sends(name, request("GET /odd", fields), {}, difference);
}

/** Fields that tell where a request came from. */
export const FORWARDING: readonly Case[] = ["plain", "edge"].flatMap((listener) =>
  [
    ["nothing"],
    ["x-forwarded-for", "x-forwarded-for: 1.2.3.4"],
    ["x-forwarded-for of two", "x-forwarded-for: 1.2.3.4, 5.6.7.8"],
    ["x-forwarded-for twice", "x-forwarded-for: 1.2.3.4", "x-forwarded-for: 5.6.7.8"],
    ["an empty x-forwarded-for", "x-forwarded-for:"],
    ["x-forwarded-for that is none", "x-forwarded-for: unknown"],
    ["a private x-forwarded-for", "x-forwarded-for: 10.0.0.1"],
    ["x-forwarded-proto", "x-forwarded-proto: https"],
    ["x-forwarded-proto in capitals", "x-forwarded-proto: HTTPS"],
    ["a strange x-forwarded-proto", "x-forwarded-proto: gopher"],
    ["x-forwarded-host", "x-forwarded-host: other.test"],
    ["x-forwarded-port", "x-forwarded-port: 81"],
    ["x-forwarded-prefix", "x-forwarded-prefix: /a"],
    ["x-request-id", "x-request-id: mine"],
    ["an empty x-request-id", "x-request-id:"],
  ].map(([name, ...fields]) =>
    sends(
      `${name} (${listener})`,
      request("GET /forwarding", fields),
      { listener },
    )
  )
);

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

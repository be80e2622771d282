/**
 * Fields of requests: those that go through, those that don't, those that are written.
 *
 * @module
 */

import { type Case, request, sends, type Shown, shown } from "./case.ts";
import { answered } from "./lines.ts";

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
    envoy: [answered("GET /other HTTP/1.1")],
    genkan: [answered("GET /odd HTTP/1.1")],
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
      answered("GET /odd HTTP/1.1").replace("<new id>", "mine,other"),
    ],
    genkan: [
      "upstream: x-request-id: mine",
      answered("GET /odd HTTP/1.1").replace("<new id>", "mine"),
    ],
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

/**
 * Responses: heads, bodies, and how the upstream ends them.
 *
 * @module
 */

import { answers, type Case, type CaseOptions, request, sends, shown } from "./case.ts";
import type { Difference } from "./differences.ts";

import { answered, BAD_GATEWAY } from "./lines.ts";
import { OK } from "./recorder.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

const LONG = "v".repeat(70_000);

/** An answer that Envoy passes on, and genkan makes a 502. */
function badGateway(
  why: Difference,
  name: string,
  answer: string,
  { envoy, ...options }: CaseOptions & { readonly envoy: readonly string[] },
): Case {
  return answers(
    name,
    answer,
    options,
    shown(why, envoy, BAD_GATEWAY),
  );
}

/** Lines that genkan alone has: informational answers. */
function informational(...lines: readonly string[]) {
  return shown("informational answers", [], lines.map((line) => `client: ${line}`));
}

const NO_CODING = shown("answer to HEAD", [
  "client: transfer-encoding: chunked",
  "client: body chunked 0: ",
], ["client: body 0: "]);

/** Fields and statuses of answers. */
export const ANSWERS: readonly Case[] = [
  ...[
    ["date of the upstream", `date: ${DATE}`],
    ["server of the upstream", "server: theirs"],
    ["names in capitals", "X-Custom: Value"],
    ["white space around a value", "x-a: \t value \t "],
    ["an empty value", "x-a:"],
    ["bytes over 127", "x-a: caf\xe9"],
    ["a field twice", "x-a: 1", "x-b: 2", "x-a: 3"],
    ["set-cookie twice", "set-cookie: a=1; Path=/", "set-cookie: b=2"],
    ["gzip untouched", "content-encoding: gzip"],
    ["vary, etag and cache-control", "vary: accept", 'etag: "a"', "cache-control: no-store"],
    ["www-authenticate", 'www-authenticate: Basic realm="a"'],
    ["proxy-authenticate", "proxy-authenticate: Basic"],
    ["keep-alive", "connection: keep-alive", "keep-alive: timeout=5"],
    ["connection: close", "connection: close"],
    ["proxy-connection", "proxy-connection: keep-alive"],
    ["upgrade on offer", "upgrade: h2c", "connection: upgrade"],
    ["upgrade without connection", "upgrade: h2c"],
    ["alt-svc", 'alt-svc: h3=":443"'],
    ["te and trailer", "te: trailers", "trailer: x-sum"],
    ["via", "via: 1.1 inside"],
    ["x-envoy-upstream-service-time", "x-envoy-upstream-service-time: later"],
    ["x-envoy-overloaded", "x-envoy-overloaded: true"],
    ["x-envoy-anything", "x-envoy-anything: 1"],
    ["x-envoy-decorator-operation", "x-envoy-decorator-operation: a"],
    ["x-envoy-immediate-health-check-fail", "x-envoy-immediate-health-check-fail: 1"],
    ["x-envoy-degraded", "x-envoy-degraded: 1"],
    ["x-request-id", "x-request-id: theirs"],
    ["a large head", ...Array.from({ length: 40 }, (_, at) => `x-${at}: ${"v".repeat(1000)}`)],
  ].map(([name, ...fields]) =>
    answers(
      `answer: ${name}`,
      ["HTTP/1.1 200 OK", "content-length: 2", ...fields, "", "ok"].join("\r\n"),
    )
  ),
  ...[
    ["200", "OK"],
    ["201", "Created"],
    ["202", "Accepted"],
    ["206", "Partial Content"],
    ["301", "Moved Permanently"],
    ["302", "Found"],
    ["307", "Temporary Redirect"],
    ["400", "Bad Request"],
    ["401", "Unauthorized"],
    ["404", "Not Found"],
    ["429", "Too Many Requests"],
    ["500", "Internal Server Error"],
    ["502", "Bad Gateway"],
    ["503", "Service Unavailable"],
    ["504", "Gateway Timeout"],
    ["599", "Last Unassigned Server Error Code"],
  ].map(([status, reason]) =>
    answers(`status ${status}`, `HTTP/1.1 ${status} ${reason}\r\ncontent-length: 2\r\n\r\nok`)
  ),
  ...[
    ["200 Fine", "200 OK"],
    ["200 ", "200 OK"],
    ["299 ", "299 Unknown"],
    ["418 I'm a teapot", "418 Unknown"],
    ["451 Unavailable For Legal Reasons", "451 Unknown"],
  ].map(([theirs, envoys]) =>
    answers(
      `status line ${theirs}`,
      `HTTP/1.1 ${theirs}\r\ncontent-length: 2\r\n\r\nok`,
      {},
      shown("reason phrase", [`client: HTTP/1.1 ${envoys}`], [`client: HTTP/1.1 ${theirs}`]),
    )
  ),
  answers(
    "no space for a reason",
    "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok",
    {},
    shown("reason phrase", ["client: HTTP/1.1 200 OK"], ["client: HTTP/1.1 200 "]),
  ),
  answers(
    "answer: two dates",
    `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ndate: ${DATE}\r\ndate: ${DATE}\r\n\r\nok`,
    {},
    shown("repeated fields", [`client: date: ${DATE},${DATE}`], [
      `client: date: ${DATE}`,
      `client: date: ${DATE}`,
    ]),
  ),
  answers(
    "answer: a nominated field",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x-hop\r\nx-hop: 1\r\n\r\nok",
    {},
    shown("nominated in answer", ["client: x-hop: 1"], []),
  ),
  ...["600", "999"].map((status) =>
    badGateway(
      "status from 100 to 599",
      `status ${status}`,
      `HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\n\r\nok`,
      {
        envoy: [
          `client: HTTP/1.1 ${status} Unknown`,
          "client: content-length: 2",
          "client: x-envoy-upstream-service-time: <ms>",
          "client: body 2: ok",
          answered("GET / HTTP/1.1", { code: `${status} -` }),
        ],
      },
    )
  ),
];

/** Bodies of answers. */
export const ANSWERED_BODIES: readonly Case[] = [
  answers("no body", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
  answers(
    "a chunked answer",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  ),
  answers(
    "a chunked answer in capitals",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n",
  ),
  answers(
    "an empty chunked answer",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ),
  answers(
    "an answer with a trailer",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n",
  ),
  answers("an answer that ends with the connection", "HTTP/1.1 200 OK\r\n\r\nok", { ends: true }),
  answers(
    "an answer that ends with the connection, as told",
    "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok",
    { ends: true },
  ),
  answers("an empty answer that ends with the connection", "HTTP/1.1 200 OK\r\n\r\n", {
    ends: true,
  }),
  answers("HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", {
    ends: true,
  }),
  answers("HTTP/1.0 to the end", "HTTP/1.0 200 OK\r\n\r\nok", { ends: true }),
  answers(
    "a large answer",
    `HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n${"b".repeat(300_000)}`,
  ),
  answers("HEAD with a length", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", { line: "HEAD /" }),
  answers("HEAD without a length", "HTTP/1.1 200 OK\r\n\r\n", { line: "HEAD /" }, NO_CODING),
  answers(
    "HEAD of a chunked answer",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    { line: "HEAD /" },
    NO_CODING,
  ),
  answers("HEAD of an empty answer", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", {
    line: "HEAD /",
  }),
  answers("204", "HTTP/1.1 204 No Content\r\n\r\n"),
  answers("204 with a length of 0", "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"),
  answers("205", "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n"),
  answers("304", 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n'),
  answers("304 with a length", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n"),
  answers("304 of HEAD", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", {
    line: "HEAD /",
  }),
  answers(
    "103 before the answer",
    `HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n${OK}`,
    {},
    informational("HTTP/1.1 103 Early Hints", "link: </a>; rel=preload", "body 0: "),
  ),
  answers(
    "102 before the answer",
    `HTTP/1.1 102 Processing\r\n\r\n${OK}`,
    {},
    informational("HTTP/1.1 102 Processing", "body 0: "),
  ),
  answers(
    "100 that nobody asked for",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  ),
  sends(
    "an answer without a body to a closing client",
    request("GET /", ["connection: close"]),
    { answer: "HTTP/1.1 204 No Content\r\n\r\n" },
  ),
  sends(
    "an endless answer to a closing client",
    request("GET /", ["connection: close"]),
    { answer: "HTTP/1.1 200 OK\r\n\r\nok", ends: true },
  ),
];

/** What an upstream says that can't be passed on. */
export const FAILURES: readonly Case[] = [
  answers("nothing before it closes", "", { ends: true }),
  answers("half a head before it closes", "HTTP/1.1 200 OK\r\ncontent-", { ends: true }),
  answers("no HTTP", "hello there, who are you?\r\n\r\n", { ends: true }),
  answers("a status that is no number", "HTTP/1.1 abc OK\r\n\r\n", { ends: true }),
  answers("a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\ncontent-length: 0\r\n\r\n", {
    ends: true,
  }),
  answers(
    "an answer of two lengths",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
    {
      ends: true,
    },
  ),
  answers(
    "an answer of a length and chunks",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    { ends: true },
  ),
  answers("another transfer coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nok", {
    ends: true,
  }),
  badGateway(
    "101 unasked",
    "a 101 that nobody asked for",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: a\r\nconnection: upgrade\r\n\r\n",
    {
      ends: true,
      envoy: [
        "client: HTTP/1.1 101 Switching Protocols",
        "client: x-envoy-upstream-service-time: <ms>",
        "client: body 0: ",
        answered("GET / HTTP/1.1", { code: "101 -", bytes: "0 0" }),
      ],
    },
  ),
  badGateway(
    "answer's head",
    "a head of 70,000 bytes",
    `HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-a: ${LONG}\r\n\r\n`,
    {
      envoy: [
        "client: HTTP/1.1 200 OK",
        "client: content-length: 0",
        `client: x-a: ${LONG}`,
        "client: x-envoy-upstream-service-time: <ms>",
        "client: body 0: ",
        answered("GET / HTTP/1.1", { code: "200 -", bytes: "0 0" }),
      ],
    },
  ),
  answers("a head of 90,000 bytes", `HTTP/1.1 200 OK\r\nx-a: ${"v".repeat(90_000)}\r\n\r\n`),
  answers(
    "an answer of a hundred and one fields",
    `HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(101)}content-length: 0\r\n\r\n`,
    { ends: true },
  ),
];

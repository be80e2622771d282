/**
 * Connections: HTTP/1.0, upgrades, limits of time and number, TLS, and bytes without HTTP.
 *
 * @module
 */

import type { Wire } from "../server/wire.ts";
import { type Case, type CaseOptions, KEY, request, sends, type Shown, shown } from "./case.ts";
import { OK } from "./recorder.ts";
import { BAD_GATEWAY } from "./response_cases.ts";

const OLD = "GET / HTTP/1.0";
const ENDLESS = "HTTP/1.1 200 OK\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

/** HTTP/1.0 where it is accepted; `status` is that of both answers. */
function old(
  name: string,
  send: string,
  { status = "200 OK", ...options }: CaseOptions & { readonly status?: string } = {},
  ...shows: readonly Shown[]
): Case {
  const version = shown("own version", [`client: HTTP/1.0 ${status}`], [
    `client: HTTP/1.1 ${status}`,
  ]);
  return sends(name, send, { listener: "http10", ...options }, version, ...shows);
}

/** A line of the log of a request that went nowhere. */
function unanswered(asked: string, host: string, code: string, id = "<new id>"): string {
  return `log: "${asked}" ${code} 0 0 - "-" "${KEY}" "${id}" "${host}" -`;
}

/** Genkan gives no id to a request that goes nowhere. */
function noId(asked: string, host: string, code: string): Shown {
  return shown("id in log", [unanswered(asked, host, code)], [
    unanswered(asked, host, code, "-"),
  ]);
}

const KEEP_ALIVE = "connection: keep-alive";

/** HTTP/1.0. */
export const HTTP10: readonly Case[] = [
  old("HTTP/1.0", request(OLD)),
  old("HTTP/1.0 with keep-alive", request(OLD, [KEEP_ALIVE])),
  old("HTTP/1.0 with close", request(OLD, ["connection: close"])),
  old("HTTP/1.0 without a Host", `${OLD}\r\nuser-agent: ${KEY}\r\n\r\n`),
  old(
    "HTTP/1.0 without a Host or a default",
    `${OLD}\r\nuser-agent: ${KEY}\r\n\r\n`,
    { listener: "http10-named", status: "400 Bad Request" },
    shown("refused in log", [unanswered(OLD, "-", "400 -", "-")], [
      unanswered(OLD, "", "400 DPE", "-"),
    ]),
  ),
  old("HTTP/1.0 in absolute form", request("GET http://a.test/x HTTP/1.0")),
  old("HTTP/1.0 of POST", request("POST / HTTP/1.0", ["content-length: 5"], "hello")),
  old(
    "HTTP/1.0 of POST without a length",
    request("POST / HTTP/1.0"),
    {},
    shown("no length added", ["upstream: content-length: 0"], []),
  ),
  old("HTTP/1.0 of HEAD", request("HEAD / HTTP/1.0"), {
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
  }),
  old("HTTP/1.0 to a chunked answer", request(OLD), { answer: CHUNKED }),
  old("HTTP/1.0 with keep-alive to a chunked answer", request(OLD, [KEEP_ALIVE]), {
    answer: CHUNKED,
  }),
  old("HTTP/1.0 to an endless answer", request(OLD), { answer: ENDLESS, ends: true }),
  old("HTTP/1.0 to 204", request(OLD), {
    answer: "HTTP/1.1 204 No Content\r\n\r\n",
    status: "204 No Content",
  }),
  old("HTTP/1.0 to 103", request(OLD), {
    answer: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`,
  }),
  old(
    "HTTP/1.0 with an expectation",
    request("POST / HTTP/1.0", ["content-length: 2", "expect: 100-continue"], "ok"),
    {},
    shown("no continue in HTTP/1.0", ["client: HTTP/1.0 100 Continue", "client: body 0: "], []),
  ),
  old(
    "HTTP/1.0 without a route",
    request("GET /nowhere HTTP/1.0", ["host: routes.test"]),
    { status: "404 Not Found" },
    noId("GET /nowhere HTTP/1.0", "routes.test", "404 NR"),
  ),
  old(
    "HTTP/1.0 without a route, with keep-alive",
    request("GET /nowhere HTTP/1.0", ["host: routes.test", KEEP_ALIVE]),
    { status: "404 Not Found" },
    shown("keep-alive in HTTP/1.0", ["client: connection: close", "client: closed, as told"], [
      "client: connection: keep-alive",
      "client: open",
    ]),
    noId("GET /nowhere HTTP/1.0", "routes.test", "404 NR"),
  ),
  old("HTTP/1.0 with te", request(OLD, ["te: trailers"])),
  sends(
    "HTTP/1.0 with an upgrade",
    request(OLD, ["connection: upgrade", "upgrade: websocket"]),
    { listener: "http10" },
    shown("upgrade in HTTP/1.0", [
      "client: HTTP/1.0 403 Forbidden",
      "client: content-length: 0",
      "client: body 0: ",
      unanswered(OLD, "a.test", "403 -"),
    ], [
      "upstream: GET / HTTP/1.1",
      "upstream: host: a.test",
      `upstream: user-agent: ${KEY}`,
      "upstream: x-envoy-expected-rq-timeout-ms: 15000",
      "upstream: x-forwarded-proto: http",
      "upstream: x-request-id: <new id>",
      "client: HTTP/1.1 200 OK",
      "client: content-length: 2",
      "client: x-envoy-upstream-service-time: <ms>",
      "client: body 2: ok",
      `log: "${OLD}" 200 - 0 2 <ms> "-" "${KEY}" "<new id>" "a.test" <upstream>`,
    ]),
  ),
  sends("HTTP/1.1 beside it", request("GET /"), { listener: "http10" }),
];

const ASKS = [
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEC==",
];
const AGREED = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
  "sec-websocket-accept: abc\r\n\r\n";

/** Agrees, says so, says what it heard, and ends. */
async function echo(wire: Wire): Promise<void> {
  await wire.send(`${AGREED}hello `);
  await wire.send(`heard ${new TextDecoder().decode(await wire.bytes(4))}`);
}

/** Agrees, and answers once the client has nothing more to say. */
async function echoAtEnd(wire: Wire): Promise<void> {
  await wire.send(AGREED);
  await wire.send(`heard ${new TextDecoder().decode(await wire.rest())}`);
}

/** Agrees, and waits for the end. */
async function listen(wire: Wire): Promise<void> {
  await wire.send(AGREED);
  await wire.drain();
}

async function ping(wire: Wire): Promise<string> {
  await wire.send("ping");
  return await wire.drain();
}

async function pingAndEnd(wire: Wire): Promise<string> {
  await wire.send("ping");
  await wire.end();
  return await wire.drain();
}

/** The log's line of a request to `/` that came to an answer. */
function logged(code: string, bytes: string, service: string, path = "/"): string {
  return `log: "GET ${path} HTTP/1.1" ${code} ${bytes} ${service} "-" "${KEY}" "<new id>" "a.test" <upstream>`;
}

/** How an upgraded connection ended. */
function ended(flag: string, bytes: string, path = "/"): Shown {
  return shown("end of an upgrade", [logged(`101 ${flag}`, bytes, "-", path)], [
    logged("101 -", bytes, "<ms>", path),
  ]);
}

const PASSED_OVER = shown("refused upgrade", [
  "client: connection: close",
  "client: content-length: 0",
  "client: body 0: ",
  "client: closed, as told",
  logged("200 -", "0 0", "-"),
], [
  "client: content-length: 2",
  "client: x-envoy-upstream-service-time: <ms>",
  "client: body 2: ok",
  "client: open",
  logged("200 -", "0 2", "<ms>"),
]);

const switching = { listener: "switching" };

/** Upgrades where they are allowed. */
export const UPGRADES: readonly Case[] = [
  sends(
    "websocket",
    request("GET /", ASKS),
    { ...switching, answer: echo, ends: true, behind: ping },
    ended("UC", "4 16"),
  ),
  sends(
    "websocket in other words",
    request("GET /", ["connection: keep-alive, UPGRADE", "upgrade: WebSocket"]),
    { ...switching, answer: echo, ends: true, behind: ping },
    shown("upgrade written anew", [
      "upstream: connection: keep-alive, UPGRADE",
      "upstream: upgrade: WebSocket",
    ], ["upstream: connection: upgrade", "upstream: upgrade: websocket"]),
    ended("UC", "4 16"),
  ),
  sends(
    "a client that ends first",
    request("GET /", ASKS),
    { ...switching, answer: echoAtEnd, ends: true, behind: pingAndEnd },
    shown("half-close", ["client: ", logged("101 DC", "4 0", "-")], [
      "client: heard ping",
      logged("101 -", "4 10", "<ms>"),
    ]),
  ),
  sends(
    "a client that goes away",
    request("GET /", ASKS),
    {
      ...switching,
      answer: listen,
      ends: true,
      behind: (wire) => {
        wire.close();
        return Promise.resolve("gone");
      },
    },
    ended("DC", "0 0"),
  ),
  sends("an upgrade that the upstream passes over", request("GET /", ASKS), switching, PASSED_OVER),
  sends(
    "an upgrade that the upstream forbids",
    request("GET /", ASKS),
    { ...switching, answer: "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno" },
    shown("refused upgrade", [
      "client: connection: close",
      "client: closed, as told",
      logged("403 -", "0 2", "-"),
    ], [
      "client: x-envoy-upstream-service-time: <ms>",
      "client: open",
      logged("403 -", "0 2", "<ms>"),
    ]),
  ),
  ...[
    ["an upgrade to an endless answer", ENDLESS],
    ["an upgrade to a chunked answer", CHUNKED],
  ].map(([name, answer]) =>
    sends(
      name,
      request("GET /", ASKS),
      { ...switching, answer, ends: true },
      shown("refused upgrade", [
        "client: connection: close",
        "client: content-length: 0",
        "client: body 0: ",
        "client: closed, as told",
        logged("200 -", "0 0", "-"),
      ], [
        "client: transfer-encoding: chunked",
        "client: x-envoy-upstream-service-time: <ms>",
        "client: body chunked 2: ok",
        "client: open",
        logged("200 -", "0 2", "<ms>"),
      ]),
    )
  ),
  sends(
    "an upgrade with a length of 0",
    request("GET /", [...ASKS, "content-length: 0"]),
    switching,
    PASSED_OVER,
  ),
  sends(
    "another protocol beside websocket",
    request("GET /", ["connection: upgrade", "upgrade: foo"]),
    switching,
    noId("GET / HTTP/1.1", "a.test", "403 -"),
  ),
  sends(
    "websocket and another",
    request("GET /", ["connection: upgrade", "upgrade: websocket, foo"]),
    switching,
    noId("GET / HTTP/1.1", "a.test", "403 -"),
  ),
  sends(
    "a route without it",
    request("GET /never", ["host: routes.test", ...ASKS]),
    switching,
    noId("GET /never HTTP/1.1", "routes.test", "403 -"),
  ),
  sends(
    "h2c beside websocket",
    request("GET /", ["connection: upgrade", "upgrade: h2c"]),
    switching,
  ),
  sends("websocket that isn't nominated", request("GET /", ["upgrade: websocket"]), switching),
  sends("connection: upgrade alone", request("GET /", ["connection: upgrade"]), switching),
  sends(
    "a route with another protocol",
    request("GET /foo", ["host: a.test", "connection: upgrade", "upgrade: foo"]),
    {
      ...switching,
      answer: "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\nfoo",
      ends: true,
      behind: (wire) => wire.drain(),
    },
    ended("UC", "0 3", "/foo"),
  ),
  sends(
    "no upstream for an upgrade",
    request("GET /refused", ["host: routes.test", ...ASKS]),
    switching,
    shown("failed upgrade", ["client: connection: close", "client: closed, as told"], [
      "client: open",
    ]),
  ),
  sends(
    "another protocol than was asked for",
    request("GET /", ASKS),
    {
      ...switching,
      answer: "HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n",
      ends: true,
    },
    shown("101 unasked", [
      "client: HTTP/1.1 101 Switching Protocols",
      "client: connection: upgrade",
      "client: upgrade: other",
      "client: body 0: ",
      "client: closed, without a word",
      logged("101 UC", "0 0", "-"),
    ], [...BAD_GATEWAY, "client: open"]),
  ),
  sends(
    "101 without an Upgrade field",
    request("GET /", ASKS),
    { ...switching, answer: "HTTP/1.1 101 Switching Protocols\r\n\r\n", ends: true },
    shown("101 unasked", [
      "client: HTTP/1.1 101 Switching Protocols",
      "client: connection: close",
      "client: body 0: ",
      "client: closed, as told",
      logged("101 -", "0 0", "-"),
    ], [...BAD_GATEWAY, "client: open"]),
  ),
];

async function silence(wire: Wire): Promise<void> {
  await wire.drain();
}

async function halfAnAnswer(wire: Wire): Promise<void> {
  await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe");
  await wire.drain();
}

const PART = request("POST /", ["content-length: 5"], "he");

function overflowed(path: string, host: string): string {
  return `log: "GET ${path} HTTP/1.1" 503 UO 0 81 - "-" "${KEY}" "<new id>" "routes.test" ${host}`;
}

/** Limits of time and number. */
export const LIMITS: readonly Case[] = [
  sends(
    "half a head",
    `GET / HTTP/1.1\r\nuser-agent: ${KEY}\r\n`,
    { listener: "hurried", logs: 0 },
    shown("late head", ["client: date: <now>", "client: server: <proxy>"], []),
  ),
  sends(
    "half a head behind a request",
    `${request("GET /")}GET / HT`,
    { listener: "hurried", responses: 2, logs: 1 },
    shown("late head", ["client: date: <now>", "client: server: <proxy>"], []),
  ),
  sends("half a request", PART, { listener: "whole" }),
  sends("half a request, then nothing", PART, { listener: "stalled" }),
  sends("no answer for a while", request("GET /"), { listener: "stalled", answer: silence }),
  sends("half an answer, then nothing", request("GET /"), {
    listener: "stalled",
    answer: halfAnAnswer,
  }),
  sends("half an answer beyond the route's timeout", request("GET /slow", ["host: routes.test"]), {
    answer: halfAnAnswer,
  }),
  ...[
    ["half an answer", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"],
    ["half a chunked answer", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe"],
  ].map(([name, answer]) =>
    sends(
      `${name}, then the end`,
      request("GET /"),
      { answer, ends: true },
      shown("lost answer in log", [logged("200 UPE", "0 2", "<ms>")], [
        logged("200 UC", "0 2", "<ms>"),
      ]),
    )
  ),
  sends(
    "a chunked answer that goes wrong",
    request("GET /"),
    {
      answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
      ends: true,
    },
    shown("bytes in log", [logged("200 UPE", "0 0", "<ms>")], [logged("200 UPE", "0 5", "<ms>")]),
  ),
  sends("nothing behind a request", request("GET /"), {
    listener: "resting",
    behind: async (wire) => `then ${JSON.stringify(await wire.drain())}`,
  }),
  sends("as many requests as a connection takes", request("GET /1") + request("GET /2"), {
    listener: "twice",
    responses: 2,
  }),
  sends("more than a connection takes", request("GET /1") + request("GET /2") + request("GET /3"), {
    listener: "twice",
    responses: 2,
  }),
  sends("a head that is large there", request("GET /", [`x-a: ${"v".repeat(1100)}`]), {
    listener: "small",
    logs: 0,
  }),
  sends("fields that are many there", request("GET /", ["a: 1", "b: 2", "c: 3", "d: 4"]), {
    listener: "small",
    logs: 0,
  }),
  sends("a cluster without connections", request("GET /no-connections", ["host: routes.test"])),
  sends(
    "a cluster without pending requests",
    request("GET /no-pending", ["host: routes.test"]),
    {},
    shown("overflow in log", [overflowed("/no-pending", "-")], [
      overflowed("/no-pending", "<upstream>"),
    ]),
  ),
  sends(
    "a cluster without requests",
    request("GET /no-requests", ["host: routes.test"]),
    {},
    shown("overflow in log", [overflowed("/no-requests", "<upstream>")], [
      overflowed("/no-requests", "-"),
    ]),
  ),
];

/** TLS, and connections that carry no HTTP. */
export const CONNECTIONS: readonly Case[] = [
  sends("over TLS", request("GET /"), { listener: "tls" }),
  sends("over TLS with x-forwarded-proto", request("GET /", ["x-forwarded-proto: http"]), {
    listener: "tls",
  }),
  sends("over TLS in absolute form", request("GET https://a.test/"), { listener: "tls" }),
  sends(
    "over TLS with keep-alive and close",
    request("GET /1") + request("GET /2", ["connection: close"]),
    {
      listener: "tls",
      responses: 2,
    },
  ),
  sends("bytes", request("GET /  ", ["X-As-It-Came:  yes"]), { listener: "raw", logs: 0 }),
  sends("bytes to nobody", request("GET /"), { listener: "raw-refused", logs: 0 }),
  sends("bytes to a cluster without endpoints", request("GET /"), {
    listener: "raw-nobody",
    logs: 0,
  }),
  sends("bytes to a cluster that is full", request("GET /"), { listener: "raw-full", logs: 0 }),
];

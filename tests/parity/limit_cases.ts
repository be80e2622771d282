/**
 * Limits of time and number; TLS; connections that carry no HTTP.
 *
 * @module
 */

import type { Wire } from "../server/wire.ts";
import { type Case, KEY, request, sends, type Shown, shown } from "./case.ts";
import { answered } from "./lines.ts";

async function silence(wire: Wire): Promise<void> {
  await wire.drain();
}

async function halfAnAnswer(wire: Wire): Promise<void> {
  await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe");
  await wire.drain();
}

const PART = request("POST /", ["content-length: 5"], "he");

const ASKED = "GET / HTTP/1.1";

/** Which endpoint the log names for a request of which there are too many. */
function overflow(path: string, envoy: string, genkan: string): Shown {
  const asked = `GET ${path} HTTP/1.1`;
  const logged = (upstream: string) =>
    answered(asked, { code: "503 UO", bytes: "0 81", service: "-", host: "routes.test" })
      .replace("<upstream>", upstream);
  return shown("overflow in log", [logged(envoy)], [logged(genkan)]);
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
      shown("lost answer in log", [answered(ASKED, { code: "200 UPE", bytes: "0 2" })], [
        answered(ASKED, { code: "200 UC", bytes: "0 2" }),
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
    shown("broken answer", [
      "client: broken off",
      answered(ASKED, { code: "200 UPE", bytes: "0 0" }),
    ], [
      "client: HTTP/1.1 502 Bad Gateway",
      "client: content-length: 87",
      "client: content-type: text/plain",
      "client: date: <now>",
      "client: server: <proxy>",
      "client: body 87: upstream connect error or disconnect/reset before headers. " +
      "reset reason: protocol error",
      "client: open",
      answered(ASKED, { code: "502 UPE", bytes: "0 87" }),
    ]),
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
    overflow("/no-pending", "-", "<upstream>"),
  ),
  sends(
    "a cluster without requests",
    request("GET /no-requests", ["host: routes.test"]),
    {},
    overflow("/no-requests", "<upstream>", "-"),
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

/**
 * Upgrades where they are allowed.
 *
 * @module
 */

import type { Wire } from "../server/wire.ts";
import { type Case, request, sends, type Shown, shown } from "./case.ts";
import { answered, BAD_GATEWAY, noId } from "./lines.ts";
import { CHUNKED, ENDLESS } from "./recorder.ts";

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

const ASKED = "GET / HTTP/1.1";

/** How an upgraded connection ended. */
function ended(flag: string, bytes: string, asked = ASKED): Shown {
  return shown("end of an upgrade", [
    answered(asked, { code: `101 ${flag}`, bytes, service: "-" }),
  ], [answered(asked, { code: "101 -", bytes })]);
}

const PASSED_OVER = shown("refused upgrade", [
  "client: connection: close",
  "client: content-length: 0",
  "client: body 0: ",
  "client: closed, as told",
  answered(ASKED, { code: "200 -", bytes: "0 0", service: "-" }),
], [
  "client: content-length: 2",
  "client: x-envoy-upstream-service-time: <ms>",
  "client: body 2: ok",
  "client: open",
  answered(ASKED, { code: "200 -", bytes: "0 2" }),
]);

const switching = { listener: "switching" };

/** Upgrades. */
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
    shown("half-close", [
      "client: ",
      answered(ASKED, { code: "101 DC", bytes: "4 0", service: "-" }),
    ], [
      "client: heard ping",
      answered(ASKED, { code: "101 -", bytes: "4 10" }),
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
      answered(ASKED, { code: "403 -", bytes: "0 2", service: "-" }),
    ], [
      "client: x-envoy-upstream-service-time: <ms>",
      "client: open",
      answered(ASKED, { code: "403 -", bytes: "0 2" }),
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
        answered(ASKED, { code: "200 -", bytes: "0 0", service: "-" }),
      ], [
        "client: transfer-encoding: chunked",
        "client: x-envoy-upstream-service-time: <ms>",
        "client: body chunked 2: ok",
        "client: open",
        answered(ASKED, { code: "200 -", bytes: "0 2" }),
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
    ended("UC", "0 3", "GET /foo HTTP/1.1"),
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
      answered(ASKED, { code: "101 UC", bytes: "0 0", service: "-" }),
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
      answered(ASKED, { code: "101 -", bytes: "0 0", service: "-" }),
    ], [...BAD_GATEWAY, "client: open"]),
  ),
];

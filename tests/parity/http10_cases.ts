/**
 * HTTP/1.0 where it is accepted.
 *
 * @module
 */

import { type Case, type CaseOptions, KEY, request, sends, type Shown, shown } from "./case.ts";
import { answered, forwarded, noId, unanswered } from "./lines.ts";
import { CHUNKED, ENDLESS, OK } from "./recorder.ts";

const OLD = "GET / HTTP/1.0";
/** A case; `status` is that of both answers. */
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
    ], [...forwarded("GET / HTTP/1.1", "a.test"), answered(OLD)]),
  ),
  sends("HTTP/1.1 beside it", request("GET /"), { listener: "http10" }),
];

/**
 * What upstreams answer to a request for WebSocket, where it is allowed.
 *
 * @module
 */

import { forwards, rejects, response, type ResponseCase, status } from "../response_case.ts";

const SWITCHING = "101 Switching Protocols";

const ANSWERS: readonly ResponseCase[] = [
  ...rejects("RFC 9110 §7.8", {
    "101 to another protocol": status(SWITCHING, ["Connection: Upgrade", "Upgrade: other"]),
    "101 to more protocols than were asked for": status(SWITCHING, [
      "Connection: Upgrade",
      "Upgrade: websocket, other",
    ]),
    "101 that names no protocol": status(SWITCHING, ["Connection: Upgrade"]),
  }),
  ...rejects("RFC 9112 §6.3", {
    "101 with both lengths": status(SWITCHING, [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
    ]),
  }),
  ...rejects("RFC 9110 §15.2", {
    "101 to another protocol, behind early hints": status("103 Early Hints") +
      status(SWITCHING, ["Upgrade: other"]),
  }, { interims: 1 }),
];

const DECLINED: readonly ResponseCase[] = forwards("RFC 9110 §7.8", {
  "an upgrade that is declined: 200": [
    status("200 OK", ["Content-Length: 5"], "hello"),
    response(),
  ],
  "an upgrade that is declined: 400": [
    status("400 Bad Request", ["Content-Length: 2"], "no"),
    response({ status: 400, reason: "Bad Request", body: "no" }),
  ],
  "an upgrade that is declined: 426, which names what is wanted": [
    status("426 Upgrade Required", [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Content-Length: 0",
    ]),
    response({ status: 426, reason: "Upgrade Required", body: "" }),
  ],
  "an upgrade that is declined: chunks": [
    status("200 OK", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
    response(),
  ],
});

// With `close`, since an answer in HTTP leaves the connection to the next request.
const ASKS = ["Connection: Upgrade, close", "Upgrade: websocket"];

export const UPGRADE_ANSWERS: readonly ResponseCase[] = [...ANSWERS, ...DECLINED].map((each) => (
  { ...each, asks: ASKS }
));

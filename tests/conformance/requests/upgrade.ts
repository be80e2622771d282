/**
 * Upgrades.
 *
 * @module
 */

import {
  accepts,
  expected,
  type ExpectedRequest,
  get,
  head,
  HOST,
  post,
  refuses,
  type RequestCase,
} from "../request_case.ts";

const ASK = ["Connection: Upgrade", "Upgrade: websocket"];
const BYTES = "\x81\x85\0\0\0\0hello\x88\x80\0\0\0\0";

/** A request that is upgraded, by name, with what the upstream gets. */
function upgrades(
  cases: Readonly<Record<string, readonly [send: string, request: ExpectedRequest]>>,
): RequestCase[] {
  return Object.entries(cases).map(([name, [send, request]]) => ({
    name,
    clause: "RFC 9110 §7.8",
    send,
    outcome: { kind: "upgraded", request, bytes: BYTES },
  }));
}

const UPGRADED = [["connection", "upgrade"], ["upgrade", "websocket"]] as const;

/** In the native form, which allows WebSocket. */
export const UPGRADE: readonly RequestCase[] = [
  ...upgrades({
    "upgrade: WebSocket": [get(...ASK), expected({ fields: UPGRADED })],
    "upgrade: with the fields of a handshake": [
      get(...ASK, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"),
      expected({
        fields: [
          ...UPGRADED,
          ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
          ["sec-websocket-version", "13"],
        ],
      }),
    ],
    "upgrade: Connection names other things as well": [
      get("Connection: keep-alive, x-a, Upgrade", "X-A: 1", "Upgrade: websocket"),
      expected({ fields: UPGRADED }),
    ],
  }),
  ...accepts("RFC 9110 §7.8", {
    "upgrade: one that the upstream declines is ordinary HTTP": [
      head("GET /declined HTTP/1.1", HOST, ...ASK),
      expected({ target: "/declined", fields: UPGRADED }),
    ],
  }),
  ...refuses("RFC 9110 §7.8", {
    "upgrade: a protocol that isn't allowed": get("Connection: Upgrade", "Upgrade: other"),
    "upgrade: a protocol with a version": get("Connection: Upgrade", "Upgrade: TLS/1.0"),
  }, { status: 403 }).map((each) => ({ ...each, alone: true })),
  ...refuses("RFC 9110 §7.8", {
    "an Upgrade with a body: a length": post([...ASK, "Content-Length: 5"], "hello"),
    "an Upgrade with a body: chunks": post(
      [...ASK, "Transfer-Encoding: chunked"],
      "1\r\na\r\n0\r\n\r\n",
    ),
  }),
  ...refuses("RFC 9110 §7.8", { "two upgrades pipelined": get(...ASK) + get(...ASK) })
    .map((each) => ({ ...each, alone: true })),
];

/** In Envoy's form without `upgrade_configs`. */
export const UPGRADE_ENVOY: readonly RequestCase[] = refuses("Envoy: upgrade_configs", {
  "upgrade: WebSocket where nothing is allowed": get(...ASK),
}, { status: 403 }).map((each) => ({ ...each, alone: true }));

/**
 * Upstreams that break off the TLS handshake, or speak something else.
 *
 * @module
 */

import type { Fault } from "./fault.ts";
import type { FaultSocket } from "./fault_socket.ts";

/** The first two bytes of a ClientHello's record (RFC 8446 §5.1). */
const CLIENT_HELLO = "\x16\x03";

function handshake(
  name: string,
  code: string,
  answers: (upstream: FaultSocket) => Promise<unknown> | void,
): Fault {
  return {
    name,
    way: "tls",
    act: async ({ upstream }) => {
      await upstream.hears(CLIENT_HELLO);
      await answers(upstream);
    },
    got: {
      kind: "answer",
      status: 503,
      body: "upstream connect error or disconnect/reset before headers. " +
        "reset reason: remote connection failure",
    },
    flag: "UF",
    code,
  };
}

/** A handshake record that announces 122 bytes, and the beginning of its ServerHello. */
const HALF_SERVER_HELLO = "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03";
/** A fatal alert, `handshake_failure`. */
const ALERT = "\x15\x03\x03\x00\x02\x02\x28";

/** Neither runtime's TLS tells an end of the connection from a reset, and each has its own word. */
const LOST = "connect_(closed|reset)";

/** Broken handshakes. */
export const HANDSHAKES: readonly Fault[] = [
  handshake("resets on hearing TLS", LOST, (upstream) => upstream.reset()),
  handshake("hangs up on hearing TLS", LOST, (upstream) => upstream.end()),
  handshake("answers TLS with HTTP", "upstream_not_tls", async (upstream) => {
    await upstream.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    upstream.end();
  }),
  handshake("answers TLS with garbage", "upstream_not_tls", async (upstream) => {
    await upstream.send("\xde\xad\xbe\xef".repeat(64));
  }),
  handshake("answers TLS with an alert", "tls_failed", async (upstream) => {
    await upstream.send(ALERT);
    upstream.end();
  }),
  handshake("hangs up inside of the ServerHello", LOST, async (upstream) => {
    await upstream.send(HALF_SERVER_HELLO);
    upstream.end();
  }),
  handshake("resets inside of the ServerHello", LOST, async (upstream) => {
    await upstream.send(HALF_SERVER_HELLO);
    upstream.reset();
  }),
];

/**
 * Upstreams that send bytes behind a response, which must reach nobody.
 *
 * @module
 */

import { type Fault, HEAD_END } from "./fault.ts";

const SMUGGLED = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
const HELLO = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

function extra(name: string, sent: string, options: Partial<Fault> = {}): Fault {
  return {
    name,
    act: async ({ upstream }) => {
      await upstream.hears(HEAD_END);
      await upstream.send(sent);
    },
    got: { kind: "answer", status: 200, body: "hello" },
    flag: "-",
    code: null,
    ...options,
  };
}

/** Extra bytes. */
export const EXTRAS: readonly Fault[] = [
  extra("sends a byte more than the length", `${HELLO}!`),
  extra("sends a response nobody asked for behind a length", HELLO + SMUGGLED),
  extra("sends a response nobody asked for behind chunks", CHUNKED + SMUGGLED),
  extra("sends half a response that nobody asked for", HELLO + SMUGGLED.slice(0, 20)),
  extra("sends an interim response behind the final one", `${HELLO}HTTP/1.1 103 Late\r\n\r\n`),
  extra("sends a body with a 204", `HTTP/1.1 204 No Content\r\n\r\n${SMUGGLED}`, {
    got: { kind: "answer", status: 204, body: "" },
  }),
  extra("sends a body with a 304", `HTTP/1.1 304 Not Modified\r\n\r\n${SMUGGLED}`, {
    got: { kind: "answer", status: 304, body: "" },
  }),
  extra("sends a body in answer to HEAD", HELLO + SMUGGLED, {
    method: "HEAD",
    got: { kind: "answer", status: 200, body: "" },
  }),
  extra("sends another response once the first has arrived", "", {
    act: async ({ upstream, clientHears }) => {
      await upstream.hears(HEAD_END);
      await upstream.send(HELLO);
      await clientHears("hello");
      await upstream.send(SMUGGLED);
    },
  }),
  extra("resets once the response has arrived", "", {
    act: async ({ upstream, clientHears }) => {
      await upstream.hears(HEAD_END);
      await upstream.send(HELLO);
      await clientHears("hello");
      upstream.reset();
    },
  }),
];

/**
 * Upstreams that never stop: what they send is cut off at a limit, and isn't kept until then.
 *
 * @module
 */

import { type Fault, type Got, HEAD_END, type Stage } from "./fault.ts";

const BROKEN: Got = {
  kind: "answer",
  status: 502,
  body: "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
};
/** What a flood may send: far more than any limit, but for the buffers of two sockets. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Sends `start`, of which the client hears `mark`, and then `again` until nobody takes it. */
function flood(start: string, again: string, mark = ""): (stage: Stage) => Promise<void> {
  return async ({ upstream, clientHears }) => {
    await upstream.hears(HEAD_END);
    await upstream.send(start);
    await clientHears(mark);
    const piece = again.repeat(Math.ceil(16 * 1024 / again.length));
    for (let sent = 0; await upstream.send(piece); sent += piece.length) {
      if (sent > MAX_BYTES) throw new Error("nobody stops the flood");
    }
  };
}

function refused(name: string, code: string, [start, again]: [string, string]): Fault {
  return { name, act: flood(start, again), got: BROKEN, flag: "UPE", code };
}

/** Interim responses, and the response behind them. */
function interims(count: number, options: Pick<Fault, "name" | "got" | "flag" | "code">): Fault {
  return {
    ...options,
    act: async ({ upstream }) => {
      await upstream.hears(HEAD_END);
      await upstream.send(
        "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n".repeat(count) +
          "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello",
      );
      upstream.end();
    },
  };
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`;
const CUT: Pick<Fault, "got" | "flag"> = {
  got: { kind: "cut", status: 200, body: "hello" },
  flag: "UPE",
};

/** Floods. */
export const FLOODS: readonly Fault[] = [
  interims(16, {
    name: "sends 16 interim responses, which is as many as there may be",
    got: { kind: "answer", status: 200, body: "hello" },
    flag: "-",
    code: null,
  }),
  interims(17, {
    name: "sends 17 interim responses",
    got: BROKEN,
    flag: "UPE",
    code: "too_many_1xx",
  }),
  refused("sends 103 for ever", "too_many_1xx", ["", "HTTP/1.1 103 Early Hints\r\n\r\n"]),
  refused("sends 100 for ever", "too_many_1xx", ["", "HTTP/1.1 100 Continue\r\n\r\n"]),
  refused("sends 102 for ever", "too_many_1xx", ["", "HTTP/1.1 102 Processing\r\n\r\n"]),
  refused("sends a status line without an end", "head_too_large", ["HTTP/1.1 200 ", "x"]),
  refused("sends a field's name without an end", "head_too_large", [OK, "x"]),
  refused("sends a field's value without an end", "head_too_large", [`${OK}a: `, "x"]),
  refused("sends fields without an end", "head_too_large", [OK, "a: b\r\n"]),
  refused("sends empty lines for ever", "bad_version", ["", "\r\n"]),
  refused("sends zeros for ever", "bad_line", ["", "\0"]),
  {
    name: "sends a head of 61 KiB",
    act: async ({ upstream }) => {
      await upstream.hears(HEAD_END);
      const value = "x".repeat(61 * 1024);
      await upstream.send(`${OK}content-length: 2\r\na: ${value}\r\n\r\nhi`);
    },
    got: BROKEN,
    flag: "UPE",
    code: "head_too_large",
  },
  {
    name: "sends an endless head with an interim response before it",
    act: flood("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n", "a: b\r\n"),
    got: BROKEN,
    flag: "UPE",
    code: "head_too_large",
  },
  {
    name: "sends a chunk's size without an end",
    act: flood(CHUNKED, "0", "hello"),
    ...CUT,
    code: "bad_chunk_size",
  },
  {
    name: "sends a chunk extension without an end",
    act: flood(`${CHUNKED}5;a=`, "b", "hello"),
    ...CUT,
    code: "bad_chunk_extension",
  },
  {
    name: "sends trailers without an end",
    act: flood(`${CHUNKED}0\r\n`, "a: b\r\n", "hello"),
    ...CUT,
    code: "head_too_large",
  },
];

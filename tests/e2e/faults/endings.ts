/**
 * Upstreams that end the connection too early, at every stage of an exchange.
 *
 * @module
 */

import { type Fault, type Got, HEAD_END } from "./fault.ts";

const TERMINATED =
  "upstream connect error or disconnect/reset before headers. reset reason: connection termination";
const BROKEN =
  "upstream connect error or disconnect/reset before headers. reset reason: protocol error";

const LOST: Pick<Fault, "got" | "flag"> = {
  got: { kind: "answer", status: 503, body: TERMINATED },
  flag: "UC",
};

/** How far an upstream comes, and what the client has got by then. */
interface Reached {
  readonly where: string;
  /** What is sent of an answer. */
  readonly sent: string;
  /** What of it the client has before the end; null where it can't have anything. */
  readonly passed: string | null;
}

const LENGTH = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

const REACHED: readonly Reached[] = [
  { where: "behind the request's head", sent: "", passed: null },
  { where: "inside of the status line", sent: "HTTP/1.1 2", passed: null },
  { where: "inside of the head", sent: "HTTP/1.1 200 OK\r\ncontent-le", passed: null },
  { where: "before the head's empty line", sent: LENGTH.slice(0, -2), passed: null },
  {
    where: "behind an interim response",
    sent: "HTTP/1.1 103 Early Hints\r\n\r\n",
    passed: " 103 ",
  },
  { where: "between head and body", sent: LENGTH, passed: "\r\n\r\n" },
  { where: "inside of a body with a length", sent: `${LENGTH}hello`, passed: "hello" },
  { where: "a byte before a body's end", sent: `${LENGTH}hello wor`, passed: "hello wor" },
  { where: "before the first chunk", sent: CHUNKED, passed: "\r\n\r\n" },
  { where: "inside of a chunk's size", sent: `${CHUNKED}5\r\nhello\r\n1`, passed: "hello" },
  { where: "inside of a chunk", sent: `${CHUNKED}a\r\nhello`, passed: "hello" },
  { where: "before the last chunk", sent: `${CHUNKED}5\r\nhello\r\n`, passed: "hello" },
  { where: "inside of the last chunk", sent: `${CHUNKED}5\r\nhello\r\n0\r\n`, passed: "hello" },
  {
    where: "inside of the trailers",
    sent: `${CHUNKED}5\r\nhello\r\n0\r\nx-sum: 1\r\n`,
    passed: "hello",
  },
];

/** What becomes of it: of a reset `upstream_reset`, of an end whatever was missed. */
function becomes(
  { sent, passed }: Reached,
  isReset: boolean,
): Pick<Fault, "got" | "flag" | "code"> {
  const lost = isReset ? "upstream_reset" : "upstream_closed";
  const isBody = sent.startsWith("HTTP/1.1 200") && passed !== null;
  if (isBody) {
    const got: Got = { kind: "cut", status: 200, body: passed };
    return { got, flag: "UC", code: isReset ? lost : "truncated_body" };
  }
  if (isReset || sent === "" || passed !== null) return { ...LOST, code: lost };
  // Half a head is no head: there is nothing that it could have meant.
  const got: Got = { kind: "answer", status: 502, body: BROKEN };
  return { got, flag: "UPE", code: "truncated_head" };
}

function ending(reached: Reached, isReset: boolean): Fault {
  return {
    name: `${isReset ? "resets" : "hangs up"} ${reached.where}`,
    act: async ({ upstream, clientHears }) => {
      await upstream.hears(HEAD_END);
      await upstream.send(reached.sent);
      // A reset may overtake what was sent before it.
      if (reached.passed !== null) await clientHears(reached.passed);
      if (isReset) upstream.reset();
      else upstream.end();
    },
    ...becomes(reached, isReset),
  };
}

const HALF_UPLOAD = "content-length: 1000\r\n\r\nhello";

/** Resets and early ends. */
export const ENDINGS: readonly Fault[] = [
  {
    name: "resets as soon as it has accepted",
    act: ({ upstream }) => Promise.resolve(upstream.reset()),
    got: { kind: "answer", status: 503 },
    flag: "U[CF]",
    code: "upstream_reset|upstream_lost|connect_reset",
  },
  {
    name: "hangs up as soon as it has accepted",
    act: ({ upstream }) => Promise.resolve(upstream.end()),
    ...LOST,
    code: "upstream_closed|upstream_reset|upstream_lost",
  },
  {
    name: "resets inside of the request's body",
    rest: HALF_UPLOAD,
    act: async ({ upstream }) => {
      await upstream.hears("hello");
      upstream.reset();
    },
    ...LOST,
    code: "upstream_reset",
  },
  {
    name: "hangs up inside of the request's body",
    rest: HALF_UPLOAD,
    act: async ({ upstream }) => {
      await upstream.hears("hello");
      upstream.end();
    },
    ...LOST,
    code: "upstream_closed",
  },
  {
    name: "resets a body that only its connection's end would have ended",
    act: async ({ upstream, clientHears }) => {
      await upstream.hears(HEAD_END);
      await upstream.send("HTTP/1.1 200 OK\r\n\r\nhello");
      await clientHears("hello");
      upstream.reset();
    },
    got: { kind: "cut", status: 200, body: "hello" },
    flag: "UC",
    code: "upstream_reset",
  },
  ...REACHED.flatMap((reached) => [ending(reached, true), ending(reached, false)]),
];

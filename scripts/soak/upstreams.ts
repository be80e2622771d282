/**
 * What stands behind genkan in a soak: servers that do as they should, and one that often doesn't.
 *
 * @module
 */

import { httpUpstream, type Upstream, wireUpstream } from "../../tests/e2e/upstream.ts";
import { echoSocket } from "../../tests/e2e/websocket.ts";
import { isLost } from "../../tests/e2e/wire.ts";

/** The size of the large answer, bytes. */
export const LARGE_BYTES = 1024 * 1024;
/** The small answer. */
export const SMALL = "nothing is left behind";

const LARGE = new Uint8Array(LARGE_BYTES);

/** All of them. */
export interface Upstreams extends AsyncDisposable {
  /** HTTP: `/small`, `/large`, `/echo`, `/socket`. */
  readonly app: Upstream;
  /** HTTP, with every kind of failure in turn. */
  readonly flaky: Upstream;
  /** Bytes that come back. */
  readonly echo: Upstream;
}

/** Starts them. */
export function startUpstreams(): Upstreams {
  const owned = new AsyncDisposableStack();
  return {
    app: owned.use(httpUpstream(answer)),
    flaky: owned.use(flakyUpstream()),
    echo: owned.use(echoUpstream()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function answer(request: Request): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case "/large":
      return new Response(LARGE);
    case "/echo":
      return await sendBack(request);
    case "/socket":
      return echoSocket(request);
    default:
      return new Response(SMALL);
  }
}

async function sendBack(request: Request): Promise<Response> {
  try {
    return new Response(await request.arrayBuffer());
  } catch (error) {
    if (!isLost(error)) throw error;
    return new Response(null, { status: 400 }); // Some give up half-way.
  }
}

/** What it says to one request after the other, before it hangs up. */
const FLAKY_ANSWERS = [
  "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine",
  "",
  "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut off",
  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nfine",
  "nothing that was agreed on\r\n\r\n",
  "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
] as const;

function flakyUpstream(): Upstream {
  let turn = 0;
  return wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    await wire.send(FLAKY_ANSWERS[turn++ % FLAKY_ANSWERS.length]);
  });
}

function echoUpstream(): Upstream {
  return wireUpstream(async ({ conn }) => {
    await conn.readable.pipeTo(conn.writable);
  });
}

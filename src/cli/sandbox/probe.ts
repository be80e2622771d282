/**
 * Asks a running echo, or a proxy that leads to one, a request through the network, as a user's
 * curl would: the sandbox is ready when all have answered.
 *
 * @module
 */

import { HeaderMap } from "../../http/mod.ts";
import { NO_BODY } from "../../http1/mod.ts";
import {
  type ConnectTls,
  type Network,
  showAddress,
  type SocketAddress,
} from "../../runtime/mod.ts";
import { Http1ClientSession, TimerWheel } from "../../session/mod.ts";

/** For the connection, and again for the answer. */
const PROBE_TIMEOUT_MS = 5_000;

/** An echo's answer is far smaller. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Whom to ask. */
export interface ProbeTarget {
  readonly address: SocketAddress;
  /** The CA that vouches for `localhost` there; null for plain HTTP. */
  readonly ca: string | null;
}

/**
 * Asks for `/` and gives the `os.hostname` of the answer: the service that answered. Fails with an
 * Error of one line.
 */
export async function askEcho(network: Network, { address, ca }: ProbeTarget): Promise<string> {
  const tls: ConnectTls | null = ca === null ? null : {
    serverName: "localhost",
    verify: "full",
    ca,
    alpn: [],
    minVersion: null,
    maxVersion: null,
  };
  const conn = await network.connect(address, { timeoutMs: PROBE_TIMEOUT_MS, tls });
  using wheel = new TimerWheel();
  const session = new Http1ClientSession(conn, wheel);
  try {
    session.startRequest({
      method: "GET",
      target: "/",
      headers: HeaderMap.of(
        ["host", `localhost:${address.port}`],
        ["user-agent", "genkan"],
        ["accept", "*/*"],
      ),
      framing: NO_BODY,
    });
    session.setDeadline(PROBE_TIMEOUT_MS);
    await session.writer.flush();
    return serviceIn(await readAnswer(session, address));
  } catch (error) {
    if (session.timedOut) {
      throw new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`, { cause: error });
    }
    throw error;
  } finally {
    session.close();
  }
}

async function readAnswer(session: Http1ClientSession, address: SocketAddress): Promise<string> {
  const head = await session.nextHead();
  if (head === null) throw new Error(`${showAddress(address)} closed without an answer`);
  const decoder = new TextDecoder();
  let text = "";
  for (let piece = await session.reader.body(); piece; piece = await session.reader.body()) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw new Error("the answer doesn't end");
  }
  if (head.status !== 200) throw new Error(`answered ${head.status}: ${text.trim()}`);
  return text;
}

function serviceIn(answer: string): string {
  try {
    const { os } = JSON.parse(answer) as { os?: { hostname?: unknown } };
    if (typeof os?.hostname === "string") return os.hostname;
  } catch {
    // Not JSON: told below.
  }
  throw new Error(
    `answered with something else than an echo: ${JSON.stringify(answer.slice(0, 80))}`,
  );
}

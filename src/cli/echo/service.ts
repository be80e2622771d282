/**
 * The echo service: a small HTTP/1.1 server over the same sessions as the proxy's, which answers
 * every request with what it was asked (`answer.ts`).
 *
 * @module
 */

import { HTTP_LIMITS, HTTP_TIMEOUTS } from "../../config/native/defaults.ts";
import { ConnError, ProtocolError } from "../../errors.ts";
import { HeaderMap, reasonPhrase, type RequestHead } from "../../http/mod.ts";
import type { Log } from "../../observe/mod.ts";
import type { Conn, Listener, ListenTls, Network, SocketAddress } from "../../runtime/mod.ts";
import { Http1ServerSession, TimerWheel } from "../../session/mod.ts";
import { echoAnswer } from "./answer.ts";
import type { Stoppable } from "../until_stopped.ts";

/** An echo holds the whole body; beyond this it answers 413. */
const MAX_BODY_BYTES = 1024 * 1024;

const ACCEPT_RETRY_MS = 100;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What an echo service is like. */
export interface EchoOptions {
  /** What its answers say as `os.hostname`. */
  readonly name: string;
  readonly address: SocketAddress;
  /** Its certificate; null for plain HTTP. */
  readonly tls: { readonly certChain: string; readonly privateKey: string } | null;
  readonly log: Log;
}

/** A running echo service. */
export class EchoService implements Stoppable {
  /** Where it is bound, with the port that was given out. */
  readonly address: SocketAddress;
  /** Resolves when it has stopped. */
  readonly stopped: Promise<void>;
  readonly #name: string;
  readonly #log: Log;
  readonly #listener: Listener;
  readonly #wheel = new TimerWheel();
  readonly #sessions = new Set<Http1ServerSession>();
  readonly #serving = new Set<Promise<void>>();

  private constructor(listener: Listener, { name, log }: EchoOptions) {
    this.address = listener.address;
    this.#listener = listener;
    this.#name = name;
    this.#log = log;
    this.stopped = this.#accept();
  }

  /** Binds and answers from now on. Fails with a ConnError. */
  static async start(network: Network, options: EchoOptions): Promise<EchoService> {
    const tls: ListenTls | null = options.tls === null ? null : {
      ...options.tls,
      alpn: [],
      minVersion: null,
      maxVersion: null,
    };
    return new EchoService(await network.listen(options.address, { tls }), options);
  }

  /** Stops accepting, lets requests under way finish for at most `graceMs`, then closes. */
  async stop(graceMs: number): Promise<void> {
    this.#listener.close();
    for (const session of this.#sessions) session.drain();
    const deadline = this.#wheel.deadline(() => {
      for (const session of this.#sessions) session.close();
    });
    deadline.set(Math.max(graceMs, 1));
    await this.stopped;
    this.#wheel[Symbol.dispose]();
  }

  async #accept(): Promise<void> {
    for (;;) {
      const conn = await this.#next();
      if (conn === null) break;
      const serving = this.#serve(conn).finally(() => this.#serving.delete(serving));
      this.#serving.add(serving);
    }
    await Promise.all(this.#serving);
  }

  /** The next connection; null once the listener was closed. */
  async #next(): Promise<Conn | null> {
    for (;;) {
      try {
        return await this.#listener.accept();
      } catch (error) {
        if (!(error instanceof ConnError)) throw error;
        // Out of descriptors, say: asking again at once would only burn the processor.
        this.#log.error(error.message);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
      }
    }
  }

  /** Never rejects. */
  async #serve(conn: Conn): Promise<void> {
    try {
      const serverName = await this.#handshake(conn);
      const session = new Http1ServerSession(conn, {
        wheel: this.#wheel,
        limits: HTTP_LIMITS,
        timeouts: HTTP_TIMEOUTS,
      });
      this.#sessions.add(session);
      try {
        await this.#answerAll(session, serverName);
      } finally {
        this.#sessions.delete(session);
        session.close();
      }
    } catch (error) {
      conn.close();
      if (error instanceof ConnError) return;
      this.#log.error("A bug in genkan ended a connection", { error: String(error) });
    }
  }

  /** The name asked for, false when there was none; undefined without TLS. */
  async #handshake(conn: Conn): Promise<string | false | undefined> {
    const deadline = this.#wheel.deadline(() => conn.close());
    deadline.set(HANDSHAKE_TIMEOUT_MS);
    try {
      const tls = await conn.handshake();
      return tls === null ? undefined : tls.serverName ?? false;
    } finally {
      deadline[Symbol.dispose]();
    }
  }

  async #answerAll(
    session: Http1ServerSession,
    serverName: string | false | undefined,
  ): Promise<void> {
    try {
      for (;;) {
        const head = await session.nextRequest();
        if (head === null) return;
        await this.#answer(session, head, serverName);
        if (!await session.endExchange()) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      session.willClose();
      await respond(session, error.status, text(error.message));
      await session.endExchange();
    }
  }

  async #answer(
    session: Http1ServerSession,
    head: RequestHead,
    serverName: string | false | undefined,
  ): Promise<void> {
    session.begin(head);
    session.touch();
    if (head.headers.get("expect")?.toLowerCase() === "100-continue") await session.sendContinue();
    const body = await readBody(session);
    if (body === null) {
      session.willClose();
      return await respond(session, 413, text(`the echo takes at most ${MAX_BODY_BYTES} bytes`));
    }
    const { method, path, headers } = head;
    const peer = session.conn.remote.host;
    const answer = echoAnswer({ method, path, headers, body, peer, serverName }, this.#name);
    const content = {
      type: "application/json; charset=utf-8",
      text: `${JSON.stringify(answer, null, 2)}\n`,
    };
    await respond(session, 200, content, method === "HEAD");
  }
}

interface Content {
  readonly type: string;
  readonly text: string;
}

function text(words: string): Content {
  return { type: "text/plain; charset=utf-8", text: `${words}\n` };
}

/** The whole body, or null when it is too long. */
async function readBody(session: Http1ServerSession): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const piece = await session.reader.body();
    if (piece === null) break;
    size += piece.length;
    if (size > MAX_BODY_BYTES) return null;
    pieces.push(piece.slice());
    session.touch();
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}

async function respond(
  session: Http1ServerSession,
  status: number,
  content: Content,
  headOnly = false,
): Promise<void> {
  const bytes = new TextEncoder().encode(content.text);
  const headers = HeaderMap.of(
    ["content-type", content.type],
    ["date", new Date().toUTCString()],
  );
  if (!session.persists) headers.append("connection", "close");
  session.startResponse({
    status,
    reason: reasonPhrase(status),
    headers,
    framing: { kind: "length", size: bytes.length },
  });
  if (!headOnly) await session.writer.body(bytes);
  await session.writer.flush();
}

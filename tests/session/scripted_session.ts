/**
 * A server session whose client and clock are the test's.
 *
 * @module
 */

import { HTTP_LIMITS } from "../../src/config/native/defaults.ts";
import { HeaderMap, type RequestHead } from "../../src/http/mod.ts";
import { Http1ServerSession, TimerWheel } from "../../src/session/mod.ts";
import { assert } from "../assert.ts";
import { ScriptedConn } from "./scripted_conn.ts";

/** Milliseconds for a head. */
export const HEAD_MS = 10_000;
/** Milliseconds between requests. */
export const IDLE_MS = 60_000;

/** A session on a scripted connection and a clock that the test moves. */
export class ScriptedSession implements Disposable {
  readonly conn = new ScriptedConn();
  now = 0;
  readonly wheel = new TimerWheel(() => this.now);
  readonly session = new Http1ServerSession(this.conn, {
    wheel: this.wheel,
    limits: HTTP_LIMITS,
    timeouts: { headMs: HEAD_MS, requestMs: 0, idleMs: IDLE_MS, streamIdleMs: 300_000 },
  });

  /** The next request, begun. */
  async next(): Promise<RequestHead> {
    const head = await this.session.nextRequest();
    assert(head !== null);
    this.session.begin(head);
    return head;
  }

  /** The request's whole body. */
  async body(): Promise<string> {
    let body = "";
    for (;;) {
      const piece = await this.session.reader.body();
      if (piece === null) return body;
      body += new TextDecoder().decode(piece);
    }
  }

  /** Answers with 200 and no body. */
  async answer(): Promise<boolean> {
    this.session.startResponse({
      status: 200,
      reason: "OK",
      headers: new HeaderMap(),
      framing: { kind: "length", size: 0 },
    });
    await this.session.writer.flush();
    return await this.session.endExchange();
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.wheel.advance();
    }
  }

  [Symbol.dispose](): void {
    this.session.close();
    this.wheel[Symbol.dispose]();
  }
}

/**
 * A server that answers with the bytes that it is given.
 *
 * @module
 */

import { type Upstream, wireUpstream } from "../e2e/upstream.ts";
import { isLost, type Wire } from "../e2e/wire.ts";
import { RecordedConnection } from "./recording_upstream.ts";

/** What the next request is answered with. */
export interface Script {
  readonly pieces: readonly string[];
  /** The connection is ended behind them. */
  readonly ends: boolean;
}

/** The answer to whatever has no script. */
export const CLEAN = "clean";

/** The server. */
export class ScriptedUpstream implements AsyncDisposable {
  readonly #server: Upstream = wireUpstream((wire) => this.#serve(wire));
  #script: Script | null = null;
  #sent: PromiseWithResolvers<RecordedConnection> = Promise.withResolvers();
  /** The connection that the last request came on. */
  last: RecordedConnection | null = null;

  /** Where it listens. */
  get port(): number {
    return this.#server.port;
  }

  /** Answers the next request so. Resolves with its connection when all of it was sent. */
  play(script: Script): Promise<RecordedConnection> {
    this.#script = script;
    this.#sent = Promise.withResolvers();
    return this.#sent.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(wire: Wire): Promise<void> {
    (wire.conn as Deno.TcpConn).setNoDelay(true);
    const connection = new RecordedConnection();
    while (await connection.fill(wire)) {
      while (connection.take() !== null) {
        this.last = connection;
        const script = this.#script;
        this.#script = null;
        if (script === null) {
          await wire.send(`HTTP/1.1 200 OK\r\ncontent-length: ${CLEAN.length}\r\n\r\n${CLEAN}`);
          continue;
        }
        await sendAll(wire, script.pieces);
        this.#sent.resolve(connection);
        if (script.ends) return;
      }
    }
  }
}

/** Whoever has refused the first bytes needn't take the last. */
async function sendAll(wire: Wire, pieces: readonly string[]): Promise<void> {
  try {
    for (const piece of pieces) await wire.send(piece);
  } catch (error) {
    if (!isLost(error)) throw error;
  }
}

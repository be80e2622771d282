/**
 * The upstream behind both proxies: it notes each request as it came, byte for byte in what matters,
 * and answers as the case says that sent it. A request names its case in its User-Agent, so that
 * many cases can be under way at a time.
 *
 * @module
 */

import { Upstream } from "../server/upstream.ts";
import { isReset, type Message, type Wire } from "../server/wire.ts";

/** What the upstream does with a request that it has read: sends an answer, by default. */
export type Answer = string | ((wire: Wire) => Promise<void>);

/** What an upstream says that has nothing to say. */
export const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** An answer that ends with the connection. */
export const ENDLESS = "HTTP/1.1 200 OK\r\n\r\nok";
/** An answer in chunks. */
export const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

/** How the upstream treats a case's requests. */
interface Expected {
  readonly answer: Answer;
  /** The connection ends behind the answer. */
  readonly ends: boolean;
  readonly seen: Message[];
}

/** An upstream that remembers. */
export class Recorder implements AsyncDisposable {
  readonly #expected = new Map<string, Expected>();
  /** Requests that belong to no case: none should come. */
  readonly strays: string[] = [];
  readonly #upstream = new Upstream((wire) => this.#serve(wire));

  /** Where it listens. */
  get port(): number {
    return this.#upstream.port;
  }

  /** How many connections came so far. */
  get connections(): number {
    return this.#upstream.wires.length;
  }

  /** Prepares for a case. */
  expect(key: string, { answer, ends }: { answer: Answer; ends: boolean }): void {
    this.#expected.set(key, { answer, ends, seen: [] });
  }

  /** What came for a case. */
  seen(key: string): readonly Message[] {
    return this.#expected.get(key)!.seen;
  }

  async #serve(wire: Wire): Promise<void> {
    for (;;) {
      const request = await wire.request().catch(cutShort);
      if (request === null) return;
      const expected = this.#expected.get(request.header("user-agent") ?? "");
      if (expected === undefined) {
        this.strays.push(request.line);
        return;
      }
      expected.seen.push(request);
      const { answer } = expected;
      if (typeof answer === "string") await wire.send(answer);
      else await answer(wire).catch(cutShort);
      if (expected.ends) return;
    }
  }

  /** Ends with the connections that the proxies still hold: dispose of those first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream[Symbol.asyncDispose]();
  }
}

/** A proxy that gives up leaves half a request; one that waits, a connection that nobody uses. */
function cutShort(error: unknown): null {
  if (isReset(error) || /the connection ended|took more than/.test(String(error))) return null;
  throw error;
}

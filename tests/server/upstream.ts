/**
 * Upstreams by hand, which behave as well or as badly as a test wants.
 *
 * @module
 */

import { isReset, type Message, Wire } from "./wire.ts";

/** An upstream that does what a test says with each connection, in the order they come. */
export class Upstream implements AsyncDisposable {
  readonly port: number;
  /** Every connection that came. */
  readonly wires: Wire[] = [];
  readonly #listener: Deno.Listener;
  readonly #serving: Promise<void>;
  readonly #scripts: Promise<void>[] = [];
  readonly #failures: unknown[] = [];

  /** `script` serves a connection; `index` counts them from 0. It is closed afterwards. */
  constructor(script: (wire: Wire, index: number) => Promise<void>, hostname = "127.0.0.1") {
    this.#listener = Deno.listen({ hostname, port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#serving = this.#serve(script);
  }

  /** One that answers each request by `answer`, on as many connections as come. */
  static answering(answer: (request: Message) => string | Promise<string>): Upstream {
    return new Upstream(async (wire) => {
      for (;;) {
        const request = await wire.request();
        if (request === null) return;
        await wire.send(await answer(request));
      }
    });
  }

  async #serve(script: (wire: Wire, index: number) => Promise<void>): Promise<void> {
    for await (const conn of this.#listener) {
      const wire = new Wire(conn);
      const index = this.wires.push(wire) - 1;
      this.#scripts.push(
        script(wire, index).catch((error) => {
          // A connection that the proxy has torn is an end like any other.
          if (!isReset(error) && !(error instanceof Deno.errors.BadResource)) {
            this.#failures.push(error);
          }
        }).finally(() => wire.close()),
      );
    }
  }

  /** Waits for every script, so that what failed there fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    await Promise.all(this.#scripts);
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

/** A response that shows the request, as JSON with `line`, `fields` and `text`. */
export function showRequest({ line, fields, text }: Message): string {
  const body = JSON.stringify({ line, fields, text });
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A port on which nobody listens. */
export function unusedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/**
 * An address to which connects never finish.
 *
 * @module
 */

import type { SocketAddress } from "../../src/runtime/mod.ts";

/** The kernel finishes a few connects by itself before its queue of one is full. */
const MAX_FILLERS = 64;

/** A connect on loopback takes well under a millisecond; one that takes this long never ends. */
const FULL_AFTER_MS = 200;

/** A port whose queue of connections is full, so that further ones get no answer. */
export class SilentPort implements Disposable {
  readonly #listener: Deno.TcpListener;
  readonly #fillers: Deno.TcpConn[] = [];

  private constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
  }

  /** Opens a port and fills its queue. Nobody ever accepts. */
  static async open(): Promise<SilentPort> {
    const options = { hostname: "127.0.0.1", port: 0, tcpBacklog: 1 };
    const port = new SilentPort(Deno.listen(options));
    while (await port.#fill());
    return port;
  }

  /** Where it is. */
  get address(): SocketAddress {
    return { host: "127.0.0.1", port: this.#listener.addr.port };
  }

  [Symbol.dispose](): void {
    for (const filler of this.#fillers) filler.close();
    this.#listener.close();
  }

  async #fill(): Promise<boolean> {
    if (this.#fillers.length === MAX_FILLERS) throw new Error("the queue doesn't fill up");
    const { host: hostname, port } = this.address;
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), FULL_AFTER_MS);
    try {
      this.#fillers.push(await Deno.connect({ hostname, port, signal: giveUp.signal }));
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Connections that do nothing: `idle_client.ts PORT STATUS_PORT COUNT` opens COUNT TLS connections to a
 * proxy one behind another, and asks for the small answer once on each. Once all are open, STATUS_PORT
 * answers how many still are, as JSON `{ held }`.
 *
 * @module
 */

import { ENDED, type Socket, Sockets } from "./open_loop_sockets.ts";
import { SMALL_BODY } from "./upstream.ts";

const PATIENCE_MS = 10_000;
const BUFFER_BYTES = 4096;

class Crowd {
  readonly #sockets = new Sockets();
  readonly #held: Socket[] = [];
  readonly #buffer = new Uint8Array(BUFFER_BYTES);

  open(port: number, count: number): void {
    const host = `localhost:${port}`;
    const request = new TextEncoder().encode(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    while (this.#held.length < count) {
      const socket = this.#sockets.connect(port, { isTls: true });
      socket.write(request);
      this.#readAnswer(socket);
      this.#held.push(socket);
    }
  }

  #readAnswer(socket: Socket): void {
    const wait = this.#sockets.waitFor([socket]);
    let text = "";
    while (!text.endsWith(SMALL_BODY)) {
      if (!wait.until(PATIENCE_MS)) throw new Error(`no answer within ${PATIENCE_MS} ms: ${text}`);
      const count = socket.read(this.#buffer);
      if (count === ENDED) throw new Error("the proxy closed a connection");
      if (count > ENDED) text += new TextDecoder().decode(this.#buffer.subarray(0, count));
    }
  }

  /** How many the proxy hasn't closed. */
  count(): number {
    return this.#held.filter((socket) => socket.read(this.#buffer) !== ENDED).length;
  }
}

if (import.meta.main) {
  const [port, statusPort, count] = Deno.args.map(Number);
  const crowd = new Crowd();
  try {
    crowd.open(port, count);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
  Deno.serve({ hostname: "127.0.0.1", port: statusPort, onListen: () => {} }, () => {
    return Response.json({ held: crowd.count() });
  });
}

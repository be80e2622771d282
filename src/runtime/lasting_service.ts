/**
 * An HTTP service that outlives its servers: Deno's ends for good when it can't accept, for want of
 * descriptors say.
 *
 * @module
 */

import type { HttpService, SocketAddress } from "./mod.ts";

/** Whoever took the address, or the last descriptor, may give it back. */
const TRY_AGAIN_MS = 1000;

/** A server of the runtime's own, as `Deno.serve` gives it. */
export interface HttpServer {
  /** Where it is bound. */
  readonly address: SocketAddress;
  /** Resolves after `shutdown`, rejects when it ended by itself. */
  readonly finished: Promise<void>;
  /** Stops accepting and resolves when what ran has ended. */
  shutdown(): Promise<void>;
}

/** Has one server after the other on one address. */
export class LastingService implements HttpService {
  readonly address: SocketAddress;
  readonly #start: (address: SocketAddress) => HttpServer;
  #server: HttpServer | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** Starts the first, and throws what that throws. */
  constructor(address: SocketAddress, start: (address: SocketAddress) => HttpServer) {
    this.#start = start;
    this.address = this.#serve(address).address;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#server?.shutdown();
  }

  #serve(address: SocketAddress): HttpServer {
    const server = this.#start(address);
    this.#server = server;
    server.finished.catch(() => {
      this.#server = null;
      this.#serveAgain();
    });
    return server;
  }

  #serveAgain(): void {
    if (this.#closed) return;
    try {
      this.#serve(this.address);
    } catch {
      this.#timer = setTimeout(() => this.#serveAgain(), TRY_AGAIN_MS);
    }
  }
}

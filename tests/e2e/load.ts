/**
 * Clients that ask without a pause, and take note of everything that isn't as it should be.
 *
 * @module
 */

import { within } from "./deadline.ts";
import { isLost, Wire } from "./wire.ts";

const WAIT_MS = 20_000;
const LOOK_AGAIN_MS = 5;

/** What a client asks, and how. */
export interface Lane {
  /** For messages. */
  readonly name: string;
  readonly port: number;
  readonly path: string;
  /** Trusted; null for plain HTTP. */
  readonly ca: string | null;
  /** Whether a connection carries one request after the other. */
  readonly keepAlive: boolean;
  /** What tells whether a body is right, for a request that is about to be sent. */
  readonly judge: () => (body: string) => boolean;
}

/** An answer that changes while it is asked for. */
export class Changing {
  readonly #bodies: string[];
  #settled = 0;

  /** It is that now. */
  constructor(body: string) {
    this.#bodies = [body];
  }

  /** From now on it may be that, too. */
  becomes(body: string): void {
    this.#bodies.push(body);
  }

  /** Whoever asks from now on gets what it has become. */
  settle(): void {
    this.#settled = this.#bodies.length - 1;
  }

  /** See `Lane.judge`. */
  judge(): (body: string) => boolean {
    const since = this.#settled;
    return (body) => this.#bodies.includes(body, since);
  }
}

/** Clients at work. */
export class Load {
  /** How many requests were answered as they should be. */
  served = 0;
  /** What went wrong, a line each. */
  readonly failures: string[] = [];
  #stopping = false;
  readonly #clients: Promise<void>[];

  /** Begins to ask, each lane with one client. */
  constructor(lanes: readonly Lane[]) {
    this.#clients = lanes.map((lane) => this.#askOn(lane));
  }

  /** Waits until so many were served, or something went wrong. */
  async reaches(count: number): Promise<void> {
    const wait = async () => {
      while (this.served < count && this.failures.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
    };
    await within(WAIT_MS, wait(), `${count} requests to be served`);
  }

  /** Lets every client finish what it has begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
  }

  async #askOn(lane: Lane): Promise<void> {
    let wire: Wire | null = null;
    while (!this.#stopping) {
      try {
        wire ??= await Wire.connect(lane.port, lane.ca);
        if (await this.#askOnce(wire, lane)) continue;
      } catch (error) {
        if (!isLost(error)) throw error;
        this.failures.push(`${lane.name}: ${(error as Error).name}: ${(error as Error).message}`);
      }
      wire?.[Symbol.dispose]();
      wire = null;
    }
    wire?.[Symbol.dispose]();
  }

  /** True when the connection carries another request. */
  async #askOnce(wire: Wire, { name, path, keepAlive, judge }: Lane): Promise<boolean> {
    const isRight = judge();
    const connection = keepAlive ? "" : "connection: close\r\n";
    await wire.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${connection}\r\n`);
    const response = await wire.response();
    const body = response.slice(response.indexOf("\r\n\r\n") + 4);
    if (response.startsWith("HTTP/1.1 200 ") && isRight(body)) this.served++;
    else this.failures.push(`${name}: ${response}`);
    return keepAlive && !/^connection: close\r$/im.test(response);
  }
}

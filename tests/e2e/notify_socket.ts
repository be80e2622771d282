/**
 * A service manager's end of `NOTIFY_SOCKET`: keeps what it is sent. Give the program
 * `env: socket.env`, and wait for what it says with `next`.
 *
 * @module
 */

import { within } from "./deadline.ts";

/** Longer than any message comes late. */
const HEAR_MS = 20_000;

/** What systemd-notify adds, to know that it has been heard. */
const BARRIER = /^BARRIER=1\n?$/;

/** A datagram socket that a program notifies. */
export class NotifySocket implements AsyncDisposable {
  /** Every message so far, lines of `NAME=value` without a newline at the end. */
  readonly messages: string[] = [];
  /** What makes the program use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #socket: Deno.DatagramConn;
  readonly #ended: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /**
   * Listens at `path`, which isn't there yet. With `watchdogMs` it asks for a sign of life in each
   * such time.
   */
  constructor(path: string, { watchdogMs }: { watchdogMs?: number } = {}) {
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path });
    this.env = {
      NOTIFY_SOCKET: path,
      ...(watchdogMs === undefined ? {} : { WATCHDOG_USEC: String(watchdogMs * 1000) }),
    };
    this.#ended = this.#collect();
  }

  /** The first message that matches, of those after the last one that this gave. */
  async next(pattern: RegExp): Promise<string> {
    const found = new Promise<string>((resolve) => {
      const look = () => {
        const index = this.messages.findIndex((message, index) =>
          index >= this.#taken && pattern.test(message)
        );
        if (index === -1) return;
        this.#waiting.delete(look);
        this.#taken = index + 1;
        resolve(this.messages[index]);
      };
      this.#waiting.add(look);
      look();
    });
    return await within(HEAR_MS, found, `a notification like ${pattern}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#ended;
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const [bytes] of this.#socket) {
        const message = decoder.decode(bytes);
        if (BARRIER.test(message)) continue;
        this.messages.push(message.trimEnd());
        for (const look of [...this.#waiting]) look();
      }
    } catch {
      // Closed while it was waiting.
    }
  }
}

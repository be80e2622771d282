/**
 * A WebSocket client and a server for it, both Deno's own.
 *
 * @module
 */

import { within } from "./deadline.ts";

const WAIT_MS = 20_000;

/** How a WebSocket ended; `clean` when both sides said so. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
  readonly clean: boolean;
}

/** What a WebSocket brings, in order. */
type Event = { readonly message: string | ArrayBuffer } | { readonly closed: Closed };

/** One WebSocket of a client, with what it has received and nobody has taken yet. */
export class Talk implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly #http: Deno.HttpClient | null;
  readonly #events: Event[] = [];
  #wake: (() => void) | null = null;
  #isOpen = false;

  private constructor(socket: WebSocket, http: Deno.HttpClient | null) {
    this.socket = socket;
    this.#http = http;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#push({ message: data });
    socket.onclose = ({ code, reason, wasClean }) => {
      this.#isOpen = false;
      this.#push({ closed: { code, reason, clean: wasClean } });
    };
    socket.onerror = () => {};
  }

  /** Opens one; `ca` is trusted for `wss`. Fails when it is not let in. */
  static async open(
    url: string,
    { ca = null, protocols = [] }: { ca?: string | null; protocols?: string[] } = {},
  ): Promise<Talk> {
    const http = ca === null ? null : Deno.createHttpClient({ caCerts: [ca] });
    const socket = new WebSocket(url, { protocols, ...(http === null ? {} : { client: http }) });
    const talk = new Talk(socket, http);
    socket.onopen = () => {
      talk.#isOpen = true;
      talk.#wake?.();
    };
    await talk.#until(() => talk.#isOpen || talk.#events.length > 0, "a WebSocket to open");
    if (talk.#isOpen) return talk;
    await talk[Symbol.asyncDispose]();
    throw new Error(`Cannot open ${url}: it was refused`);
  }

  /** The next message. */
  async message(): Promise<string | Uint8Array> {
    const event = await this.#next("a message");
    if (!("message" in event)) throw new Error(`closed before a message: ${event.closed.code}`);
    const { message } = event;
    return typeof message === "string" ? message : new Uint8Array(message);
  }

  /** How it was closed, when nothing else comes before that. */
  async closed(): Promise<Closed> {
    const event = await this.#next("the close");
    if (!("closed" in event)) throw new Error("a message came before the close");
    return event.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.#until(() => this.socket.readyState === WebSocket.CLOSED, "a WebSocket to close");
    this.#http?.close();
  }

  async #next(what: string): Promise<Event> {
    await this.#until(() => this.#events.length > 0, what);
    return this.#events.shift()!;
  }

  #push(event: Event): void {
    this.#events.push(event);
    this.#wake?.();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      await within(WAIT_MS, new Promise<void>((resolve) => this.#wake = resolve), what);
    }
  }
}

/**
 * Serves a WebSocket: greets with its path and how it was asked, then sends everything back, and
 * closes with 4001 and a reason at the message `close`. Any other request is answered `plain`.
 */
export function echoSocket(request: Request): Response {
  if (request.headers.get("upgrade") !== "websocket") return new Response("plain");
  const { pathname } = new URL(request.url);
  const proto = request.headers.get("x-forwarded-proto") ?? "nobody";
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(`${pathname} by ${proto}`);
  socket.onmessage = ({ data }) =>
    data === "close" ? socket.close(4001, "enough") : socket.send(data);
  return response;
}

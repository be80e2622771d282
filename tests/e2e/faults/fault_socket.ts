/**
 * A connection that can be ended in every way there is. Deno's own can't be reset, so this is a
 * socket of `node:net`.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";
import { within } from "../deadline.ts";

const WAIT_MS = 20_000;

/** One end of a connection, be it a client's or an upstream's. */
export class FaultSocket implements Disposable {
  /** Everything that was heard, one char a byte. */
  text = "";
  /** Resolves when the peer has ended its direction, in good order or not. */
  readonly ended: Promise<"end" | "reset">;
  /** Resolves when neither direction is open any more. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #listeners = new Set<() => void>();

  /** Owns the socket; with `hears` off, it takes no byte off the peer beyond what the system does. */
  constructor(socket: Socket, { hears = true }: { hears?: boolean } = {}) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.ended = new Promise((resolve) => {
      socket.once("end", () => resolve("end"));
      socket.once("error", () => resolve("reset"));
      socket.once("close", () => resolve("reset"));
    });
    socket.on("data", (piece: unknown) => {
      this.text += piece;
      for (const look of this.#listeners) look();
    });
    if (!hears) this.deafen();
  }

  /** Connects to a port of this machine. */
  static async connect(port: number, options?: { hears?: boolean }): Promise<FaultSocket> {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    await within(
      WAIT_MS,
      new Promise<void>((resolve, reject) => {
        socket.once("connect", () => resolve());
        socket.once("error", reject);
      }),
      "a connection",
    );
    return new FaultSocket(socket, options);
  }

  /** Takes what comes, from the beginning or again. */
  listen(): void {
    this.#socket.resume();
  }

  /** Takes nothing more, so that the system's buffers fill up. The peer's end isn't heard either. */
  deafen(): void {
    this.#socket.pause();
  }

  /** Waits until `mark` was heard; fails when the peer ends before. */
  async hears(mark: string): Promise<void> {
    await this.settles((text) => text.includes(mark));
    if (!this.text.includes(mark)) throw new Error(`found the end before ${JSON.stringify(mark)}`);
  }

  /** Waits until what was heard is enough, or nothing more will come. */
  async settles(isEnough: (text: string) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (isEnough(this.text)) resolve();
    };
    this.#listeners.add(look);
    look();
    try {
      await within(WAIT_MS, Promise.race([promise, this.ended]), "an answer");
    } finally {
      this.#listeners.delete(look);
    }
  }

  /** Writes, and waits until the system has taken it; false when the connection is gone. */
  async send(data: string | Uint8Array): Promise<boolean> {
    if (this.#socket.destroyed) return false;
    const sent = new Promise<boolean>((resolve) => {
      const done = (error?: Error | null) => resolve(!error);
      if (typeof data === "string") this.#socket.write(data, "latin1", done);
      else this.#socket.write(data, done);
    });
    return await Promise.race([sent, this.closed.then(() => false)]);
  }

  /** Ends our direction. */
  end(): void {
    this.#socket.end();
  }

  /** Breaks off both directions. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** What an upstream does with a connection. */
export type Act = (upstream: FaultSocket) => Promise<void>;

/** An upstream that does as it is told with each connection. */
export class FaultUpstream implements AsyncDisposable {
  /** What is done with the connections that come from now on. */
  act: Act;
  /** Connections so far. */
  connections = 0;
  readonly port: number;
  readonly #close: () => Promise<void>;

  private constructor(port: number, act: Act, close: () => Promise<void>) {
    this.port = port;
    this.act = act;
    this.#close = close;
  }

  /** Listens on a free port. */
  static async start(act: Act, options?: { hears?: boolean }): Promise<FaultUpstream> {
    const sockets = new Set<FaultSocket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
      const socket = new FaultSocket(raw, options);
      sockets.add(socket);
      void socket.closed.then(() => sockets.delete(socket));
      upstream.connections++;
      // What an act throws is that its peer has gone, which is the peer's right.
      upstream.act(socket).catch(() => socket[Symbol.dispose]());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const { port } = server.address() as { port: number };
    const upstream = new FaultUpstream(port, act, () => {
      for (const socket of sockets) socket[Symbol.dispose]();
      return new Promise((resolve) => server.close(() => resolve()));
    });
    return upstream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/**
 * The floor on Bun: `floor_bun.ts CERT KEY ROUTES`. Native connections, as in src/runtime.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import tls from "node:tls";
import type {
  BunApi,
  BunServerTls,
  BunSocket,
  BunSocketHandler,
} from "../../src/runtime/bun_api.ts";
import { type End, PushedEnd, serve } from "./floor_link.ts";

declare const Bun: BunApi;

const SHARED = { hostname: "127.0.0.1", allowHalfOpen: true } as const;

/** A socket that has its end once it can be written to. */
type Socket = BunSocket<SocketEnd | undefined>;

class SocketEnd extends PushedEnd {
  readonly #socket: Socket;
  readonly #isTls: boolean;
  /** What the system didn't take, and who waits for that. */
  #left: { readonly bytes: Uint8Array; readonly done: () => void } | null = null;

  constructor(socket: Socket, isTls: boolean) {
    super();
    this.#socket = socket;
    this.#isTls = isTls;
    socket.data = this;
    socket.setNoDelay(true);
  }

  write(bytes: Uint8Array): Promise<void> | null {
    const taken = Math.max(0, this.#socket.write(bytes));
    if (taken === bytes.length) return null;
    return new Promise((done) => this.#left = { bytes: bytes.subarray(taken), done });
  }

  /** There is room again. */
  drain(): void {
    if (this.#left === null) return;
    const { bytes, done } = this.#left;
    const taken = Math.max(0, this.#socket.write(bytes));
    this.#left = taken < bytes.length ? { bytes: bytes.subarray(taken), done } : null;
    if (this.#left === null) done();
  }

  close(): void {
    if (this.#isTls) this.#socket.shutdown();
    this.#socket.close();
  }

  override closed(): void {
    super.closed();
    this.#left?.done();
  }

  protected pause(): void {
    this.#socket.pause();
  }

  protected resume(): void {
    this.#socket.resume();
  }
}

const handler: BunSocketHandler<SocketEnd | undefined> = {
  binaryType: "uint8array",
  open() {},
  handshake() {},
  data: ({ data: end }, bytes) => end?.push(bytes),
  drain: ({ data: end }) => end?.drain(),
  end: (socket) => socket.data === undefined ? socket.close() : socket.data.close(),
  close: ({ data: end }) => end?.closed(),
  error() {},
};

function listenPlain(port: number, accept: (end: End) => void): void {
  const open = (socket: Socket) => accept(new SocketEnd(socket, false));
  Bun.listen({ ...SHARED, port, socket: { ...handler, open } });
}

/** Sockets that TLS is put on once their clients have said something, as in src/runtime. */
function listenTls(port: number, settings: BunServerTls, accept: (end: End) => void): void {
  const handshake = (socket: Socket) => accept(new SocketEnd(socket, true));
  const secure = { ...handler, handshake };
  const below: BunSocketHandler<boolean> = {
    binaryType: "uint8array",
    open: (socket) => void (socket.data = false),
    data(socket, initialData) {
      if (socket.data) return; // What TLS says below.
      socket.data = true;
      const upgrade = { data: undefined, isServer: true, tls: settings, initialData } as const;
      socket.upgradeTLS<SocketEnd | undefined>({ ...upgrade, socket: secure });
    },
    handshake() {},
    drain() {},
    end() {},
    close() {},
    error() {},
  };
  Bun.listen({ ...SHARED, port, socket: below });
}

function dial(port: number, ca: string | null): Promise<End> {
  return new Promise((resolve, reject) => {
    const settings = ca === null
      ? {}
      : { tls: { ca, serverName: "localhost", rejectUnauthorized: true } };
    Bun.connect<SocketEnd | undefined>({
      ...SHARED,
      ...settings,
      port,
      data: undefined,
      socket: {
        ...handler,
        open: (socket) => {
          if (ca === null) resolve(new SocketEnd(socket, false));
        },
        handshake(socket, success, error) {
          if (success && error === null) return resolve(new SocketEnd(socket, true));
          reject(error);
          socket.close();
        },
        connectError: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

const [certFile, keyFile, routes] = process.argv.slice(2);
const [cert, key] = [certFile, keyFile].map((file) => readFileSync(file, "utf8"));
const { context: secureContext } = tls.createSecureContext({ cert, key });
const settings = { secureContext, requestCert: false, rejectUnauthorized: false };
serve(JSON.parse(routes), {
  listen: (port, endsTls, accept) =>
    endsTls ? listenTls(port, settings, accept) : listenPlain(port, accept),
  dial: (port, startsTls) => dial(port, startsTls ? cert : null),
});

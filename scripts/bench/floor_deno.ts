/**
 * The floor on Deno: `floor_deno.ts CERT KEY ROUTES`. Native connections, and `node:tls` where TLS ends
 * or begins, as in src/runtime.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";
import { type End, PushedEnd, type Receiver, serve } from "./floor_link.ts";

/** What genkan reads a body with. */
const BUFFER_BYTES = 64 * 1024;
/** What genkan copies rather than to wait until it is written. */
const MAX_COPIED_BYTES = 16 * 1024;

class NativeEnd implements End {
  readonly #conn: Deno.TcpConn;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay();
  }

  feed(receiver: Receiver): void {
    this.#pump(receiver).catch(() => {}).finally(() => {
      this.close();
      receiver.gone();
    });
  }

  async #pump(receiver: Receiver): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const count = await this.#conn.read(buffer);
      if (count === null) return;
      const done = receiver.arrived(buffer.subarray(0, count));
      if (done !== null) await done;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  close(): void {
    try {
      this.#conn.close();
    } catch { /* It was closed. */ }
  }
}

/** What stops the reads of a TCP socket, with calls of Node's own; a pause of TLS above doesn't. */
type TcpSocket = net.Socket & { _handle?: { readStop(): void; readStart(): void } | null };

class TlsEnd extends PushedEnd {
  readonly #socket: tls.TLSSocket;
  readonly #tcp: TcpSocket;

  constructor(socket: tls.TLSSocket, tcp: TcpSocket) {
    super();
    this.#socket = socket;
    this.#tcp = tcp;
    socket.on("data", (bytes: Uint8Array) => this.push(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("end", () => this.close());
    socket.on("close", () => this.closed());
  }

  write(bytes: Uint8Array): Promise<void> | null {
    if (bytes.length <= MAX_COPIED_BYTES && this.#socket.writableLength === 0) {
      this.#socket.write(new Uint8Array(bytes));
      return null;
    }
    return new Promise((done, failed) => {
      this.#socket.write(bytes, (error) => error ? failed(error) : done());
    });
  }

  close(): void {
    this.#socket.destroySoon();
  }

  protected pause(): void {
    this.#tcp._handle?.readStop();
  }

  protected resume(): void {
    this.#tcp._handle?.readStart();
  }
}

function listenTls(
  port: number,
  secureContext: tls.SecureContext,
  accept: (end: End) => void,
): void {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  server.on("connection", (tcp) => {
    accept(new TlsEnd(new tls.TLSSocket(tcp, { isServer: true, secureContext }), tcp));
  });
  server.listen(port, "127.0.0.1");
}

async function listenPlain(port: number, accept: (end: End) => void): Promise<void> {
  for await (const conn of Deno.listen({ hostname: "127.0.0.1", port })) {
    accept(new NativeEnd(conn));
  }
}

function dialTls(port: number, secureContext: tls.SecureContext): Promise<End> {
  return new Promise((resolve, reject) => {
    const tcp = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    tcp.once("error", reject);
    tcp.once("connect", () => {
      const socket = tls.connect({ socket: tcp, secureContext, servername: "localhost" });
      socket.once("error", reject);
      socket.once("secureConnect", () => resolve(new TlsEnd(socket, tcp)));
    });
  });
}

const [certFile, keyFile, routes] = Deno.args;
const [cert, key] = await Promise.all([certFile, keyFile].map((file) => Deno.readTextFile(file)));
const own = tls.createSecureContext({ cert, key }),
  trusting = tls.createSecureContext({ ca: cert });
serve(JSON.parse(routes), {
  listen: (port, endsTls, accept) =>
    endsTls ? listenTls(port, own, accept) : void listenPlain(port, accept),
  dial: async (port, startsTls) =>
    startsTls
      ? await dialTls(port, trusting)
      : new NativeEnd(await Deno.connect({ hostname: "127.0.0.1", port })),
});

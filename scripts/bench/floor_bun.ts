/**
 * The floor on Bun: `floor_bun.ts PLAIN_PORT TLS_PORT UPSTREAM_PORT CERT KEY`. Native connections, as in
 * src/runtime.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import tls from "node:tls";
import type { BunApi, BunSocket } from "../../src/runtime/bun_api.ts";

declare const Bun: BunApi;

/** A socket with its other end; keeps what the system didn't take. */
class NativeSink {
  peer: NativeSink | null = null;
  readonly source: BunSocket<NativeSink>;
  #left: Uint8Array | null = null;

  constructor(socket: BunSocket<NativeSink>) {
    this.source = socket;
    socket.setNoDelay(true);
  }

  /** False when there is no room, and then the other end is to be paused. */
  write(bytes: Uint8Array): boolean {
    const taken = Math.max(0, this.source.write(bytes));
    if (taken === bytes.length) return true;
    this.#left = bytes.slice(taken);
    return false;
  }

  /** There is room again. */
  drain(): void {
    const left = this.#left;
    if (left === null) return;
    this.#left = null;
    if (this.write(left)) this.peer?.source.resume();
  }

  /** Bytes came. */
  arrived(bytes: Uint8Array): void {
    if (this.peer?.write(bytes) === false) this.source.pause();
  }

  end(): void {
    this.source.close();
  }
}

const handler = {
  binaryType: "uint8array",
  handshake() {},
  data: (socket: BunSocket<NativeSink>, bytes: Uint8Array) => socket.data.arrived(bytes),
  drain: (socket: BunSocket<NativeSink>) => socket.data?.drain(),
  end: (socket: BunSocket<NativeSink>) => socket.close(),
  close: (socket: BunSocket<NativeSink>) => socket.data?.peer?.end(),
  error() {},
} as const;

/** Callbacks with nothing to do. */
const nobody = {
  binaryType: "uint8array",
  handshake() {},
  drain() {},
  end() {},
  close() {},
  error() {},
} as const;

/** Connects a client that is paused to the upstream. */
function join(client: NativeSink, port: number, joined: (upstream: NativeSink) => void): void {
  Bun.connect<NativeSink>({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      ...handler,
      open(socket) {
        const upstream = socket.data = new NativeSink(socket);
        upstream.peer = client;
        joined(upstream);
        client.source.resume();
      },
      connectError: () => client.end(),
    },
  }).catch(() => client.end());
}

function servePlain(port: number, upstreamPort: number): void {
  Bun.listen<NativeSink>({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      ...handler,
      open(socket) {
        const client = socket.data = new NativeSink(socket);
        socket.pause();
        join(client, upstreamPort, (upstream) => client.peer = upstream);
      },
    },
  });
}

/** A socket that TLS is put on once its client has said something, as in src/runtime. */
function serveTls(port: number, upstreamPort: number, { context }: tls.SecureContext): void {
  const settings = { secureContext: context, requestCert: false, rejectUnauthorized: false };
  const secure = {
    ...handler,
    open() {},
    handshake(socket: BunSocket<NativeSink>) {
      const client = socket.data = new NativeSink(socket);
      socket.pause();
      join(client, upstreamPort, (upstream) => client.peer = upstream);
    },
  };
  Bun.listen<{ isTls: boolean }>({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      ...nobody,
      open: (socket) => void (socket.data = { isTls: false }),
      data(socket, initialData) {
        if (socket.data.isTls) return;
        socket.data.isTls = true;
        const data = undefined as unknown as NativeSink; // Until its handshake.
        socket.upgradeTLS({ data, isServer: true, tls: settings, initialData, socket: secure });
      },
    },
  });
}

const [plainPort, tlsPort, upstreamPort] = process.argv.slice(2, 5).map(Number);
const [cert, key] = process.argv.slice(5).map((file) => readFileSync(file, "utf8"));
servePlain(plainPort, upstreamPort);
serveTls(tlsPort, upstreamPort, tls.createSecureContext({ cert, key }));

/**
 * The floor on Bun: `floor_bun.ts PLAIN_PORT TLS_PORT UPSTREAM_PORT CERT KEY`. Native connections,
 * and `node:tls` where TLS ends, as in src/runtime.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import net from "node:net";
import process from "node:process";
import tls from "node:tls";
import type { BunApi, BunSocket } from "../../src/runtime/bun_api.ts";

declare const Bun: BunApi;

/** An end that bytes go to; `write` is false when it has no room, and then the other end is paused. */
interface Sink {
  write(bytes: Uint8Array): boolean;
  end(): void;
  readonly source: { pause(): void; resume(): void };
}

/** A native socket as a sink, which keeps what the system didn't take. */
class NativeSink implements Sink {
  peer: Sink | null = null;
  readonly source: BunSocket<NativeSink>;
  #left: Uint8Array | null = null;

  constructor(socket: BunSocket<NativeSink>) {
    this.source = socket;
    socket.setNoDelay(true);
  }

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
  drain: (socket: BunSocket<NativeSink>) => socket.data.drain(),
  end: (socket: BunSocket<NativeSink>) => socket.close(),
  close: (socket: BunSocket<NativeSink>) => socket.data?.peer?.end(),
  error() {},
} as const;

/** Connects a client that is paused to the upstream. */
function join(client: Sink, port: number, joined: (upstream: NativeSink) => void): void {
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

function serveTls(port: number, upstreamPort: number, secureContext: tls.SecureContext): void {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  server.on("connection", (tcp) => {
    const client = new tls.TLSSocket(tcp, { isServer: true, secureContext });
    client.pause();
    client.on("error", () => client.destroy());
    const sink: Sink = {
      source: client,
      write: (bytes) => client.write(bytes),
      end: () => client.destroy(),
    };
    join(sink, upstreamPort, (upstream) => {
      client.on("data", (bytes: Uint8Array) => {
        if (!upstream.write(bytes)) client.pause();
      });
      client.on("drain", () => upstream.source.resume());
      client.on("end", () => client.destroy());
      client.on("close", () => upstream.end());
    });
  });
  server.listen(port, "127.0.0.1");
}

const [plainPort, tlsPort, upstreamPort] = process.argv.slice(2, 5).map(Number);
const [cert, key] = process.argv.slice(5).map((file) => readFileSync(file, "utf8"));
servePlain(plainPort, upstreamPort);
serveTls(tlsPort, upstreamPort, tls.createSecureContext({ cert, key }));

/**
 * Servers behind the proxy, which live in the test's own process.
 *
 * @module
 */

import { isLost, Wire } from "./wire.ts";

/** A certificate with its key, PEM. */
export interface UpstreamTls {
  readonly cert: string;
  readonly key: string;
}

/** A server on a port of this machine. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
}

/** An HTTP server that does as it should. */
export function httpUpstream(
  handler: (request: Request) => Response | Promise<Response>,
  tls: UpstreamTls | null = null,
): Upstream {
  const abort = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: abort.signal,
    onListen: () => {},
    ...(tls === null ? {} : { cert: tls.cert, key: tls.key }),
  }, handler);
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await server.finished;
    },
  };
}

/**
 * A server that does to each connection whatever `serve` says. The connection is closed when that
 * is done, or when the upstream is disposed of.
 */
export function wireUpstream(
  serve: (wire: Wire) => Promise<void>,
  tls: UpstreamTls | null = null,
): Upstream {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener = tls === null
    ? Deno.listen(address)
    : Deno.listenTls({ ...address, cert: tls.cert, key: tls.key });
  const wires = new Set<Wire>();
  const running = acceptAll();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const wire of wires) wire[Symbol.dispose]();
      await running;
    },
  };

  async function acceptAll(): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for (;;) serving.push(serveOne(new Wire(await listener.accept())));
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    await Promise.all(serving);
  }

  async function serveOne(wire: Wire): Promise<void> {
    wires.add(wire);
    try {
      await serve(wire);
    } catch (error) {
      if (!isLost(error)) throw error;
    } finally {
      wires.delete(wire);
      wire[Symbol.dispose]();
    }
  }
}

/** A port where nobody listens. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** True when nobody listens on a port of this machine. */
export async function isRefused(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return true;
    // The port was closed while the connection waited to be accepted.
    const { ConnectionReset, NotConnected } = Deno.errors;
    if (error instanceof ConnectionReset || error instanceof NotConnected) return false;
    throw error;
  }
}

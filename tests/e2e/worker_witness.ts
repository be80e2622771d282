/**
 * Tells workers apart from outside: each has its own connections to an upstream, and asks one thing
 * after the other over the same one.
 *
 * @module
 */

import { type Upstream, wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** An upstream that answers with the port that its connection came from. */
export function witness(): Upstream {
  return wireUpstream(async (wire) => {
    const { port } = wire.conn.remoteAddr as Deno.NetAddr;
    const body = String(port);
    for (;;) {
      await wire.until("\r\n\r\n");
      await wire.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    }
  });
}

/** A client's connection, and who serves it. */
export interface Served extends Disposable {
  readonly wire: Wire;
  /** The same for all connections that one worker serves, as long as nobody else asks. */
  readonly worker: string;
}

/** Asks over a connection who serves it, by a route that leads to the witness. */
export async function whoServes(wire: Wire, path = "/who"): Promise<string> {
  await wire.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const response = await wire.response();
  if (!response.startsWith("HTTP/1.1 200 ")) throw new Error(`Nobody serves: ${response}`);
  return response.slice(response.indexOf("\r\n\r\n") + 4);
}

/** Opens so many connections, one after the other. */
export async function connectAll(port: number, count: number, path?: string): Promise<Served[]> {
  const all: Served[] = [];
  for (let each = 0; each < count; each++) {
    const wire = await Wire.connect(port);
    const worker = await whoServes(wire, path);
    all.push({ wire, worker, [Symbol.dispose]: () => wire[Symbol.dispose]() });
  }
  return all;
}

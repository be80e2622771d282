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
export async function whoServes(wire: Wire): Promise<string> {
  await wire.send(`GET /who HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const response = await wire.response();
  if (!response.startsWith("HTTP/1.1 200 ")) throw new Error(`Nobody serves: ${response}`);
  return response.slice(response.indexOf("\r\n\r\n") + 4);
}

/** Opens so many connections, one after the other. */
export async function connectAll(port: number, count: number): Promise<Served[]> {
  const all: Served[] = [];
  while (all.length < count) all.push(await connect(port));
  return all;
}

/**
 * Opens connections until each of two workers serves so many: the kernel picks one at random for
 * each, so that no number of them is sure to do.
 */
export async function connectBoth(port: number, least: number): Promise<[Served[], Served[]]> {
  const all: Served[] = [];
  for (;;) {
    all.push(await connect(port));
    const mine = all.filter(({ worker }) => worker === all[0].worker);
    const others = all.filter(({ worker }) => worker !== all[0].worker);
    if (mine.length >= least && others.length >= least) return [mine, others];
  }
}

async function connect(port: number): Promise<Served> {
  const wire = await Wire.connect(port);
  return { wire, worker: await whoServes(wire), [Symbol.dispose]: () => wire[Symbol.dispose]() };
}

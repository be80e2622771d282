/**
 * A connection through a third party, who can cut it or slip something in.
 *
 * @module
 */

import { type Conn, type Listener, writeAll } from "../../src/runtime/mod.ts";
import type { Subject } from "./contract.ts";
import { ANYWHERE, connectTls, TIMEOUT_MS } from "./pair.ts";

/**
 * Passes on what comes from either end, in pieces of at most so many bytes, until `cut` ends the way
 * to both without close_notify. The target gets `before` first.
 */
export async function relay(
  subject: Subject,
  target: Listener,
  { pieceBytes = 4096, before }: { pieceBytes?: number; before?: Uint8Array } = {},
) {
  const { network } = subject;
  const listener = await network.listen(ANYWHERE);
  const accepted = listener.accept();
  const joined = accepted.then(async (down) => {
    const up = await network.connect(target.address, { timeoutMs: TIMEOUT_MS });
    if (before !== undefined) await writeAll(up, before);
    return [down!, up] as const;
  });
  const pumps = joined.then(([down, up]) =>
    Promise.all([pump(down, up, pieceBytes), pump(up, down, pieceBytes)])
  );
  return {
    address: listener.address,
    async cut() {
      const ends = await joined;
      await Promise.all(ends.map((end) => end.closeWrite()));
    },
    async close() {
      listener.close();
      for (const end of await joined) end.close();
      await pumps;
    },
  };
}

async function pump(from: Conn, to: Conn, pieceBytes = 4096): Promise<void> {
  const buffer = new Uint8Array(pieceBytes);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      await writeAll(to, buffer.subarray(0, count));
    }
  } catch {
    // The case closed an end.
  }
}

/** A connection into whose upstream half a forged record was slipped. */
export async function tampered(subject: Subject, target: Listener) {
  const { network } = subject;
  const listener = await network.listen(ANYWHERE);
  const accepted = target.accept();
  const between = listener.accept();
  const connecting = network.connect(listener.address, {
    timeoutMs: TIMEOUT_MS,
    tls: connectTls(subject),
  });
  const down = (await between)!;
  const up = await network.connect(target.address, { timeoutMs: TIMEOUT_MS });
  const pumps = [pump(down, up), pump(up, down)];
  const [client, server] = [await connecting, (await accepted)!];
  await server.handshake();
  // An application data record of 32 bytes that no key has sealed.
  await writeAll(up, Uint8Array.of(23, 3, 3, 0, 32, ...new Uint8Array(32)));
  return {
    server,
    [Symbol.dispose]() {
      listener.close();
      for (const end of [client, server, down, up]) end.close();
      void pumps;
    },
  };
}

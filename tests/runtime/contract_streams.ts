/**
 * The contract's part on bytes: their order, their parts, and who waits for whom.
 *
 * @module
 */

import { type Conn, writeAll } from "../../src/runtime/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import type { ContractCase } from "./contract.ts";
import { assertCode, overAll, readAll, readExactly, turn } from "./pair.ts";

const MIB = 1024 * 1024;

/** Room for the kernel's buffers on both ends (Linux: 4 MiB to send, 6 MiB to receive). */
const MAX_AHEAD_BYTES = 16 * MIB;

/** A pattern's period: it divides no buffer's size, so a part that is lost or doubled shows. */
const PERIOD = 251;

const PATTERN = Uint8Array.from({ length: PERIOD + 256 * 1024 }, (_, index) => index % PERIOD);

/** The bytes of the pattern that stand at an offset; 256 KiB at most. */
function pattern(offset: number, size: number): Uint8Array {
  const start = offset % PERIOD;
  return PATTERN.subarray(start, start + size);
}

/** Numbers from 1 to `max`, the same ones in every run (a linear congruential generator). */
function sizes(seed: number, max: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 1 + state % max;
  };
}

/** Fails at the first byte that is not the pattern's. */
function checkPattern(offset: number, bytes: Uint8Array): void {
  const expected = pattern(offset, bytes.length);
  const wrong = bytes.findIndex((byte, index) => byte !== expected[index]);
  if (wrong >= 0) throw new Error(`a wrong byte at ${offset + wrong}: ${bytes[wrong]}`);
}

async function sendPattern(conn: Conn, total: number, nextSize: () => number): Promise<void> {
  for (let sent = 0; sent < total;) {
    const size = Math.min(nextSize(), total - sent);
    const taken = await conn.write(pattern(sent, size));
    assert(taken >= 1 && taken <= size, `write took ${taken} of ${size}`);
    sent += taken;
  }
  await conn.closeWrite();
}

async function receivePattern(conn: Conn, nextSize: () => number): Promise<number> {
  const buffer = new Uint8Array(64 * 1024);
  for (let received = 0;;) {
    const count = await conn.read(buffer.subarray(0, nextSize()));
    if (count === null) return received;
    checkPattern(received, buffer.subarray(0, count));
    received += count;
  }
}

/**
 * What `Conn.receive` tells: bytes, at most `room` of them where they come into a buffer, or null for
 * the end. Rejects when a call comes too early, or a promise before it.
 */
function receive(conn: Conn, room: number): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    const buffer = new Uint8Array(room);
    let hasReturned = false, isTold = false;
    const told = <T>(settle: (value: T) => void) => (value: T) => {
      isTold = true;
      if (hasReturned) settle(value);
      else reject(new Error("receive() told before it returned"));
    };
    const over = conn.receive({
      space: () => buffer,
      filled: told((count) => resolve(count === null ? null : buffer.subarray(0, count))),
      given: told(resolve),
      failed: told(reject),
    });
    hasReturned = true;
    void over?.then(() => {
      if (!isTold) reject(new Error("receive() resolved before it told"));
    });
  });
}

/** Bytes, and who waits for whom. */
export const streamCases: readonly ContractCase[] = [
  ...overAll(
    "Bytes pass both ways at once, in order, whatever the sizes of writes and reads",
    async (connect) => {
      using pair = await connect();
      const counts = await Promise.all([
        receivePattern(pair.client, sizes(1, 40_000)),
        receivePattern(pair.server, sizes(2, 3_000)),
        sendPattern(pair.client, 2 * MIB, sizes(3, 5_000)),
        sendPattern(pair.server, 4 * MIB, sizes(4, 200_000)),
      ]);
      assertEquals(counts.slice(0, 2), [4 * MIB, 2 * MIB]);
    },
  ),

  ...overAll(
    "What is received by a call is what is read: bytes, the rest, the end",
    async (connect) => {
      using pair = await connect();
      const sent = [1, 2, 3, 4, 5, 6], came: number[] = [];
      const waiting = receive(pair.server, 4);
      await writeAll(pair.client, Uint8Array.from(sent));
      came.push(...(await waiting)!);
      assert(came.length > 0);
      while (came.length < sent.length) came.push(...(await receive(pair.server, 4))!);
      assertEquals(came, sent);
      await writeAll(pair.client, Uint8Array.of(7));
      assertEquals(await readExactly(pair.server, 1), Uint8Array.of(7));
      await pair.client.closeWrite();
      assertEquals(await receive(pair.server, 4), null);
      assertEquals(await receive(pair.server, 4), null);
      assertEquals(await pair.server.read(new Uint8Array(4)), null);
    },
  ),

  ...overAll(
    "Who receives by a call is told of a close, and so is who comes later",
    async (connect) => {
      using pair = await connect();
      await writeAll(pair.client, Uint8Array.of(1));
      await receive(pair.server, 1);
      const waiting = assertCode(receive(pair.server, 1), "closed");
      pair.server.close();
      await waiting;
      await assertCode(receive(pair.server, 1), "closed");
    },
  ),

  ...overAll("A single byte passes at once, without another to push it", async (connect) => {
    using pair = await connect();
    for (let round = 0; round < 20; round++) {
      await writeAll(pair.client, Uint8Array.of(round));
      assertEquals(await readExactly(pair.server, 1), Uint8Array.of(round));
      await writeAll(pair.server, Uint8Array.of(round + 1));
      assertEquals(await readExactly(pair.client, 1), Uint8Array.of(round + 1));
    }
  }),

  ...overAll("A read gives what is there and doesn't wait for a full buffer", async (connect) => {
    using pair = await connect();
    await writeAll(pair.client, Uint8Array.of(1, 2, 3));
    const buffer = new Uint8Array(1000).fill(9);
    assertEquals(await pair.server.read(buffer), 3);
    assertEquals(buffer.subarray(0, 4), Uint8Array.of(1, 2, 3, 9));
  }),

  ...overAll("A small buffer gets a large chunk in parts", async (connect) => {
    using pair = await connect();
    await writeAll(pair.client, pattern(0, 1000));
    await pair.client.closeWrite();
    assertEquals(await receivePattern(pair.server, () => 7), 1000);
  }),

  ...overAll("An array is the caller's again once its write has settled", async (connect) => {
    using pair = await connect();
    const array = new Uint8Array(10_000);
    const received = readAll(pair.server);
    for (let value = 1; value <= 50; value++) {
      await writeAll(pair.client, array.fill(value));
    }
    await pair.client.closeWrite();
    const bytes = await received;
    assertEquals(bytes.length, 500_000);
    for (let value = 1; value <= 50; value++) {
      const part = bytes.subarray((value - 1) * 10_000, value * 10_000);
      assert(part.every((byte) => byte === value), `the write of ${value} was changed later`);
    }
  }),

  ...overAll("A slow reader holds the writer of 64 MiB back", async (connect) => {
    using pair = await connect();
    const total = 64 * MIB;
    let sent = 0, received = 0, mostAhead = 0;
    const send = async () => {
      while (sent < total) {
        sent += await pair.client.write(pattern(sent, Math.min(256 * 1024, total - sent)));
        mostAhead = Math.max(mostAhead, sent - received);
      }
      await pair.client.closeWrite();
    };
    const receive = async () => {
      const buffer = new Uint8Array(64 * 1024);
      for (;;) {
        await turn(); // Time for the writer to get ahead.
        const count = await pair.server.read(buffer);
        if (count === null) return;
        checkPattern(received, buffer.subarray(0, count));
        received += count;
      }
    };
    await Promise.all([send(), receive()]);
    assertEquals(received, total);
    assert(mostAhead <= MAX_AHEAD_BYTES, `the writer was ${mostAhead} bytes ahead`);
  }),

  ...overAll("A write that waits goes on when the reader does", async (connect) => {
    using pair = await connect();
    const writer = await fillUp(pair.client);
    const received = readAll(pair.server);
    await writer.waiting;
    await pair.client.closeWrite();
    assertEquals((await received).length, writer.taken());
  }),
];

/** A writer that was held back. */
export interface HeldWriter {
  /** The write that waits. */
  readonly waiting: Promise<void>;
  /** How many bytes were taken so far. */
  taken(): number;
}

/** Writes until nobody takes any more, `size` bytes at a time. */
export async function fillUp(conn: Conn, size = 64 * 1024): Promise<HeldWriter> {
  const bytes = new Uint8Array(size);
  let taken = 0, writes = 0;
  for (;;) {
    let settled = false;
    const writing = Promise.resolve(conn.write(bytes)).then((count) => {
      taken += count;
      settled = true;
    });
    writing.catch(() => {}); // The case awaits it.
    // A write that is not held settles within a few turns; fifty leave no doubt.
    for (let turns = 0; turns < 50 && !settled; turns++) await turn();
    if (!settled) return { waiting: writing, taken: () => taken };
    assert(++writes < 4096, `${taken} bytes were taken and nobody read`);
  }
}

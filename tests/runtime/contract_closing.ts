/**
 * The contract's part on ends: half-closed, closed, and gone.
 *
 * @module
 */

import { type Conn, writeAll } from "../../src/runtime/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import type { ContractCase } from "./contract.ts";
import { fillUp } from "./contract_streams.ts";
import { assertCode, type Connect, overAll, readAll, readExactly, turn } from "./pair.ts";

const HELLO = new TextEncoder().encode("hello");

async function halfClose(first: Conn, second: Conn): Promise<void> {
  await writeAll(first, HELLO);
  await first.closeWrite();
  assertEquals(await readAll(second), HELLO);
  // The other direction is still open, in both senses.
  const reading = readAll(first);
  await writeAll(second, HELLO);
  await turn();
  await writeAll(second, HELLO);
  await second.closeWrite();
  assertEquals(await reading, new TextEncoder().encode("hellohello"));
}

/** Ends of connections. */
export const closingCases: readonly ContractCase[] = [
  ...overAll("The end that dialled may end its direction first", async (connect) => {
    using pair = await connect();
    await halfClose(pair.client, pair.server);
  }),

  ...overAll("The end that was accepted may end its direction first", async (connect) => {
    using pair = await connect();
    await halfClose(pair.server, pair.client);
  }),

  ...overAll("A reader behind a half-closed end gets all of a long answer", async (connect) => {
    using pair = await connect();
    await pair.client.closeWrite();
    assertEquals(await pair.server.read(new Uint8Array(10)), null);
    const sending = writeAll(pair.server, new Uint8Array(3_000_000).fill(7))
      .then(() => pair.server.close());
    await turn();
    const bytes = await readAll(pair.client);
    await sending;
    assertEquals(bytes.length, 3_000_000);
    assert(bytes.every((byte) => byte === 7));
  }),

  ...overAll("The end of the stream is null again at each read", async (connect) => {
    using pair = await connect();
    await pair.server.closeWrite();
    const buffer = new Uint8Array(10);
    for (let round = 0; round < 3; round++) assertEquals(await pair.client.read(buffer), null);
  }),

  ...overAll("What write() took arrives although close() follows at once", async (connect) => {
    using pair = await connect();
    let taken = 0;
    const sending = (async () => {
      for (let round = 0; round < 40; round++) {
        taken += await pair.server.write(new Uint8Array(50_000).fill(round));
      }
      pair.server.close();
    })();
    await turn();
    const bytes = await readAll(pair.client);
    await sending;
    assertEquals(bytes.length, taken);
  }),

  ...overAll("What small writes took arrives although nobody reads before close()", async (
    connect,
  ) => {
    using pair = await connect();
    const { waiting, taken } = await fillUp(pair.server, 8 * 1024);
    const checked = assertCode(waiting, "closed");
    pair.server.close();
    await checked;
    const before = taken();
    const bytes = await readAll(pair.client);
    assert(bytes.length >= before, `${before} bytes were taken, and ${bytes.length} arrived`);
  }),

  ...overAll("close() ends a read that waits with closed", async (connect) => {
    using pair = await connect();
    const reading = pair.client.read(new Uint8Array(10));
    const checked = assertCode(reading, "closed");
    await turn();
    pair.client.close();
    await checked;
    assertEquals(await pair.server.read(new Uint8Array(10)), null);
  }),

  ...overAll("close() ends a write that waits with closed", async (connect) => {
    using pair = await connect();
    const { waiting } = await fillUp(pair.client);
    const reading = assertCode(pair.client.read(new Uint8Array(10)), "closed");
    pair.client.close();
    await assertCode(waiting, "closed");
    await reading;
  }),

  ...overAll("After close() every call rejects with closed, and close() again is fine", async (
    connect: Connect,
  ) => {
    using pair = await connect();
    await writeAll(pair.server, HELLO);
    pair.client.close();
    pair.client.close();
    await assertCode(pair.client.read(new Uint8Array(10)), "closed");
    await assertCode(pair.client.write(HELLO), "closed");
    await assertCode(pair.client.closeWrite(), "closed");
  }),

  ...overAll(
    "An end whose peer closed reads null and then writes into a reset",
    async (connect) => {
      using pair = await connect();
      pair.server.close();
      assertEquals(await pair.client.read(new Uint8Array(10)), null);
      // The first writes may be taken: it takes the peer's answer to know.
      const writing = (async () => {
        for (let round = 0; round < 1000; round++) {
          await pair.client.write(HELLO);
          await turn();
        }
      })();
      await assertCode(writing, "reset");
    },
  ),

  ...overAll("A write that waits is reset when the peer closes", async (connect) => {
    using pair = await connect();
    const { waiting } = await fillUp(pair.client);
    pair.server.close();
    await assertCode(waiting, "reset");
  }),

  ...overAll("A read that waits is reset, or ends, when the peer breaks off", async (connect) => {
    using pair = await connect();
    // Bytes that nobody read make the kernel answer a close with a reset.
    await writeAll(pair.client, HELLO);
    await readExactly(pair.server, 1);
    const reading = pair.client.read(new Uint8Array(10)).then((count) => {
      assertEquals(count, null);
    }, (error) => assertCode(Promise.reject(error), "reset", "unexpected_eof"));
    pair.server.close();
    await reading;
  }),
];

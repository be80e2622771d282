/**
 * An echo service that says what its listener tells it:
 * `deno run … full_listener.ts native|node|PATH PORT`, or the same with Bun. `native` listens on a
 * port as the runtime does itself, `node` through `node:net`, PATH on a unix socket.
 *
 * It prints `listening ADDRESS`, and `CODE: MESSAGE` for each accept that fails; after
 * the first of them it dials PORT until that fails, and prints `dialled CODE: MESSAGE`.
 *
 * @module
 */

import { ConnError } from "../../src/errors.ts";
import { type Conn, type Runtime, showAddress, writeAll } from "../../src/runtime/mod.ts";

const runtime = await ownRuntime();
const [kind, port] = runtime.args;
const elsewhere = { host: "127.0.0.1", port: Number(port) };

async function ownRuntime(): Promise<Runtime> {
  if ("Deno" in globalThis) return (await import("../../src/runtime/deno.ts")).denoRuntime();
  return (await import("../../src/runtime/bun.ts")).bunRuntime();
}

async function print(line: string): Promise<void> {
  await runtime.write("stdout", `${line}\n`);
}

async function echo(conn: Conn): Promise<void> {
  const buffer = new Uint8Array(64);
  try {
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) break;
      await writeAll(conn, buffer.subarray(0, count));
    }
  } catch (error) {
    if (!(error instanceof ConnError)) throw error;
  } finally {
    conn.close();
  }
}

// Deno takes descriptors for its first signal handler, one of its own as well, and panics without.
runtime.onSignal("SIGTERM", () => runtime.exit(0));
const address = kind.startsWith("/") ? { host: kind, port: 0 } : { host: "127.0.0.1", port: 0 };
const listener = await runtime.listen(address, { inspect: kind !== "native" });
await print(`listening ${showAddress(listener.address)}`);

let failures = 0;
for (;;) {
  try {
    void echo((await listener.accept())!);
  } catch (error) {
    const { code, message } = error as ConnError;
    await print(`${code}: ${message}`);
    if (failures++ === 0) await dial();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Some descriptors may have been held back. */
async function dial(): Promise<void> {
  const held: Conn[] = [];
  try {
    for (;;) held.push(await runtime.connect(elsewhere, { timeoutMs: 1000 }));
  } catch (error) {
    const { code, message } = error as ConnError;
    await print(`dialled ${code}: ${message}`);
  }
  for (const conn of held) conn.close();
}

import { signAdHoc } from "../../scripts/macho_signature.ts";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";

const CODE_BYTES = 2 * 4096 + 16;
const LINKEDIT_OFFSET = 4096;

/** Load commands of a small executable: where each begins in the file. */
const TEXT = 32;
const LINKEDIT = TEXT + 72;
const SIGNATURE = LINKEDIT + 72;

/** Two pages and a bit, in the layout of `mach-o/loader.h`, behind them 20 bytes of a signature. */
function executable(): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(CODE_BYTES + 20).map((_, index) => index % 251);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xfeedfacf, true);
  view.setUint32(16, 3, true);
  for (const [at, name, offset] of [[TEXT, "__TEXT", 0], [LINKEDIT, "__LINKEDIT", 4096]] as const) {
    view.setUint32(at, 0x19, true);
    view.setUint32(at + 4, 72, true);
    file.set(new TextEncoder().encode(name.padEnd(16, "\0")), at + 8);
    view.setBigUint64(at + 40, BigInt(offset), true);
    view.setBigUint64(at + 48, 4096n, true);
  }
  [0x1d, 16, CODE_BYTES, 20].forEach((word, i) => view.setUint32(SIGNATURE + i * 4, word, true));
  return file;
}

Deno.test("A signature has the hash of every page, and of the last one as far as it goes", async () => {
  const file = await signAdHoc(executable(), "genkan");
  const directory = CODE_BYTES + 20;
  const view = new DataView(file.buffer);
  assertEquals(view.getUint32(CODE_BYTES), 0xfade0cc0);
  assertEquals(view.getUint32(directory), 0xfade0c02);
  assertEquals([view.getUint32(directory + 28), view.getUint32(directory + 32)], [3, CODE_BYTES]);
  const hashes = directory + view.getUint32(directory + 16);
  for (let page = 0; page < 3; page++) {
    const code = file.subarray(page * 4096, Math.min((page + 1) * 4096, CODE_BYTES));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", code));
    assertEquals(file.slice(hashes + page * 32, hashes + (page + 1) * 32), hash);
  }
  assertEquals(hashes + 3 * 32, file.length);
});

Deno.test("The load commands tell of the signature's length, and the code stays", async () => {
  const file = await signAdHoc(executable(), "genkan");
  const view = new DataView(file.buffer);
  assertEquals(view.getUint32(SIGNATURE + 12, true), file.length - CODE_BYTES);
  assertEquals(Number(view.getBigUint64(LINKEDIT + 48, true)), file.length - LINKEDIT_OFFSET);
  const after = SIGNATURE + 16;
  assertEquals(file.slice(after, CODE_BYTES), executable().slice(after, CODE_BYTES));
});

Deno.test("Signing what is signed changes nothing", async () => {
  const once = await signAdHoc(executable(), "genkan");
  assertEquals(await signAdHoc(once, "genkan"), once);
});

Deno.test("What can't be signed is refused with the reason", async () => {
  const elf = new Uint8Array(64);
  assertMatch((await assertRejects(() => signAdHoc(elf, "a"), Error)).message, "no 64-bit Mach-O");
  const unsigned = executable();
  unsigned[SIGNATURE] = 0;
  assertMatch((await assertRejects(() => signAdHoc(unsigned, "a"), Error)).message, "no signature");
  const longer = new Uint8Array([...executable(), 0]);
  assertMatch((await assertRejects(() => signAdHoc(longer, "a"), Error)).message, "at its end");
});

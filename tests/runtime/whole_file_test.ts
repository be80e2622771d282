import { FileError } from "../../src/errors.ts";
import { type FileCalls, writeWholeFile } from "../../src/runtime/whole_file.ts";
import { assertEquals, assertRejects } from "../assert.ts";

/** A disk with room for three bytes, by path. */
class SmallDisk implements FileCalls {
  readonly files = new Map<string, string>();

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  writeNew(path: string, bytes: Uint8Array): Promise<void> {
    if (this.files.has(path)) return Promise.reject(failure("EEXIST"));
    this.files.set(path, new TextDecoder().decode(bytes.subarray(0, 3)));
    return bytes.length > 3 ? Promise.reject(failure("ENOSPC")) : Promise.resolve();
  }

  rename(from: string, to: string): Promise<void> {
    this.files.set(to, this.files.get(from)!);
    this.files.delete(from);
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    this.files.delete(path);
    return Promise.resolve();
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

Deno.test("A full disk leaves neither half a file nor a changed one behind", async () => {
  const disk = new SmallDisk();
  const write = (text: string, createNew: boolean) =>
    writeWholeFile(disk, "/key", new TextEncoder().encode(text), { mode: 0o600, createNew });
  for (const createNew of [true, false]) {
    const error = await assertRejects(() => write("secret", createNew), FileError);
    assertEquals([error.code, disk.files.size], ["other", 0], `createNew: ${createNew}`);
  }
  await write("old", true);
  const error = await assertRejects(() => write("new", true), FileError);
  assertEquals(error.code, "exists");
  await assertRejects(() => write("secret", false), FileError);
  assertEquals([...disk.files], [["/key", "old"]]);
});

/**
 * What every host of `src/runtime` does with files and the environment, as plain functions without
 * a test runner.
 *
 * @module
 */

import { FileError, type FileErrorCode } from "../../src/errors.ts";
import type { Host } from "../../src/runtime/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

/** A host under test, and a look at its files from outside. */
export interface HostSubject {
  /** The host. */
  readonly host: Host;
  /** An empty folder of the case's own, with a slash at its end. */
  readonly folder: string;
  /** The permission bits of a file or folder. */
  modeOf(path: string): Promise<number>;
  /** The names in a folder. */
  namesIn(path: string): Promise<string[]>;
}

/** One thing that a host does. */
export interface HostCase {
  /** A claim as a sentence. */
  readonly name: string;
  /** Rejects when the claim doesn't hold. */
  run(subject: HostSubject): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (host: Host, path: string) =>
  new TextDecoder().decode(await host.readFile(path));

async function assertFileCode(promise: Promise<unknown>, path: string, code: FileErrorCode) {
  const error = await assertRejects(() => promise, FileError);
  assertEquals([error.code, error.path], [code, path]);
  assert(!error.message.includes(path), "the path stands in the error, not in its message");
}

/** Files and the environment. */
export const hostCases: readonly HostCase[] = [
  {
    name: "A file is read as it was written, with its mode, in folders made for it",
    async run({ host, folder, modeOf }) {
      const path = `${folder}new/deep/key.pem`;
      await host.writeFile(path, bytes("secret"), { mode: 0o600 });
      assertEquals(await text(host, path), "secret");
      assertEquals(await modeOf(path), 0o600);
      assertEquals(await modeOf(`${folder}new`), 0o700);
      assertEquals(await modeOf(`${folder}new/deep`), 0o700);
    },
  },
  {
    name: "Replacing a file leaves nothing beside it, and the new mode",
    async run({ host, folder, modeOf, namesIn }) {
      const path = `${folder}file`;
      await host.writeFile(path, bytes("a longer text"), { mode: 0o644 });
      await host.writeFile(path, bytes("short"), { mode: 0o600 });
      assertEquals(await text(host, path), "short");
      assertEquals(await modeOf(path), 0o600);
      assertEquals(await namesIn(folder), ["file"]);
    },
  },
  {
    name: "A reader never sees half of a file that is replaced",
    async run({ host, folder }) {
      const path = `${folder}file`;
      const [one, two] = ["1".repeat(1_000_000), "2".repeat(1_000_000)];
      await host.writeFile(path, bytes(one), { mode: 0o600 });
      for (let round = 0; round < 5; round++) {
        const next = round % 2 === 0 ? two : one;
        const [found] = await Promise.all([
          text(host, path),
          host.writeFile(path, bytes(next), { mode: 0o600 }),
        ]);
        assert(found === one || found === two, `found ${found.length} bytes`);
      }
    },
  },
  {
    name: "createNew writes a new file and fails on one that exists",
    async run({ host, folder, namesIn }) {
      const path = `${folder}file`;
      const options = { mode: 0o600, createNew: true };
      await host.writeFile(path, bytes("first"), options);
      await assertFileCode(host.writeFile(path, bytes("second"), options), path, "exists");
      assertEquals(await text(host, path), "first");
      assertEquals(await namesIn(folder), ["file"]);
    },
  },
  {
    name: "A file that isn't there, a folder and a file in place of a folder say what they are",
    async run({ host, folder, namesIn }) {
      const path = `${folder}file`;
      await assertFileCode(host.readFile(path), path, "not_found");
      await assertFileCode(host.readFile(folder), folder, "is_directory");
      await host.writeFile(path, bytes(""), { mode: 0o600 });
      assertEquals((await host.readFile(path)).length, 0);
      const below = `${path}/below`;
      await assertFileCode(host.readFile(below), below, "other");
      const sub = `${folder}sub`;
      await host.writeFile(`${sub}/x`, bytes(""), { mode: 0o600 });
      await assertFileCode(host.writeFile(sub, bytes(""), { mode: 0o600 }), sub, "is_directory");
      assertEquals((await namesIn(folder)).sort(), ["file", "sub"]);
    },
  },
  {
    name: "A folder gives the names in it; one that isn't there, and a file, say what they are",
    async run({ host, folder }) {
      assertEquals(await host.readFolder(folder), []);
      const path = `${folder}file`;
      await host.writeFile(path, bytes(""), { mode: 0o600 });
      await host.writeFile(`${folder}sub/x`, bytes(""), { mode: 0o600 });
      assertEquals((await host.readFolder(folder)).sort(), ["file", "sub"]);
      const missing = `${folder}missing`;
      await assertFileCode(host.readFolder(missing), missing, "not_found");
      await assertFileCode(host.readFolder(path), path, "other");
    },
  },
  {
    name: "A file is gone once it is removed; one that isn't there says so",
    async run({ host, folder, namesIn }) {
      const path = `${folder}file`;
      await host.writeFile(path, bytes(""), { mode: 0o600 });
      await host.removeFile(path);
      assertEquals(await namesIn(folder), []);
      await assertFileCode(host.removeFile(path), path, "not_found");
    },
  },
  {
    name: "A variable that isn't set is undefined",
    run({ host }) {
      assertEquals(host.env("GENKAN_NEVER_SET"), undefined);
      return Promise.resolve();
    },
  },
];

/**
 * Files through the built-in `node:fs`, which is Bun's own interface for folders, modes and
 * renames.
 *
 * @module
 */

import { closeSync, openSync } from "node:fs";
import fs from "node:fs/promises";
import type { Descriptor } from "./descriptors.ts";
import { fileError } from "./failure.ts";
import type { FileCalls } from "./whole_file.ts";

/** As `Host.readFile`. */
export async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** As `Host.readFolder`. */
export async function readFolder(path: string): Promise<string[]> {
  try {
    return await fs.readdir(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** As `Host.readLink`. */
export async function readLink(path: string): Promise<string> {
  try {
    return await fs.readlink(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Opens a file that nothing is in. Throws, with an errno. */
export function openNothing(): Descriptor {
  const descriptor = openSync("/dev/null", "r");
  return { close: () => closeSync(descriptor) };
}

/** As `Host.removeFile`. */
export async function removeFile(path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Whether there is a unix socket at `path`; false also when that can't be told. */
export async function isSocketFile(path: string): Promise<boolean> {
  try {
    return (await fs.lstat(path)).isSocket();
  } catch {
    return false;
  }
}

/** For `writeWholeFile`. */
export const nodeFiles: FileCalls = {
  async makeFolder(path) {
    await fs.mkdir(path, { recursive: true, mode: 0o700 });
  },
  writeNew: (path, bytes, mode) => fs.writeFile(path, bytes, { mode, flag: "wx" }),
  rename: (from, to) => fs.rename(from, to),
  remove: (path) => fs.unlink(path),
};

/**
 * Writes a file so that nobody ever sees half of it, over the few calls that the runtimes share.
 *
 * @module
 */

import { fileError } from "./failure.ts";

/** What a runtime does to files. Each rejects with the runtime's own error. */
export interface FileCalls {
  /** Makes the folder and those above it, with mode 0700; one that exists is left as it is. */
  makeFolder(path: string): Promise<void>;
  /** Makes the file with that mode and writes it; fails when it exists. */
  writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /** Moves a file over another one. */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a file. */
  remove(path: string): Promise<void>;
}

/**
 * As `Host.writeFile`. Replacing goes through a temporary file in the same folder: a rename is
 * whole or nothing (rename(2)), and the new file's mode doesn't depend on the old one's.
 */
export async function writeWholeFile(
  calls: FileCalls,
  path: string,
  bytes: Uint8Array,
  options: { mode: number; createNew?: boolean },
): Promise<void> {
  try {
    await calls.makeFolder(folderOf(path));
    if (options.createNew) return await writeNewOrNothing(calls, path, bytes, options.mode);
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    await writeNewOrNothing(calls, temporary, bytes, options.mode);
    try {
      await calls.rename(temporary, path);
    } catch (error) {
      await calls.remove(temporary).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

/** A full disk leaves no half of it behind. */
async function writeNewOrNothing(
  calls: FileCalls,
  path: string,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  try {
    await calls.writeNew(path, bytes, mode);
  } catch (error) {
    // One that was there before isn't ours to remove; otherwise it may never have been made.
    if (fileError(path, error).code !== "exists") await calls.remove(path).catch(() => {});
    throw error;
  }
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}

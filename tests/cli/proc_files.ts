/**
 * A host whose `/proc` is what a test says.
 *
 * @module
 */

import type { AdviceHost } from "../../src/cli/bind_advice.ts";
import { FileError } from "../../src/errors.ts";

/** Files by their paths; a link is a text as well. What isn't named may not be read. */
export class ProcFiles implements AdviceHost {
  readonly pid = 77;
  readonly #files: Readonly<Record<string, string>>;
  readonly #executable: string | null;

  constructor(files: Readonly<Record<string, string>>, executable: string | null = null) {
    this.#files = files;
    this.#executable = executable;
  }

  executable(): string | null {
    return this.#executable;
  }

  async readFile(path: string): Promise<Uint8Array> {
    return new TextEncoder().encode(await this.readLink(path));
  }

  readFolder(path: string): Promise<string[]> {
    const below = Object.keys(this.#files).filter((name) => name.startsWith(`${path}/`));
    const names = below.map((name) => name.slice(path.length + 1).split("/")[0]);
    return names.length > 0 ? Promise.resolve([...new Set(names)]) : refuse(path);
  }

  readLink(path: string): Promise<string> {
    const text = this.#files[path];
    return text === undefined ? refuse(path) : Promise.resolve(text);
  }
}

function refuse(path: string): Promise<never> {
  return Promise.reject(new FileError("permission", path, "permission denied"));
}

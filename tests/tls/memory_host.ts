/**
 * A host whose files are in memory.
 *
 * @module
 */

import { FileError } from "../../src/errors.ts";
import type { CaHost } from "../../src/tls/mod.ts";

/** Files in memory, with their modes. */
export class MemoryHost implements CaHost {
  /** By path. */
  readonly files = new Map<string, { text: string; mode: number }>();
  readonly #env: Readonly<Record<string, string>>;
  /** Called when a new file is about to be written. */
  beforeCreate: (path: string) => Promise<void> = () => Promise.resolve();

  constructor(env: Readonly<Record<string, string>> = { HOME: "/home/me" }) {
    this.#env = env;
  }

  env(name: string): string | undefined {
    return this.#env[name];
  }

  readFile(path: string): Promise<Uint8Array> {
    const file = this.files.get(path);
    if (file !== undefined) return Promise.resolve(new TextEncoder().encode(file.text));
    return Promise.reject(new FileError("not_found", path, "no such file"));
  }

  async writeFile(
    path: string,
    bytes: Uint8Array,
    { mode, createNew = false }: { mode: number; createNew?: boolean },
  ): Promise<void> {
    if (createNew) await this.beforeCreate(path);
    if (createNew && this.files.has(path)) throw new FileError("exists", path, "exists already");
    this.files.set(path, { text: new TextDecoder().decode(bytes), mode });
  }

  text(path: string): string {
    return this.files.get(path)!.text;
  }

  put(path: string, text: string): void {
    this.files.set(path, { text, mode: 0o600 });
  }
}

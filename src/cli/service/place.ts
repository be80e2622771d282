/**
 * Where systemd looks for units (systemd.unit(5)), and whether a program or a unit is there.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import type { Host } from "../../runtime/mod.ts";
import { CommandError } from "../failure.ts";
import { shellWord } from "../shell_word.ts";
import { UNIT_NAME, type UnitScope } from "./unit.ts";

/** Files below a folder that stands for `/`, for one scope. */
export class Place {
  readonly scope: UnitScope;
  /** False below another root: no systemd runs from there. */
  readonly isLive: boolean;
  /** Where `install` writes. */
  readonly unit: string;
  /** Every file that systemd takes for the unit, the first one first. */
  readonly units: readonly string[];
  readonly #host: Host;
  readonly #root: string;

  /** `root` is empty for `/`. Throws a `CommandError` when nothing says where the user's files are. */
  constructor(host: Host, scope: UnitScope, root = "") {
    this.#host = host;
    this.scope = scope;
    this.#root = root.replace(/\/+$/, "");
    this.isLive = this.#root === "";
    const folders = scope === "system"
      ? [
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
      ]
      : [
        `${configFolder(host)}/systemd/user`,
        "/etc/systemd/user",
        "/usr/local/lib/systemd/user",
        "/usr/lib/systemd/user",
      ];
    this.units = folders.map((folder) => `${this.#root}${folder}/${UNIT_NAME}`);
    this.unit = this.units[0];
  }

  /** A path as a unit has it, in the words of the file system. */
  resolve(path: string): string {
    const whole = path.replace(/^%h/, () => home(this.#host))
      .replace(/^%E/, () => this.scope === "user" ? configFolder(this.#host) : "/etc");
    return `${this.#root}${whole}`;
  }

  /** The text of a unit; null when there is none. Fails with a `FileError` otherwise. */
  async read(unit: string): Promise<string | null> {
    try {
      return new TextDecoder().decode(await this.#host.readFile(unit));
    } catch (error) {
      if (error instanceof FileError && error.code === "not_found") return null;
      throw error;
    }
  }

  /** Whether a folder has a file of that name; null when that can't be told. Reads no file. */
  async has(path: string): Promise<boolean | null> {
    const end = path.lastIndexOf("/");
    try {
      const names = await this.#host.readFolder(path.slice(0, end) || "/");
      return names.includes(path.slice(end + 1));
    } catch (error) {
      return error instanceof FileError && error.code === "not_found" ? false : null;
    }
  }

  /** Whether systemd starts the unit by itself. */
  async isEnabled(): Promise<boolean> {
    const folder = this.unit.slice(0, this.unit.lastIndexOf("/"));
    const target = this.scope === "system" ? "multi-user" : "default";
    return await this.has(`${folder}/${target}.target.wants/${UNIT_NAME}`) === true;
  }

  /** A command for the user to run. */
  systemctl(words: string): string {
    const user = this.scope === "user" ? " --user" : "";
    return `systemctl${user}${this.isLive ? "" : ` --root ${shellWord(this.#root)}`} ${words}`;
  }
}

/** systemd's `%E` of a user (XDG Base Directory Specification). */
function configFolder(host: Host): string {
  const xdg = host.env("XDG_CONFIG_HOME");
  return xdg?.startsWith("/") ? xdg.replace(/\/+$/, "") : `${home(host)}/.config`;
}

function home(host: Host): string {
  const found = host.env("HOME");
  if (found?.startsWith("/")) return found.replace(/\/+$/, "");
  throw new CommandError("Cannot find the user's units: HOME is not set");
}

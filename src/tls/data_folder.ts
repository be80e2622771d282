/**
 * Where genkan keeps what belongs to the user.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";

/**
 * The user's data folder: `$XDG_DATA_HOME/genkan`, else `~/Library/Application Support/genkan` on
 * macOS, `%LOCALAPPDATA%\genkan` on Windows and `~/.local/share/genkan` elsewhere (XDG Base
 * Directory Specification). `platform` is the web's name for the system. Throws a `PemError` when
 * no variable says where that is.
 */
export function dataFolder(
  host: Pick<Host, "env">,
  platform: string = navigator.platform,
): string {
  const xdg = host.env("XDG_DATA_HOME");
  // The specification: a relative path is to be ignored.
  if (xdg?.startsWith("/")) return `${trim(xdg)}/genkan`;
  if (platform.startsWith("Win")) {
    const local = host.env("LOCALAPPDATA");
    if (local) return `${trim(local)}\\genkan`;
    throw missing("LOCALAPPDATA is not set");
  }
  const home = host.env("HOME");
  if (!home) throw missing("neither XDG_DATA_HOME nor HOME is set");
  const data = platform.startsWith("Mac") ? "Library/Application Support" : ".local/share";
  return `${trim(home)}/${data}/genkan`;
}

function missing(found: string): PemError {
  return new PemError(`Cannot find the folder of the local CA: ${found}`);
}

function trim(folder: string): string {
  return folder.replace(/[/\\]+$/, "");
}

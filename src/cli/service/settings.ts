/**
 * From the words of a command line to a unit's settings.
 *
 * @module
 */

import { UsageError } from "../command.ts";
import { shellWord } from "../shell_word.ts";
import type { UnitArguments } from "./options.ts";
import type { Credential, UnitScope, UnitSettings } from "./unit.ts";

/** Where the program and the configuration are unless told, as a unit writes it (systemd.unit(5)). */
export const DEFAULTS: Readonly<Record<UnitScope, { program: string; config: string }>> = {
  system: { program: "/usr/local/bin/genkan", config: "/etc/genkan/genkan.yaml" },
  user: { program: "%h/.local/bin/genkan", config: "%E/genkan/genkan.yaml" },
};

/** What systemd reads as it is: no blank, quote, `$`, `%` or backslash. */
const PLAIN_PATH = /^\/[\p{L}\p{N}_@+=:,.~/-]+$/u;

/** systemd.exec(5): the name ends at the first colon. */
const CREDENTIAL = /^(?<name>[A-Za-z0-9_.-]{1,255}):(?<path>.+)$/;

/** What the hardening hides from a system's service. */
const HIDDEN = /^\/(?:home|root|run\/user|tmp|var\/tmp)\//;

/** Checks what was given, and fills in the rest. Throws a `UsageError` for what can't be a unit's. */
export function settingsFor({ user, config, bin, credentials }: UnitArguments): UnitSettings {
  const scope = user ? "user" : "system";
  if (user && credentials.length > 0) {
    throw new UsageError(
      "--credential has nothing to do with --user: a user's own systemd reads no more than the user; " +
        "name the key in the configuration",
    );
  }
  return {
    scope,
    program: bin === undefined ? DEFAULTS[scope].program : plainPath("--bin", bin, scope),
    config: config === undefined ? DEFAULTS[scope].config : plainPath("-c", config, scope),
    credentials: credentials.map(credential),
  };
}

function plainPath(option: string, path: string, scope: UnitScope): string {
  const attempt = `Cannot name ${path} in a unit`;
  if (!path.startsWith("/")) {
    throw new UsageError(
      `${attempt}: it isn't absolute, and a service has no folder to start from; ` +
        `write ${option} "$PWD"/${shellWord(path.replace(/^\.\//, ""))}`,
    );
  }
  checkCharacters(attempt, path);
  if (scope === "system" && HIDDEN.test(path)) {
    throw new UsageError(
      `${attempt}: homes and temporary folders are hidden from the service; ` +
        "put it elsewhere, such as below /etc or /usr/local, or take --user",
    );
  }
  return path;
}

function credential(text: string): Credential {
  const { name, path } = text.match(CREDENTIAL)?.groups ?? {};
  if (name === undefined || !path.startsWith("/")) {
    throw new UsageError(
      `Cannot hand over "${text}": it isn't NAME:PATH with a name of letters, digits, _ . - ` +
        "and an absolute path",
    );
  }
  checkCharacters(`Cannot hand over ${path}`, path);
  return { name, path };
}

function checkCharacters(attempt: string, path: string): void {
  if (PLAIN_PATH.test(path)) return;
  throw new UsageError(
    `${attempt}: systemd gives a meaning to one of its characters; ` +
      "only letters, digits and _ @ + = : , . ~ / - can be used",
  );
}

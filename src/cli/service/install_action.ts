/**
 * Runs `genkan service install`.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import type { Host } from "../../runtime/mod.ts";
import { EXIT_OK } from "../command.ts";
import { CommandError } from "../failure.ts";
import { shellWord } from "../shell_word.ts";
import { denied, notOurs } from "./failure.ts";
import type { InstallArguments } from "./install.ts";
import { installCommand } from "./install_command.ts";
import { Place } from "./place.ts";
import { settingsFor } from "./settings.ts";
import { isOurs, readSettings, type UnitScope, type UnitSettings, unitText } from "./unit.ts";

/** Writes the unit, and says what is next. */
export async function installUnit(host: Host, wanted: InstallArguments): Promise<number> {
  const settings = settingsFor(wanted);
  const place = new Place(host, settings.scope, wanted.root);
  const text = unitText(settings);
  await checkConfig(host, place.resolve(settings.config), settings.scope);
  const before = await place.read(place.unit);
  if (before !== null && before !== text && !isOurs(before) && !wanted.force) {
    throw notOurs("write", place.unit, "replaces");
  }
  if (before !== text) await write(host, place, text);
  await host.write("stdout", report(place, before, settings));
  const program = place.resolve(settings.program);
  if (await place.has(program) === false) {
    await host.write("stderr", `warning: there is no ${program} yet; the unit runs it\n`);
  }
  return EXIT_OK;
}

/** The service says what is wrong in a configuration; that there is none is better said now. */
async function checkConfig(host: Host, path: string, scope: UnitScope): Promise<void> {
  const attempt = "Cannot install the service";
  try {
    await host.readFile(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === "not_found") {
      throw new CommandError(
        `${attempt}: there is no configuration ${path}; write one, ` +
          `try it with 'genkan check -c ${shellWord(path)}', or name another with -c FILE`,
      );
    }
    throw denied(`${attempt}: cannot read ${path}`, error, scope);
  }
}

async function write(host: Host, { unit, scope }: Place, text: string): Promise<void> {
  try {
    await host.writeFile(unit, new TextEncoder().encode(text), { mode: 0o644 });
  } catch (error) {
    throw denied(`Cannot write ${unit}`, error, scope);
  }
}

function report(place: Place, before: string | null, settings: UnitSettings): string {
  const text = unitText(settings);
  const verb = before === null ? "wrote" : before === text ? "kept, it is up to date:" : "replaced";
  const next = steps(place, before !== null).map((step) => `  ${step}\n`);
  return `${verb} ${place.unit}\n${earlier(before, settings)}next:\n${next.join("")}`;
}

/** Choices that are no longer the same, for whoever has left one out. */
function earlier(before: string | null, settings: UnitSettings): string {
  const former = before === null ? null : readSettings(before, settings.scope);
  if (former === null) return "";
  const command = installCommand(former);
  return command === installCommand(settings) ? "" : `the former one was made by:\n  ${command}\n`;
}

function steps(place: Place, wasThere: boolean): string[] {
  if (!place.isLive) return [place.systemctl("enable genkan")];
  return [
    place.systemctl("daemon-reload"),
    place.systemctl("enable --now genkan"),
    ...(wasThere ? [`${place.systemctl("restart genkan")}  # when it runs already`] : []),
    ...(place.scope === "user" ? ["loginctl enable-linger  # to run without a login"] : []),
  ];
}

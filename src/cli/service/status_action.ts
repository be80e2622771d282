/**
 * Runs `genkan service status`.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import type { Host } from "../../runtime/mod.ts";
import { EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { type Finding, type FindingLevel, formatFindings } from "../finding.ts";
import { installCommand } from "./install_command.ts";
import { Place } from "./place.ts";
import type { StatusArguments } from "./status.ts";
import { isOurs, readSettings, type UnitSettings, unitText } from "./unit.ts";

/** Prints what is known of the service. */
export async function showStatus(host: Host, { user, root }: StatusArguments): Promise<number> {
  const place = new Place(host, user ? "user" : "system", root);
  const findings = await findingsOn(host, place);
  await host.write("stdout", formatFindings(findings));
  return findings.some(({ level }) => level === "fail") ? EXIT_FAILURE : EXIT_OK;
}

async function findingsOn(host: Host, place: Place): Promise<Finding[]> {
  const found = await firstUnit(place);
  const sudo = place.scope === "user" ? "" : "sudo ";
  if (found === null) {
    const hint = `${sudo}genkan service install${place.scope === "user" ? " --user" : ""}`;
    return [finding("unit", "fail", `not installed: there is no ${place.unit}`, hint)];
  }
  const { path, text } = found;
  const settings = readSettings(text, place.scope);
  return [
    finding("unit", "ok", path),
    onText(text, settings),
    ...await onDropIns(host, path),
    ...(settings === null ? [] : await onFiles(host, place, settings)),
    await place.isEnabled() ? finding("start", "ok", "enabled: it starts by itself") : finding(
      "start",
      "warn",
      "not enabled: it doesn't start by itself",
      `${sudo}${place.systemctl("enable --now genkan")}`,
    ),
    finding("running", "info", "systemd knows", place.systemctl("status genkan")),
  ];
}

async function firstUnit(place: Place): Promise<{ path: string; text: string } | null> {
  for (const path of place.units) {
    const text = await place.read(path);
    if (text !== null) return { path, text };
  }
  return null;
}

/** Whether this version would write the same for the same choices. */
function onText(text: string, settings: UnitSettings | null): Finding {
  if (settings === null) {
    const hint = "genkan service print shows one that does";
    return finding("unit", "fail", "it doesn't run a configuration with genkan", hint);
  }
  if (unitText(settings) === text) return finding("unit", "ok", "as this version writes it");
  if (isOurs(text)) {
    const words = "out of date: this version writes another one";
    return finding("unit", "warn", words, installCommand(settings));
  }
  const hint = `${installCommand(settings)} --force`;
  return finding("unit", "info", "not made by genkan, which would write another one", hint);
}

/** What `systemctl edit` leaves. */
async function onDropIns(host: Host, path: string): Promise<Finding[]> {
  const folder = `${path}.d`;
  try {
    const names = (await host.readFolder(folder)).filter((name) => name.endsWith(".conf")).sort();
    return names.map((name) => finding("unit", "info", `changed by ${folder}/${name}`));
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}

async function onFiles(
  host: Host,
  place: Place,
  { scope, program, config, credentials }: UnitSettings,
): Promise<Finding[]> {
  const programPath = place.resolve(program);
  const found = await place.has(programPath);
  const copy = scope === "user" ? "install -D" : "sudo install";
  const onProgram = found === false
    ? finding("program", "fail", `there is no ${programPath}`, `${copy} genkan ${programPath}`)
    : finding("program", found === null ? "info" : "ok", programPath);
  return [
    onProgram,
    await onFile(host, "config", place.resolve(config), {
      missing: "write it, or name another with 'genkan service install -c FILE'",
      unreadable: "the service runs as nobody in particular: everybody must be allowed to read it",
    }),
    ...await Promise.all(
      credentials.map(({ path }) =>
        onFile(host, "key", place.resolve(path), {
          missing: "systemd starts no service without it",
          unreadable: null,
        })
      ),
    ),
  ];
}

/** A file that the service reads. What only root may read is as good as there for a key. */
async function onFile(
  host: Host,
  topic: string,
  path: string,
  hints: { missing: string; unreadable: string | null },
): Promise<Finding> {
  try {
    await host.readFile(path);
    return finding(topic, "ok", path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code !== "permission") {
      return finding(topic, "fail", `cannot read ${path}: ${error.message}`, hints.missing);
    }
    const level = hints.unreadable === null ? "info" : "warn";
    return finding(topic, level, `cannot read ${path}: ${error.message}`, hints.unreadable);
  }
}

function finding(
  topic: string,
  level: FindingLevel,
  text: string,
  hint: string | null = null,
): Finding {
  return { level, topic, text, hint };
}

/**
 * Runs `genkan service uninstall`.
 *
 * @module
 */

import type { Host } from "../../runtime/mod.ts";
import { EXIT_OK } from "../command.ts";
import { CommandError } from "../failure.ts";
import { denied, notOurs } from "./failure.ts";
import { Place } from "./place.ts";
import { isOurs } from "./unit.ts";
import type { UninstallArguments } from "./uninstall.ts";

/** Removes the unit. That there is none is fine. */
export async function uninstallUnit(
  host: Host,
  { user, root, force }: UninstallArguments,
): Promise<number> {
  const place = new Place(host, user ? "user" : "system", root);
  const text = await place.read(place.unit);
  if (text === null) {
    await host.write("stdout", `nothing to remove: there is no ${place.unit}\n`);
    return EXIT_OK;
  }
  if (!force) {
    if (!isOurs(text)) throw notOurs("remove", place.unit, "removes");
    if (await place.isEnabled()) {
      throw new CommandError(
        `Cannot remove ${place.unit}: the service is enabled; stop it first with ` +
          `'${place.systemctl(place.isLive ? "disable --now genkan" : "disable genkan")}'`,
      );
    }
  }
  try {
    await host.removeFile(place.unit);
  } catch (error) {
    throw denied(`Cannot remove ${place.unit}`, error, place.scope);
  }
  const next = place.isLive
    ? `next:\n  ${place.systemctl("stop genkan")}  # when it still runs\n` +
      `  ${place.systemctl("daemon-reload")}\n`
    : "";
  await host.write("stdout", `removed ${place.unit}\n${next}`);
  return EXIT_OK;
}

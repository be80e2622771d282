/**
 * The systemd unit.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { e2e } from "./scene.ts";

const UNIT = new URL("../../packaging/genkan.service", import.meta.url).pathname;

e2e("The unit runs a configuration, and gives a stop longer than genkan takes", async () => {
  const unit = await Deno.readTextFile(UNIT);
  assertMatch(unit, /^ExecStart=\S+genkan run -c \S+$/m);
  const [, seconds] = unit.match(/^TimeoutStopSec=(\d+)s$/m) ?? [];
  assertEquals(Number(seconds) > 10, true);
  for (const setting of ["NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"]) {
    assertMatch(unit, setting);
  }
});

e2e("systemd finds nothing wrong with the unit", async (scene) => {
  // The program it names isn't installed here; any other will do for systemd to look at the rest.
  const unit = (await Deno.readTextFile(UNIT)).replace(/^ExecStart=\S+/m, "ExecStart=/bin/true");
  const path = await scene.write("genkan.service", unit);
  const command = new Deno.Command("systemd-analyze", { args: ["verify", "--man=no", path] });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  assertEquals([success, text.decode(stdout), text.decode(stderr)], [true, "", ""]);
}, { needs: ["systemd-analyze"] });

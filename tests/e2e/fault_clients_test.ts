/**
 * Clients that misbehave: what is logged of them, that their upstream's connection ends with theirs,
 * and that the next client is none the worse for it.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { playClientFault } from "./faults/client_fault_runner.ts";
import { CLIENT_FAULTS } from "./faults/client_faults.ts";
import { expectStop, playAll, startLanes } from "./faults/lanes.ts";
import { e2e } from "./scene.ts";

e2e(
  `Clients that misbehave in ${CLIENT_FAULTS.length} ways cost their own connections and no other`,
  async (scene) => {
    const lanes = await startLanes(scene);
    const options = { play: playClientFault, checksLogs: true };
    const failures = await playAll(lanes, CLIENT_FAULTS, options);
    assertEquals(failures.length, 0, failures.join("\n\n"));
    await expectStop(lanes[0].program);
  },
);

/**
 * Nothing is left of a fault: after every one of them, many times, the program holds what it held
 * before.
 *
 * @module
 */

import { assert, assertEquals } from "../assert.ts";
import { type Held, held } from "./faults/gauges.ts";
import { playClientFault } from "./faults/client_fault_runner.ts";
import { CLIENT_FAULTS } from "./faults/client_faults.ts";
import { playFault } from "./faults/fault_runner.ts";
import { expectStop, type Lane, playAll, startLanes } from "./faults/lanes.ts";
import { FAULTS } from "./faults/mod.ts";
import { e2e, type Scene } from "./scene.ts";

/** Until compilers and pools have what they want. */
const WARM_UP_ROUNDS = 2;
const ROUNDS = 8;

/** A garbage collector may take its time, to that much. */
const MEMORY_FACTOR = 1.5;
const MEMORY_BYTES = 32 * 1024 * 1024;
/** The program may open some of its own, such as for a garbage collector's thread. */
const FILES = 2;

function assertBack(before: Held, after: Held): void {
  assert(after.files <= before.files + FILES, `descriptors: ${before.files}, then ${after.files}`);
  const limit = before.memory * MEMORY_FACTOR + MEMORY_BYTES;
  assert(after.memory <= limit, `bytes of memory: ${before.memory}, then ${after.memory}`);
}

/** Plays rounds of something, and compares what the program holds before and after. */
async function comesBack(
  scene: Scene,
  round: (lanes: readonly Lane[]) => Promise<string[]>,
): Promise<void> {
  const lanes = await startLanes(scene);
  const [{ program }] = lanes;
  const rounds = async (times: number) => {
    for (let count = 0; count < times; count++) {
      const failures = await round(lanes);
      assertEquals(failures.length, 0, failures.join("\n\n"));
    }
  };
  await rounds(WARM_UP_ROUNDS);
  const before = await held(program);
  await rounds(ROUNDS);
  assertBack(before, await held(program));
  await expectStop(program);
}

const NOTHING = "leave no connection, descriptor or memory behind";

e2e(`Upstreams that misbehave in hundreds of exchanges ${NOTHING}`, async (scene) => {
  const faults = Object.values(FAULTS).flat();
  await comesBack(
    scene,
    (lanes) => playAll(lanes, faults, { play: playFault, checksLogs: false }),
  );
}, { needs: ["curl"] });

e2e(`Clients that misbehave hundreds of times ${NOTHING}`, async (scene) => {
  await comesBack(
    scene,
    (lanes) => playAll(lanes, CLIENT_FAULTS, { play: playClientFault, checksLogs: false }),
  );
}, { needs: ["curl"] });

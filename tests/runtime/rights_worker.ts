/**
 * A worker of `rights_probe.ts`: tells what it may do in the folder that it is told of.
 *
 * @module
 */

import { denoRuntime } from "../../src/runtime/deno.ts";
import { allowed } from "./rights_probe.ts";

const { control } = denoRuntime();
control!.onMessage((folder) => control!.post(allowed(folder as string)));

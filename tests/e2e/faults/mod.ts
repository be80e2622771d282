/**
 * Everything that an upstream is known to do wrong, what has to become of it, and the machinery to
 * play it: fault_test.ts asks for each by itself, leak_test.ts for all of them again and again.
 *
 * @module
 */

import { ENDINGS } from "./endings.ts";
import { EXTRAS } from "./extras.ts";
import type { Fault } from "./fault.ts";
import { FLOODS } from "./floods.ts";
import { HANDSHAKES } from "./handshakes.ts";
import { PACES } from "./paces.ts";

/** Faults by what they have in common, which completes "upstreams that …". */
export const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  "end the connection too early": ENDINGS,
  "send more than their response": EXTRAS,
  "never stop": FLOODS,
  "take their time, or don't listen": PACES,
  "break off the TLS handshake": HANDSHAKES,
};

/**
 * `-c FILE`, the same for every command that reads a configuration.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { path } from "./path_value.ts";

const MISSING = message`-c FILE is missing: which configuration?`;

/** Only that option, which must be given. */
export function configOption(): Parser<"sync", { readonly file: string }, unknown> {
  const file = option("-c", "--config", path("FILE"), {
    description: message`The configuration, native or Envoy's.`,
    errors: { missing: MISSING },
  });
  return object({ file }, { errors: { endOfInput: MISSING } });
}

/**
 * The tables about responses, one subject a file.
 *
 * @module
 */

import type { ResponseCase } from "../response_case.ts";
import { BODILESS, INTERIM } from "./bodiless.ts";
import { RESPONSE_CHUNKS } from "./chunked.ts";
import { RESPONSE_FIELDS } from "./fields.ts";
import { EXTRA_BYTES, RESPONSE_FRAMING, TRUNCATED } from "./framing.ts";
import { STATUS_LINE } from "./status_line.ts";
import { UPGRADE_ANSWERS } from "./upgrade.ts";

/** All of them. */
export const RESPONSES: readonly ResponseCase[] = [
  ...[...STATUS_LINE, ...RESPONSE_FRAMING, ...TRUNCATED, ...EXTRA_BYTES],
  ...[...BODILESS, ...INTERIM, ...RESPONSE_FIELDS, ...RESPONSE_CHUNKS],
  ...UPGRADE_ANSWERS,
];

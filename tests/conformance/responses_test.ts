/**
 * Responses against the real program: what is passed on, what becomes a 502, and that no byte of one
 * response gets into another.
 *
 * @module
 */

import { STDOUT_LOG } from "../e2e/envoy_config.ts";
import { envoy } from "./lane_config.ts";
import { conformResponses } from "./response_runner.ts";
import { BODILESS, INTERIM } from "./responses/bodiless.ts";
import { RESPONSE_CHUNKS } from "./responses/chunked.ts";
import { RESPONSE_FIELDS } from "./responses/fields.ts";
import { UPGRADE_ANSWERS } from "./responses/upgrade.ts";
import { EXTRA_BYTES, RESPONSE_FRAMING, TRUNCATED } from "./responses/framing.ts";
import { STATUS_LINE } from "./responses/status_line.ts";

// Envoy's form tells every client the same of a failure.
const CONFIG = envoy(STDOUT_LOG);

conformResponses("Status lines", STATUS_LINE, CONFIG);
conformResponses("Framing", RESPONSE_FRAMING, CONFIG);
conformResponses("Truncated", TRUNCATED, CONFIG);
conformResponses("Extra bytes", EXTRA_BYTES, CONFIG);
conformResponses("Bodiless", BODILESS, CONFIG);
conformResponses("Informational", INTERIM, CONFIG);
conformResponses("Fields of responses", RESPONSE_FIELDS, CONFIG);
conformResponses("Chunks of responses", RESPONSE_CHUNKS, CONFIG);
conformResponses(
  "Answers to upgrades",
  UPGRADE_ANSWERS,
  envoy({ ...STDOUT_LOG, upgrade_configs: [{ upgrade_type: "websocket" }] }),
);

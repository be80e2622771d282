/**
 * Access logs in Envoy's form: none, unless one is given.
 *
 * @module
 */

import type { Cursor } from "../cursor.ts";
import { FIELDS } from "./fields.ts";
import { type Extension, readExtension } from "./typed_config.ts";

const STDOUT: Extension<true> = {
  type: "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
  message: "StdoutAccessLog",
  read: () => true,
};

/** True when there is one on stdout in the default format. (Envoy: `AccessLog`) */
export function readAccessLog(field: Cursor): boolean {
  const logs = field.items();
  for (const log of logs) {
    log.record(FIELDS.AccessLog, (fields) => {
      fields.take("name").text();
      readExtension(fields, [STDOUT]);
    });
  }
  logs[1]?.fail("a second access log is not supported");
  return logs.length > 0;
}

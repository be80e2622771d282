/**
 * The sandbox's access log: the user's requests are news, its own first questions are not.
 *
 * @module
 */

import { type AccessEntry, AccessLog } from "../../observe/mod.ts";

/** An access log that passes over what began before `since`, whenever that ends. */
export class LateAccessLog extends AccessLog {
  /** Milliseconds since 1970; at first nothing is logged. */
  since = Infinity;

  /** Takes a finished request or connection. */
  override write(entry: AccessEntry): void {
    if (entry.startTime >= this.since) super.write(entry);
  }
}

/**
 * The value of an option that names a file or a folder, so that a shell completes it as one.
 *
 * @module
 */

import { string, type ValueParser } from "@optique/core/valueparser";

/** `FILE` for a file, `DIR` for a folder. Whether it is there is found out by who opens it. */
export function path(metavar: "FILE" | "DIR"): ValueParser<"sync", string> {
  const type = metavar === "DIR" ? "directory" : "file";
  return {
    ...string({ metavar }),
    // The shell looks in its folder, which the program may not read.
    *suggest(prefix) {
      yield { kind: "file", type, pattern: prefix, includeHidden: prefix.includes("/.") };
    },
  };
}

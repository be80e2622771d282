/**
 * `genkan ca issue NAME…`: issues a certificate with the local CA.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import { argument, option } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import type { Command } from "../command.ts";

/** Browsers refuse a server's certificate that is valid for longer. */
const MAX_DAYS = 825;

/** What the command line says. */
export interface CaIssueArguments {
  /** DNS names and IP addresses; at least one. */
  readonly names: readonly string[];
  /** For a client instead of a server. */
  readonly client: boolean;
  /** How long it is valid. */
  readonly days: number | undefined;
  /** Where the files go; the CA's folder by default. */
  readonly out: string | undefined;
  /** Where the CA is; the user's data folder by default. */
  readonly folder: string | undefined;
}

const MISSING = message`NAME is missing: whom is the certificate for?`;

/** The command. */
export const caIssue: Command = {
  name: "ca issue",
  brief: message`Issue a certificate with the local CA.`,
  description:
    message`Issues a certificate for names and IP addresses, and writes it with its key. One that is there and still good for these names is kept.`,
  example: message`${commandLine("genkan ca issue app.test '*.app.test'")}${lineBreak()}${
    commandLine("genkan ca issue --client alice.internal --out certs")
  }`,
  parser: map(
    object({
      names: multiple(
        argument(string({ metavar: "NAME" }), {
          description: message`A DNS name, *.NAME, or an IP address.`,
        }),
        { min: 1, errors: { tooFew: MISSING } },
      ),
      client: withDefault(
        option("--client", { description: message`A client's certificate, not a server's.` }),
        false,
      ),
      days: optional(option("--days", integer({ metavar: "N", min: 1, max: MAX_DAYS }), {
        description: message`How long it is valid; 397 by default.`,
      })),
      out: optional(option("--out", string({ metavar: "DIR" }), {
        description: message`Where the files go; the CA's folder by default.`,
      })),
      folder: optional(option("--folder", string({ metavar: "DIR" }), {
        description: message`Where the CA is; the user's data folder by default.`,
      })),
    }, { errors: { endOfInput: MISSING } }),
    (values: CaIssueArguments) => async (runtime) =>
      await (await import("./action.ts")).issueFiles(runtime, values),
  ),
};

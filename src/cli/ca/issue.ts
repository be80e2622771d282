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
import { path } from "../path_value.ts";

/** Browsers refuse a server's certificate that is valid for longer. */
const MAX_DAYS = 825;

/** What the command line says. */
export interface CaIssueArguments {
  /** DNS names, IP and e-mail addresses, URIs; at least one. */
  readonly names: readonly string[];
  /** For a client instead of a server. */
  readonly client: boolean;
  /** How long it is valid. */
  readonly days: number | undefined;
  /** Where the files go; the CA's folder by default. */
  readonly out: string | undefined;
  /** Where the CA is; the user's data folder by default. */
  readonly folder: string | undefined;
  /** A PKCS#12 file that is written beside the PEM files. */
  readonly pkcs12: string | undefined;
  /** The file whose first line is its password. */
  readonly passwordFile: string | undefined;
  /** It has the empty password. */
  readonly noPassword: boolean;
  /** Replace files that are there. */
  readonly force: boolean;
}

const MISSING = message`NAME is missing: whom is the certificate for?`;

/** The command. */
export const caIssue: Command = {
  name: "ca issue",
  brief: message`Issue a certificate with the local CA.`,
  description:
    message`Issues a certificate for a server, or with --client for a client, and writes it with its key as PEM, and as PKCS#12 on demand. One that is there and still good for these names is kept; any other file is left alone unless --force is given. Names and IP addresses must be those that the CA may vouch for; e-mail addresses and URIs may be any, under a CA of an earlier genkan too.`,
  example: message`${commandLine("genkan ca issue app.test '*.app.test'")}${lineBreak()}${
    commandLine("genkan ca issue --client alice@corp.internal --out certs")
  }${lineBreak()}${
    commandLine("genkan ca issue --client spiffe://corp.internal/api --out certs")
  }${lineBreak()}${
    commandLine(
      "genkan ca issue --client alice@corp.internal --pkcs12 alice.p12 --password-file pw",
    )
  }`,
  writes: true,
  parser: map(
    object({
      names: multiple(
        argument(string({ metavar: "NAME" }), {
          description:
            message`A DNS name, *.NAME, an IP address, a URI such as spiffe://corp.internal/api, or for a client an e-mail address. The first one is the subject's common name.`,
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
      out: optional(option("--out", path("DIR"), {
        description: message`Where the files go; the CA's folder by default.`,
      })),
      folder: optional(option("--folder", path("DIR"), {
        description: message`Where the CA is; the user's data folder by default.`,
      })),
      pkcs12: optional(option("--pkcs12", path("FILE"), {
        description:
          message`Also writes the certificate, its CA's and the key as PKCS#12, for browsers and Java.`,
      })),
      passwordFile: optional(option("--password-file", path("FILE"), {
        description: message`The first line is the password of the PKCS#12 file.`,
      })),
      noPassword: withDefault(
        option("--no-password", {
          description:
            message`The PKCS#12 file has the empty password: whoever has it has the key.`,
        }),
        false,
      ),
      force: withDefault(
        option("--force", { description: message`Replace files that are there.` }),
        false,
      ),
    }, { errors: { endOfInput: MISSING } }),
    (values: CaIssueArguments) => async (runtime) =>
      await (await import("./issue_action.ts")).issueFiles(runtime, values),
  ),
};

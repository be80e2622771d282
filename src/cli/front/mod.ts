/**
 * `genkan FROM TO…`: a front in one line. Reads the options; what follows from them is in
 * `address.ts` (what may be written), `config.ts` (the configuration it means), `banner.ts` (what is
 * printed) and `action.ts` (certificates, and running it).
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import { argument, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Command } from "../command.ts";
import { path } from "../path_value.ts";

/** What the command line says, as it was written. */
export interface FrontArguments {
  /** `https://localhost:8443`. */
  readonly from: string;
  /** At least one. */
  readonly to: readonly string[];
  /** A file of trusted certificates for an https or tls TO. */
  readonly ca: string | undefined;
  /** The name asked for and checked in TO's certificate. */
  readonly serverName: string | undefined;
  /** Believe whoever answers at TO. */
  readonly insecureSkipVerify: boolean;
  /** No line on stdout for each request. */
  readonly noAccessLog: boolean;
}

/** FROM always has a scheme, a port or a dot; no command's name has any of them. */
export const LOOKS_LIKE_ADDRESS = /[:/.\d]/;

/** The command. */
export const front: Command = {
  name: "",
  brief: message`Put a front before a server, in one line.`,
  description:
    message`A TLS edge proxy. The schemes pick what happens: https:// and http:// speak HTTP, tls:// and tcp:// pass bytes on. An https or tls FROM gets a certificate from a local CA, which is made when there is none. The certificate of an https or tls TO is verified.`,
  example: message`${
    commandLine("genkan https://localhost:8443 http://localhost:3000")
  }${lineBreak()}${commandLine("genkan https://app.test:8443 3000 3001")}${lineBreak()}${
    commandLine("genkan http://localhost:8080 https://app.internal")
  }${lineBreak()}${commandLine("genkan tcp://localhost:8443 tcp://10.0.0.7:443")}`,
  writes: true,
  parser: map(
    object({
      from: argument(string({ metavar: "FROM" }), {
        description: message`Where to listen, such as https://localhost:8443.`,
      }),
      to: multiple(
        argument(string({ metavar: "TO" }), {
          description:
            message`Where to lead to, such as http://localhost:3000 or just 3000. Several take turns.`,
        }),
        { min: 1, errors: { tooFew: message`TO is missing: where does it lead to?` } },
      ),
      ca: optional(option("--ca", path("FILE"), {
        description:
          message`Trust the certificates in this PEM file for an https or tls TO, instead of the system's.`,
      })),
      serverName: optional(option("--server-name", string({ metavar: "NAME" }), {
        description:
          message`The name to ask for (SNI) and to find in the certificate of an https or tls TO; by default the host of TO.`,
      })),
      insecureSkipVerify: withDefault(
        option("--insecure-skip-verify", {
          description:
            message`Believe whoever answers at an https or tls TO. Unsafe: anyone on the way can read and change everything.`,
        }),
        false,
      ),
      noAccessLog: withDefault(
        option("--no-access-log", {
          description: message`No line on stdout for each request.`,
        }),
        false,
      ),
    }),
    (values: FrontArguments) => async (runtime) =>
      await (await import("./action.ts")).startFront(runtime, values),
  ),
};

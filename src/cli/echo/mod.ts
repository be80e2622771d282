/**
 * `genkan echo`: a service that answers each request with what it was asked. Reads the options;
 * `service.ts` is the server, `answer.ts` what it says, `action.ts` runs it.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Command } from "../command.ts";
import { path } from "../path_value.ts";

/** What the command line says. */
export interface EchoArguments {
  /** `127.0.0.1:10080`. */
  readonly listen: string;
  /** Speak HTTPS. */
  readonly tls: boolean;
  /** The certificate's file; given together with `key`. */
  readonly cert: string | undefined;
  /** Its key's file. */
  readonly key: string | undefined;
  /** What the answers say as `os.hostname`. */
  readonly name: string;
}

/** The command. */
export const echo: Command = {
  name: "echo",
  brief: message`Run the echo service alone.`,
  description:
    message`Answers every request with JSON that says what arrived: path, headers, method, body and what is known of the connection. With --tls it speaks HTTPS, with a certificate from the local CA unless --cert and --key name one.`,
  example: message`${commandLine("genkan echo --listen 127.0.0.1:10080")}${lineBreak()}${
    commandLine("genkan echo --listen 127.0.0.1:10443 --tls --name service-https")
  }`,
  // With --tls the local CA's files, where there are none.
  writes: true,
  parser: map(
    object({
      listen: withDefault(
        option("--listen", string({ metavar: "ADDRESS" }), {
          description: message`Where to listen; 127.0.0.1:10080 by default.`,
        }),
        "127.0.0.1:10080",
      ),
      tls: withDefault(option("--tls", { description: message`Speak HTTPS.` }), false),
      cert: optional(option("--cert", path("FILE"), {
        description: message`The certificate, PEM; implies --tls.`,
      })),
      key: optional(option("--key", path("FILE"), {
        description: message`Its key, PEM.`,
      })),
      name: withDefault(
        option("--name", string({ metavar: "NAME" }), {
          description: message`What the answers say as os.hostname; "echo" by default.`,
        }),
        "echo",
      ),
    }),
    (values: EchoArguments) => async (runtime) =>
      await (await import("./action.ts")).runEcho(runtime, values),
  ),
};

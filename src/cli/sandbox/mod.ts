/**
 * `genkan sandbox`: two echo services and the four proxies before them. Reads the options; the rest
 * is in `action.ts`, with a file for each of its subjects: ports, certificates, configurations, the
 * question that is asked to each of the six, and the table.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import type { Command } from "../command.ts";
import { DEFAULT_BASE_PORT, MAX_BASE_PORT } from "./ports.ts";
import { path } from "../path_value.ts";

/** What the command line says. */
export interface SandboxArguments {
  /** The port of the first proxy; 0 for free ports everywhere. */
  readonly basePort: number;
  /** The proxies from `configs/envoy/`. */
  readonly envoy: boolean;
  /** Where the certificates are, or are made. */
  readonly certs: string | undefined;
}

/** The command. */
export const sandbox: Command = {
  name: "sandbox",
  brief: message`Run the TLS sandbox: two services, four proxies.`,
  description:
    message`Runs two echo services, service-http and service-https, and four proxies before them: https to http, https to https, http to https, and https passed through. Makes the certificates, asks each of the six a request, and says "ready" when all have answered. Ctrl-C stops them all.`,
  example: message`${commandLine("genkan sandbox")}${lineBreak()}${
    commandLine("genkan sandbox --base-port 20000 --envoy")
  }`,
  writes: true,
  parser: map(
    object({
      basePort: withDefault(
        option("--base-port", integer({ metavar: "PORT", min: 0, max: MAX_BASE_PORT }), {
          description:
            message`The first proxy's port; 10000 by default. The services are 80 and 443 above it. 0 takes free ports.`,
        }),
        DEFAULT_BASE_PORT,
      ),
      envoy: withDefault(
        option("--envoy", { description: message`Read the proxies from Envoy's YAML.` }),
        false,
      ),
      certs: optional(option("--certs", path("DIR"), {
        description:
          message`Where the certificates go; certs when there is such a folder here, else the user's data folder.`,
      })),
    }),
    (values: SandboxArguments) => async (runtime) =>
      await (await import("./action.ts")).runSandbox(runtime, values),
  ),
};

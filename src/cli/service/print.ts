/**
 * `genkan service print`: shows the unit.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { type Command, EXIT_OK } from "../command.ts";
import { unitOptions } from "./options.ts";

/** The command. */
export const servicePrint: Command = {
  name: "service print",
  brief: message`Print the systemd unit.`,
  description:
    message`Prints the unit that install writes: started when the network is up, watched, restarted when it fails, with the rights to bind low ports and to read, and no others.`,
  example: message`${commandLine("genkan service print")}${lineBreak()}${
    commandLine(
      "genkan service print --credential app-key.pem:/etc/genkan/app-key.pem " +
        "| sudo tee /etc/systemd/system/genkan.service",
    )
  }`,
  parser: map(object(unitOptions), (values) => async (runtime) => {
    const { settingsFor } = await import("./settings.ts");
    const { unitText } = await import("./unit.ts");
    await runtime.write("stdout", unitText(settingsFor(values)));
    return EXIT_OK;
  }),
};

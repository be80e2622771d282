/**
 * Runs `genkan ca create`.
 *
 * @module
 */

import type { Runtime } from "../../runtime/mod.ts";
import { createLocalCa, openLocalCa } from "../../tls/mod.ts";
import { EXIT_OK } from "../command.ts";
import { CommandError } from "../failure.ts";
import { formatStores, trustStores } from "../trust_advice.ts";
import type { CaCreateArguments } from "./create.ts";
import { day } from "./day.ts";

/** Makes a CA and says where it is and how to trust it. */
export async function createCaFiles(
  runtime: Runtime,
  { folder, name, force }: CaCreateArguments,
): Promise<number> {
  const now = Date.now();
  if (!force && await openLocalCa(runtime, now, folder) !== null) {
    throw new CommandError(
      `Cannot create a CA${folder === undefined ? "" : ` in ${folder}`}: there is one already; ` +
        "--force replaces it, and what it issued isn't trusted any longer",
    );
  }
  const ca = await createLocalCa(runtime, now, folder, { name, replace: force });
  await runtime.write(
    "stdout",
    `created the CA ${ca.certificate.subject}, valid until ${day(ca.certificate.notAfter)}\n` +
      `  ${ca.certPath}\n  ${ca.folder}/ca-key.pem (keep it secret)\n` +
      `trust it:\n${formatStores(trustStores(ca.certPath))}`,
  );
  return EXIT_OK;
}

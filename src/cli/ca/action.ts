/**
 * Runs `genkan ca create` and `genkan ca issue`.
 *
 * @module
 */

import { isIpAddress, type Runtime } from "../../runtime/mod.ts";
import { createLocalCa, openLocalCa } from "../../tls/mod.ts";
import type { CaCreateArguments } from "./create.ts";
import type { CaIssueArguments } from "./issue.ts";
import { EXIT_OK } from "../command.ts";
import { CommandError } from "../failure.ts";
import { shellWord } from "../shell_word.ts";
import { formatStores, trustStores } from "../trust_advice.ts";

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

/** Issues a certificate and says where it is. */
export async function issueFiles(
  runtime: Runtime,
  { names, client, days, out, folder }: CaIssueArguments,
): Promise<number> {
  const now = Date.now();
  const ca = await openLocalCa(runtime, now, folder);
  if (ca === null) {
    const option = folder === undefined ? "" : ` --folder ${shellWord(folder)}`;
    throw new CommandError(
      `Cannot issue a certificate: there is no CA; make one with 'genkan ca create${option}'`,
    );
  }
  const usage = client ? "client" : "server";
  const leaf = await ca.issue({ names, now, days, usage, folder: out });
  const verb = leaf.reused ? "kept, it is still good:" : "issued";
  await runtime.write(
    "stdout",
    `${verb} a ${usage}'s certificate for ${names.join(", ")}, ` +
      `valid until ${day(leaf.certificate.notAfter)}\n` +
      `  ${leaf.certPath}\n  ${leaf.keyPath} (keep it secret)\n`,
  );
  if (names.some(isIpAddress)) await runtime.write("stderr", ADDRESS_NOTE);
  return EXIT_OK;
}

/** BoringSSL's X.509 code doesn't know name constraints on addresses, so it can't keep to them. */
const ADDRESS_NOTE =
  "note: Bun and Envoy refuse a certificate with an IP address from a CA that is kept to private " +
  "ones; for them issue one of names alone\n";

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

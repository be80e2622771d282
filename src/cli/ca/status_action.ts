/**
 * Runs `genkan ca status`.
 *
 * @module
 */

import type { Runtime } from "../../runtime/mod.ts";
import { type CaStatus, dataFolder, findTrust, readCaStatus } from "../../tls/mod.ts";
import { EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { findingsOnCa, findingsOnLeaves } from "./ca_findings.ts";
import { type Finding, formatFindings } from "../finding.ts";
import { folderOption, noCa } from "./missing.ts";
import type { CaStatusArguments } from "./status.ts";
import { findingsOnTrust } from "./trust_findings.ts";

/** Prints what is known of the CA. */
export async function showStatus(
  runtime: Runtime,
  { folder, json }: CaStatusArguments,
): Promise<number> {
  const now = Date.now();
  const status = await readCaStatus(runtime, now, folder ?? dataFolder(runtime));
  if (status === null) throw noCa("Cannot show the status", folder);
  const option = folderOption(folder);
  const findings = [
    ...findingsOnCa(status, now, option),
    ...findingsOnLeaves(status, now, option),
    ...findingsOnTrust(await findTrust(runtime, status.der), status.certPath),
  ];
  const text = json ? toJson(status, findings) : formatFindings(findings);
  await runtime.write("stdout", text);
  return status.problem === null ? EXIT_OK : EXIT_FAILURE;
}

function toJson(status: CaStatus, findings: readonly Finding[]): string {
  const { certPath, certificate, fingerprint, permitted, leaves } = status;
  const report = {
    certificate: certPath,
    subject: certificate.subject,
    fingerprint_sha256: fingerprint,
    not_before: new Date(certificate.notBefore),
    not_after: new Date(certificate.notAfter),
    usable: status.problem === null,
    permitted,
    issued: leaves.filter(({ isOurs }) => isOurs).map((leaf) => ({
      certificate: leaf.path,
      usage: leaf.usage,
      dns_names: leaf.certificate.dnsNames,
      ip_addresses: leaf.certificate.ipAddresses,
      emails: leaf.certificate.emails,
      uris: leaf.certificate.uris,
      not_after: new Date(leaf.certificate.notAfter),
    })),
    findings,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

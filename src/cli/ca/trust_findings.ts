/**
 * What `genkan ca status` says of the trust stores.
 *
 * @module
 */

import type { TrustFinding, TrustStore } from "../../tls/mod.ts";
import { shellWord } from "../shell_word.ts";
import { trustStores } from "../trust_advice.ts";
import type { Finding } from "../finding.ts";

/** A line a store, with what to do where it lacks the CA. */
export function findingsOnTrust(found: readonly TrustFinding[], certPath: string): Finding[] {
  return found.map((finding) => ({ topic: "trust", ...judge(finding, certPath) }));
}

function judge(
  finding: TrustFinding,
  certPath: string,
): Pick<Finding, "level" | "text" | "hint"> {
  const { store } = finding;
  switch (finding.kind) {
    case "holds":
      return { level: "ok", text: `${store}: in ${finding.path}`, hint: null };
    case "lacks":
      return {
        level: "warn",
        text: `${store}: not in ${finding.path}`,
        hint: howToTrust(store, finding.path, certPath),
      };
    case "unreadable":
      return {
        level: "info",
        text: `${store}: cannot read ${finding.path}: ${finding.reason}`,
        // A new bundle of ours alone would be worse than none.
        hint: store === "OpenSSL" ? null : howToTrust(store, finding.path, certPath),
      };
    case "unset":
      return {
        level: "info",
        text: `${store}: ${finding.variable} isn't set, or genkan may not read it`,
        hint: howToTrust(store, "", certPath),
      };
  }
}

/** `path` is what was looked into. */
function howToTrust(store: TrustStore, path: string, certPath: string): string {
  const advice = new Map(trustStores(certPath));
  const of = (name: string) => advice.get(name) ?? `add ${certPath} to it`;
  switch (store) {
    case "system":
      return advice.get("macOS") ?? advice.get("Windows") ??
        of(path.startsWith("/etc/pki/") ? "Fedora, Arch" : "Debian, Ubuntu");
    case "Chromium": {
      const folder = shellWord(`sql:${path.slice(0, path.lastIndexOf("/"))}`);
      return `certutil -A -d ${folder} -n genkan -t C,, -i ${shellWord(certPath)}`;
    }
    case "OpenSSL":
      // What lies below /etc is the system's, and is written anew at its next update.
      if (path.startsWith("/etc/")) return howToTrust("system", path, certPath);
      return `cat ${shellWord(certPath)} >> ${shellWord(path)}`;
    default:
      return of(store);
  }
}

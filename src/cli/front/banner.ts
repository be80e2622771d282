/**
 * What `genkan FROM TO…` prints once it listens: where, where it leads to, and how to trust it.
 *
 * @module
 */

import { type FrontAddress, showUrl } from "./address.ts";
import { shellWord } from "../shell_word.ts";
import { formatStores, type TrustStore, trustStores } from "../trust_advice.ts";

/** What there is to tell. */
export interface FrontFacts {
  /** With the port that was given out. */
  readonly from: FrontAddress;
  readonly to: readonly FrontAddress[];
  /** How the certificate of an https or tls TO is judged; null for a plain one. */
  readonly upstreamTrust: string | null;
  /** The local CA's certificate, when it vouches for FROM. */
  readonly caPath: string | null;
  /** True when that CA was made just now. */
  readonly caIsNew: boolean;
  /** False when FROM's name doesn't lead to this machine yet. */
  readonly resolves: boolean;
}

/** The lines, the last one with its newline. */
export function frontBanner(facts: FrontFacts, platform: string = navigator.platform): string {
  const { from, to, upstreamTrust, caPath } = facts;
  const trust = upstreamTrust === null ? "" : `, ${upstreamTrust}`;
  const lines = [`${showUrl(from)} leads to ${to.map(showUrl).join(", ")}${trust}`];
  if (!facts.resolves) {
    lines.push(
      `${from.host} doesn't lead here yet: echo '127.0.0.1 ${from.host}' | sudo tee -a /etc/hosts`,
    );
  }
  if (caPath === null) return `${lines.join("\n")}\n`;
  lines.push(
    facts.caIsNew
      ? `made a local CA for its certificate: ${caPath}`
      : `its certificate is from the local CA: ${caPath}`,
    "try it, or trust the CA once for all:",
  );
  const once: TrustStore[] = from.scheme === "https"
    ? [["curl", `curl --cacert ${shellWord(caPath)} ${showUrl(from)}/`]]
    : [];
  return `${lines.join("\n")}\n${formatStores([...once, ...trustStores(caPath, platform)])}`;
}

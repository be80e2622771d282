/**
 * What `genkan FROM TO…` prints once it listens: where, where it leads to, and how to trust it.
 *
 * @module
 */

import {
  type FrontAddress,
  isIpAddress,
  isLocalhost,
  showUrl,
  speaksTls,
} from "./front_address.ts";
import { shellWord } from "./sandbox_table.ts";
import { trustAdvice } from "./trust_advice.ts";

/** What there is to tell. */
export interface FrontFacts {
  /** With the port that was given out. */
  readonly from: FrontAddress;
  readonly to: readonly FrontAddress[];
  /** How the certificate of an https or tls TO is judged; null for a plain one. */
  readonly verification: string | null;
  /** The local CA's certificate, when it vouches for FROM. */
  readonly caPath: string | null;
  /** True when that CA was made just now. */
  readonly caIsNew: boolean;
  /** False when FROM's name doesn't lead to this machine yet. */
  readonly resolves: boolean;
}

/** The lines, the last one with its newline. */
export function frontBanner(facts: FrontFacts): string {
  const { from, to, verification, caPath } = facts;
  const lines = [`${showUrl(from)} leads to ${to.map(showUrl).join(", ")}`];
  if (verification !== null) lines.push(`its certificate is ${verification}`);
  if (!facts.resolves) {
    lines.push(
      `${from.host} doesn't lead here yet: echo '127.0.0.1 ${from.host}' | sudo tee -a /etc/hosts`,
    );
  }
  if (caPath === null) return `${lines.join("\n")}\n`;
  lines.push(
    `${facts.caIsNew ? "made a local CA" : "certificate from the local CA"}: ${caPath}`,
    `trust it for one command, or once for a whole machine (then start browsers anew):`,
  );
  const curl = from.scheme === "https"
    ? `  curl --cacert ${shellWord(caPath)} ${showUrl(from)}/\n`
    : "";
  return `${lines.join("\n")}\n${curl}${trustAdvice(caPath)}`;
}

/** True when FROM's name needs no entry in the hosts file: addresses and `localhost` do not. */
export function leadsHereByItself(host: string): boolean {
  return isIpAddress(host) || isLocalhost(host);
}

/** True when FROM shows a certificate. */
export function showsCertificate(from: FrontAddress): boolean {
  return speaksTls(from.scheme);
}

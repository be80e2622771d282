/**
 * What a probe saw, as lines for people and for grep.
 *
 * @module
 */

import type { UpstreamTlsConfig } from "../../config/model.ts";
import { quote } from "../../config/problem.ts";
import type { TlsInfo } from "../../runtime/mod.ts";
import { altNames, type CertificateInfo } from "../../tls/certificate.ts";
import { matchesAnySan } from "../../tls/san_match.ts";
import { day, daysUntil } from "../ca/day.ts";
import type { Outcome } from "./probe.ts";

const INDENT = "     ";
const MAX_NAMES = 5;

/** One line that begins with `ok`, `fail` or `none`, and below a failure the reason and the remedy. */
export function formatOutcome(outcome: Outcome, now: number): string {
  const { cluster, where } = outcome;
  const name = /^[\w.-]+$/.test(cluster.name) ? cluster.name : quote(cluster.name);
  switch (outcome.kind) {
    case "empty":
      return `none cluster ${name} has no endpoints\n`;
    case "accepted":
      return `ok   cluster ${name} ${where} accepts connections\n`;
    case "secured": {
      const seen = [
        ...session(outcome.info),
        certificate(outcome.presented, now),
        ...unverified(cluster.tls!, outcome.presented),
      ];
      return `ok   cluster ${name} ${where} ${seen.filter((part) => part !== null).join(", ")}\n`;
    }
    case "failed": {
      const { explanation: { code, title, cause, fix, detail }, presented } = outcome;
      const lines = [
        `fail cluster ${name} ${where} ${code}: ${title}`,
        `${INDENT}${cause}`,
        ...detail === null ? [] : [`${INDENT}${detail}`],
        ...presented === null ? [] : [`${INDENT}shown: ${shown(presented, now)}`],
        `${INDENT}→ ${fix}`,
      ];
      return `${lines.join("\n")}\n`;
    }
  }
}

/** What nobody has made sure of. Any of the `sans` will do in place of the name. */
function unverified(
  { verify, sans }: UpstreamTlsConfig,
  presented: CertificateInfo | null,
): string[] {
  if (verify === "none") return ["NOT verified"];
  if (presented !== null && matchesAnySan(sans, presented)) return [];
  return verify === "chain" ? ["its name NOT verified"] : [];
}

function session({ version, cipher, alpn }: TlsInfo): (string | null)[] {
  return [version ?? "TLS", cipher, alpn === null ? "no alpn" : `alpn ${alpn}`];
}

function certificate(info: CertificateInfo | null, now: number): string | null {
  return info === null ? null : `certificate ${nameOf(info)}, ${timeLeft(info, now)}`;
}

function shown(info: CertificateInfo, now: number): string {
  const names = altNames(info);
  const more = names.length > MAX_NAMES ? ", …" : "";
  const issuer = info.issuer === info.subject ? "itself" : info.issuer;
  return `${nameOf(info)} for ${names.slice(0, MAX_NAMES).join(", ") || "no name"}${more}, ` +
    `issued by ${issuer}, ${timeLeft(info, now)}`;
}

function nameOf(info: CertificateInfo): string {
  return info.subject || altNames(info)[0] || "without a name";
}

function timeLeft({ notBefore, notAfter }: CertificateInfo, now: number): string {
  if (now < notBefore) return `not valid before ${day(notBefore)}`;
  if (now > notAfter) return `expired on ${day(notAfter)}`;
  const days = daysUntil(notAfter, now);
  return days === 1 ? "1 day left" : `${days} days left`;
}

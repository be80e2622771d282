/**
 * What `genkan ca status` says of the CA itself and of what it issued.
 *
 * @module
 */

import { altNames, type CaStatus, type LeafStatus } from "../../tls/mod.ts";
import { shellWord } from "../shell_word.ts";
import { day, daysUntil } from "./day.ts";
import type { Finding, FindingLevel } from "../finding.ts";

const RENEW_DAYS = 30; // when `ca issue` no longer keeps a leaf
const RENEW_CA_DAYS = 397; // when leaves begin to be cut short by the CA's own end

/** Where it is, what it is called, how long it is good, and for what. `option` names its folder. */
export function findingsOnCa(status: CaStatus, now: number, option: string): Finding[] {
  const { certificate, certPath, fingerprint, problem } = status;
  const say = (level: FindingLevel, text: string, hint: string | null = null): Finding => ({
    level,
    topic: "ca",
    text,
    hint,
  });
  const left = daysUntil(certificate.notAfter, now);
  const validity = `valid ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`;
  const isLate = left < RENEW_CA_DAYS;
  return [
    problem === null ? say("ok", certPath) : say("fail", certPath, problem),
    say("info", `${certificate.subject}, ${certificate.keyAlgorithm}`),
    say("info", `SHA-256 ${fingerprint}`),
    say(
      left < 0 ? "fail" : isLate ? "warn" : "ok",
      `${validity}, ${describeDays(left)}`,
      isLate ? `what it issues ends with it; ${newOne(option)} a new one` : null,
    ),
    ...findingsOnNames(status, option),
  ];
}

function newOne(option: string): string {
  return `'genkan ca create --force${option}' makes`;
}

function findingsOnNames({ permitted, isForTlsOnly }: CaStatus, option: string): Finding[] {
  const say = (level: FindingLevel, text: string, hint: string | null = null): Finding => ({
    level,
    topic: "names",
    text,
    hint,
  });
  const findings = [
    say("info", `DNS names: ${permitted.dns ?? "any"}`),
    say("info", `IP addresses: ${permitted.ip ?? "any"}`),
    say("info", `e-mail addresses: ${permitted.email ?? "any"}`),
    say("info", `URIs: ${permitted.uri ?? "any"}`),
  ];
  if (permitted.dns === null || permitted.ip === null) {
    const hint = "whoever steals its key can pose as every site; " +
      `${newOne(option)} one that is kept to local names`;
    findings.push(say("warn", "not kept to local names", hint));
  }
  const hint = `its key could also sign mail and code; ${newOne(option)} one that is kept to TLS`;
  findings.push(
    isForTlsOnly
      ? say("ok", "for TLS only")
      : say("info", "not kept to TLS, as CAs of an earlier genkan", hint),
  );
  return findings;
}

/** The leaves beside it. `option` names its folder. */
export function findingsOnLeaves({ leaves }: CaStatus, now: number, option: string): Finding[] {
  if (leaves.length === 0) {
    const hint = `genkan ca issue localhost${option}`;
    return [{ level: "info", topic: "issued", text: "nothing beside the CA", hint }];
  }
  return leaves.map((leaf) => ({ topic: "issued", ...judgeLeaf(leaf, now, option) }));
}

function judgeLeaf(
  leaf: LeafStatus,
  now: number,
  option: string,
): Pick<Finding, "level" | "text" | "hint"> {
  const { path, certificate, usage, isOurs, hasKey } = leaf;
  const left = daysUntil(certificate.notAfter, now);
  const names = altNames(certificate);
  const text = `${path}: ${usage}, ${names.join(" ")}, ${describeDays(left)}`;
  const client = usage === "client" ? " --client" : "";
  const again = `genkan ca issue${client} --force ${names.map(shellWord).join(" ")}${option}`;
  if (!isOurs) return { level: "warn", text: `${text}, of another CA`, hint: again };
  if (!hasKey) return { level: "warn", text: `${text}, without its key`, hint: again };
  if (left < 0) return { level: "fail", text, hint: again };
  return { level: left < RENEW_DAYS ? "warn" : "ok", text, hint: left < RENEW_DAYS ? again : null };
}

function describeDays(left: number): string {
  if (left < 0) return "expired";
  return left === 1 ? "1 day left" : `${left} days left`;
}

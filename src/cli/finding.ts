/**
 * One thing that `genkan ca status` or `genkan service status` found, and how it is printed.
 *
 * @module
 */

/** `warn`: soon broken, or not as it should be. `fail`: broken. `info`: nothing to judge. */
export type FindingLevel = "ok" | "warn" | "fail" | "info";

/** One line of the report, and what may be done about it. */
export interface Finding {
  readonly level: FindingLevel;
  /** What it is about, one short word. */
  readonly topic: string;
  readonly text: string;
  /** A shell's words, or steps; null when there is nothing to do. */
  readonly hint: string | null;
}

const LEVEL_WIDTH = 6;
const TOPIC_WIDTH = 8;

/** A line each, the hint below it. Ends with a newline. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings.map(({ level, topic, text, hint }) => {
    const line = `${level.padEnd(LEVEL_WIDTH)}${topic.padEnd(TOPIC_WIDTH)}${text}\n`;
    return hint === null ? line : `${line}${" ".repeat(LEVEL_WIDTH + TOPIC_WIDTH)}→ ${hint}\n`;
  }).join("");
}

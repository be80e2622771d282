/**
 * What the sandbox prints: who listens where, leads to whom, and answers; and how to ask each one.
 *
 * @module
 */

import { shellWord } from "../shell_word.ts";

/** One of the six. */
export interface SandboxRow {
  /** `service-http`, `https-http` … */
  readonly name: string;
  /** `https://localhost:10000`. */
  readonly listens: string;
  /** The service behind it; empty for a service. */
  readonly leadsTo: string;
  /** `answers`, or why it doesn't. */
  readonly state: string;
}

const TITLES: SandboxRow = {
  name: "NAME",
  listens: "LISTENS",
  leadsTo: "LEADS TO",
  state: "STATE",
};

/** A table with a title line, columns as wide as they need to be. Ends with a newline. */
export function formatTable(rows: readonly SandboxRow[]): string {
  const all = [TITLES, ...rows];
  const width = (column: keyof SandboxRow) => Math.max(...all.map((row) => row[column].length));
  const [name, listens, leadsTo] = [width("name"), width("listens"), width("leadsTo")];
  return all.map((row) =>
    `${row.name.padEnd(name)}  ${row.listens.padEnd(listens)}  ${
      (row.leadsTo || "-").padEnd(leadsTo)
    }  ${row.state}\n`
  ).join("");
}

/** A curl line for each row. `caPath` is the CA's certificate. Ends with a newline. */
export function formatExamples(rows: readonly SandboxRow[], caPath: string): string {
  const width = Math.max(...rows.map(({ listens }) => curl(listens, caPath).length));
  return rows.map((row) => {
    const what = row.leadsTo === "" ? row.name : `${row.name} leads to ${row.leadsTo}`;
    return `  ${curl(row.listens, caPath).padEnd(width)}  # ${what}\n`;
  }).join("");
}

function curl(url: string, caPath: string): string {
  const trust = url.startsWith("https:") ? `--cacert ${shellWord(caPath)} ` : "";
  return `curl ${trust}${url}`;
}

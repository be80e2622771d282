/**
 * Where a run was made, and with what.
 *
 * @module
 */

import type { Programs } from "./process.ts";

/** The machine. */
export interface Machine {
  /** The processor's name, as Linux tells it. */
  readonly processor: string;
  /** How many of its cores are there. */
  readonly cores: number;
  /** Such as `Linux version 6.1.0`. */
  readonly system: string;
  /** Load average of the last minute when it was asked: above 0.7, figures are less to be trusted. */
  readonly loadAverage: number;
}

/** How each program is asked for its version, and the line that tells. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  nginx: ["nginx", "-v"],
  haproxy: ["haproxy", "-v"],
  caddy: ["caddy", "version"],
  envoy: ["envoy", "--version"],
  deno: ["deno", "--version"],
  bun: ["bun", "--version"],
  genkan: ["dist/genkan", "--version"],
  wrk: ["wrk", "-v"],
  h2load: ["h2load", "--version"],
  curl: ["curl", "--version"],
  openssl: ["openssl", "version"],
};

/** Asks the system. */
export async function machine(programs: Programs): Promise<Machine> {
  const [cpus, version, load] = await Promise.all(
    ["/proc/cpuinfo", "/proc/version", "/proc/loadavg"].map((path) =>
      programs.output(["cat", path])
    ),
  );
  return {
    processor: /^model name\s*: (.*)$/m.exec(cpus)?.[1] ?? "unknown",
    cores: cpus.match(/^processor\s*:/gm)?.length ?? navigator.hardwareConcurrency,
    system: version.split(" ").slice(0, 3).join(" "),
    loadAverage: Number(load.split(" ")[0]),
  };
}

/** What the programs that are there say of their versions. */
export async function versions(programs: Programs): Promise<Record<string, string>> {
  const asked = Object.entries(VERSIONS).map(async ([name, command]) => {
    const said = await programs.says(command);
    const line = said?.split("\n").find((each) => /\d\.\d/.test(each))?.trim();
    return line === undefined ? [] : [[name, line]];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}

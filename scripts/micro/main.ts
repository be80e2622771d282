/**
 * `deno task micro`: what the codec, the router, the access log and the timers cost, in nanoseconds. The
 * lowest time is shown and compared: it is the one that other programs on the machine disturb least.
 *
 * @module
 */

import { bunPath } from "../bun.ts";
import { type Report, reportTable, slips } from "./report.ts";

const USAGE = `Usage: deno task micro [OPTION…]
  --bun          run on Bun instead of Deno
  --json=FILE    also write the figures
  --check=FILE   compare with the figures of an earlier run on the same machine and
                 runtime; the exit code is 1 when any got 1.3 times as slow`;

async function measure(isBun: boolean): Promise<Report> {
  const folder = new URL(".", import.meta.url).pathname;
  const [program, ...args] = isBun
    ? [await bunPath(), `${folder}bun.ts`]
    : ["deno", "bench", "--quiet", "--json", folder];
  const output = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  if (!output.success) throw new Error(`Cannot run the micro-benchmarks: ${program} failed`);
  return JSON.parse(new TextDecoder().decode(output.stdout));
}

if (import.meta.main) {
  let isBun = false;
  const files = new Map<string, string>();
  for (const arg of Deno.args) {
    const [, option, file] = /^--(json|check)=(.+)$/.exec(arg) ?? [];
    if (arg === "--bun") isBun = true;
    else if (option !== undefined) files.set(option, file);
    else {
      console.error(`Cannot read the command line: found ${arg}\n\n${USAGE}`);
      Deno.exit(2);
    }
  }
  try {
    const check = files.get("check"), json = files.get("json");
    const earlier: Report | null = check === undefined
      ? null
      : JSON.parse(await Deno.readTextFile(check));
    const report = await measure(isBun);
    console.log(reportTable(report, earlier));
    if (json !== undefined) await Deno.writeTextFile(json, JSON.stringify(report, null, 2) + "\n");
    const slower = earlier === null ? [] : slips(report, earlier);
    if (slower.length > 0) {
      console.error(`Slower than before: ${slower.join("; ")}`);
      Deno.exitCode = 1;
    }
  } catch (error) {
    console.error((error as Error).message);
    Deno.exitCode = 1;
  }
}

/**
 * `deno task bench`: what a proxied request costs, next to nginx and HAProxy. Each proxy is held to
 * core 0, load and upstream to core 1; rounds are interleaved (A B C, A B C), so that a machine
 * that slows down slows all of them. docs/performance.md says how to read the figures.
 *
 * @module
 */

import { compare } from "./comparison.ts";
import { benchLatency } from "./open_loop.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { Programs } from "./process.ts";
import { benchSlowClients } from "./slow_clients.ts";
import { benchStart } from "./start.ts";
import { genkanNames, SUBJECTS } from "./subjects.ts";
import type { Result } from "./table.ts";
import { benchAccessLog, benchWorkers } from "./workers.ts";

const PROXY_CORES = "0";
const LOAD_CORES = "1";

async function bench(options: Options, folder: string, programs: Programs): Promise<Result[]> {
  const { others } = options;
  const run = { ...options, folder, only: genkanNames(options.only) };
  const results: Result[] = [];
  const subjects = SUBJECTS.filter(({ name }) => options.only.includes(name));
  const all = { ...options, subjects, proxyCores: PROXY_CORES, loadCores: LOAD_CORES, folder };
  if (options.tests.length > 0) results.push(...await compare(all, programs));
  if (others.includes("slow-clients")) await benchSlowClients(run, folder, programs);
  if (others.includes("workers")) results.push(...await benchWorkers(run, programs));
  if (others.includes("access-log")) results.push(...await benchAccessLog(run, programs));
  if (others.includes("start")) await benchStart(run, programs);
  if (others.includes("latency")) await benchLatency(all, programs);
  return results;
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  if (typeof options === "string") {
    console.error(`${options}\n\n${USAGE}`);
    Deno.exit(2);
  }
  const folder = await Deno.makeTempDir({ prefix: "genkan-bench-" });
  // nginx's worker, which is not root, reads the large file.
  await Deno.chmod(folder, 0o755);
  const programs = new Programs();
  let interrupted = false;
  const end = async () => {
    await programs.end();
    await Deno.remove(folder, { recursive: true });
  };
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      interrupted = true;
      end().finally(() => Deno.exit(code));
    });
  }
  try {
    const results = await bench(options, folder, programs);
    if (options.json !== null) await writeJson(options.json, results);
  } catch (error) {
    if (!interrupted) {
      console.error(`Cannot finish the benchmark: ${(error as Error).message}`);
      Deno.exitCode = 1;
    }
  }
  if (!interrupted) {
    await end();
    // The signal listeners would keep the process.
    Deno.exit();
  }
}

async function writeJson(path: string, results: readonly Result[]): Promise<void> {
  const plain = results.map((result) => ({ ...result, rounds: Object.fromEntries(result.rounds) }));
  await Deno.writeTextFile(path, JSON.stringify(plain, null, 2) + "\n");
}

/**
 * What `genkan check` does: it reads the configuration, and with `--probe` finds the endpoints
 * (`endpoints.ts`), connects to each (`probe.ts`), some at a time (`in_order.ts`), and says what it
 * saw (`report.ts`).
 *
 * @module
 */

import type { LoadedConfig } from "../../config/mod.ts";
import { createLog, createStats } from "../../observe/mod.ts";
import type { Runtime } from "../../runtime/mod.ts";
import { TimerWheel } from "../../session/mod.ts";
import { EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { findEndpoints } from "./endpoints.ts";
import { inOrder } from "./in_order.ts";
import { probeEndpoint } from "./probe.ts";
import { formatOutcome } from "./report.ts";

/** Connections at a time. */
const MAX_PROBES = 16;

/** What the command line says. */
export interface CheckArguments {
  readonly file: string;
  /** Connect to every endpoint. */
  readonly probe: boolean;
}

/** Says what is wrong with a configuration, and gives the exit code. */
export async function checkFile(
  runtime: Runtime,
  { file, probe }: CheckArguments,
): Promise<number> {
  const [{ loadConfig }, { writeWarnings }] = await Promise.all([
    import("../../config/mod.ts"),
    import("../config_warnings.ts"),
  ]);
  const { config, warnings } = await loadConfig(file, runtime);
  await writeWarnings(runtime, warnings);
  await runtime.write("stdout", `configuration '${file}' OK\n`);
  return probe ? await probeAll(runtime, config) : EXIT_OK;
}

/** A line or more for each endpoint, in the order of the file, as soon as those before are done. */
async function probeAll(runtime: Runtime, config: LoadedConfig["config"]): Promise<number> {
  using wheel = new TimerWheel();
  // What a resolver says is told by the endpoint that isn't found.
  const log = createLog(() => Promise.resolve(), { now: Date.now });
  const options = { network: runtime, wheel, stats: createStats(), log };
  const found = await Array.fromAsync(
    inOrder(config.clusters, MAX_PROBES, (cluster) => findEndpoints(cluster, options)),
  );
  const targets = found.flatMap((cluster) => cluster.targets);
  const count = targets.filter(({ kind }) => kind !== "empty").length;
  if (runtime.isTerminal("stderr")) {
    const seconds = Math.max(0, ...config.clusters.map((each) => each.connectTimeoutMs)) / 1000;
    const progress = `connecting to ${count} endpoints, each for at most ${seconds} s\n`;
    await runtime.write("stderr", progress);
  }
  const context = { network: runtime, form: config.frontEnd };
  let failures = 0;
  for await (
    const outcome of inOrder(targets, MAX_PROBES, (target) => probeEndpoint(target, context))
  ) {
    if (outcome.kind === "failed") failures++;
    await runtime.write("stdout", formatOutcome(outcome, Date.now()));
  }
  for (const { cluster } of found) cluster.close();
  await runtime.write("stdout", `${summary(count, failures)}\n`);
  return failures === 0 ? EXIT_OK : EXIT_FAILURE;
}

function summary(count: number, failures: number): string {
  if (count === 0) return "no endpoint to probe";
  const endpoints = count === 1 ? "1 endpoint" : `${count} endpoints`;
  return failures === 0 ? `${endpoints} OK` : `${failures} of ${endpoints} failed`;
}

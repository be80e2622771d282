/**
 * Rounds of requests to several proxies in turn (A B C, A B C), so that a machine that slows down slows
 * all of them, and the CPU time that each used.
 *
 * @module
 */

import { makeCertificate } from "./certificate.ts";
import { Load } from "./load.ts";
import { type Cores, freePorts, type Programs } from "./process.ts";
import type { Progress } from "./progress.ts";
import { figuresOf } from "./report.ts";
import { type Running, start } from "./running.ts";
import type { Subject, Way } from "./subject.ts";
import { type Result, type Round, table } from "./table.ts";
import { judgements } from "./targets.ts";
import { upstreamLaunch } from "./upstream.ts";
import { type RoundOptions, type TestId, type Workload, WORKLOADS } from "./workloads.ts";

export { type Running, start } from "./running.ts";

/** Downloads in a round: enough for CPU time's grain of 10 ms not to matter. */
const TRANSFERS = 10, TRANSFERS_QUICK = 5;
/** Before the first round, so that just-in-time compilers are done. */
const WARM_UP_SECONDS = 10, WARM_UP_SECONDS_QUICK = 1;
/**
 * Before each round, without being counted: while the others had their turns, a collector has shrunk
 * the heap of a proxy that idled, and other programs' code and data have taken its place in the caches.
 */
const LEAD_IN_SECONDS = 2, LEAD_IN_SECONDS_QUICK = 1;
/** What a proxy takes for a large body, about; for the estimate alone. */
const TRANSFER_SECONDS = 0.3;
/** Above this load average, other programs take from what is measured. */
const BUSY_LOAD = 0.7;
/** Ways that end at a server with TLS. */
const TO_TLS: readonly Way[] = ["reencrypt", "originate", "passthrough"];

/** What is compared, and how. */
export interface Comparison {
  readonly subjects: readonly Subject[];
  readonly tests: readonly TestId[];
  readonly rounds: number;
  readonly seconds: number;
  /** Whether figures are only to be looked at: short warm-ups, few large bodies. */
  readonly isQuick?: boolean;
  /** Where proxies run. */
  readonly proxyCores: Cores;
  /** Where load and upstream run. */
  readonly loadCores: Cores;
  /** Has files, and is removed by the caller. */
  readonly folder: string;
  /** What the tables' ids begin with. */
  readonly prefix?: string;
  /** What a proxy's CPU time is compared with; the workload's base where it isn't said. */
  readonly baseOf?: (name: string) => string;
  /** Told of each round. */
  readonly progress?: Progress;
}

interface Site {
  readonly load: Load;
  readonly proxies: readonly Running[];
  readonly round: RoundOptions;
  readonly warmUp: RoundOptions;
  readonly leadIn: RoundOptions;
}

/** Measures, prints a table for each test, and gives the figures. */
export async function compare(comparison: Comparison, programs: Programs): Promise<Result[]> {
  const { subjects, tests, folder, proxyCores, loadCores, prefix = "", baseOf } = comparison;
  const workloads = WORKLOADS.filter(({ id }) => tests.includes(id));
  const busy = Number((await programs.output(["cat", "/proc/loadavg"])).split(" ")[0]);
  if (busy > BUSY_LOAD) console.log(`note: the machine is busy, its load average is ${busy}`);
  const certificate = await makeCertificate(folder, programs);
  const [upstreamPort, tlsPort] = freePorts(2);
  const tlsUpstreamPort = workloads.some(({ way }) => TO_TLS.includes(way)) ? tlsPort : undefined;
  const tls = tlsUpstreamPort === undefined ? undefined : { port: tlsPort, certificate };
  const launch = { folder, port: upstreamPort, cores: loadCores, tls };
  const upstream = await upstreamLaunch(launch, programs);
  const started = [await programs.serve(upstream)];
  const load = await Load.on(loadCores, programs);
  console.log(`upstream: ${upstream.name}; load: ${load.name}\n`);

  const proxies: Running[] = [];
  const run = { folder, certificate, upstreamPort, tlsUpstreamPort, cores: proxyCores };
  for (const subject of subjects) {
    try {
      const proxy = await start(subject, run, programs);
      proxies.push(proxy);
      started.push(proxy.pid);
    } catch (error) {
      programs.failIfEnded();
      console.log(`skipped ${subject.name}: ${(error as Error).message}\n`);
    }
  }
  if (proxies.length === 0) throw new Error("no proxy could be started");
  const site: Site = { load, proxies, ...roundsOf(comparison) };
  const jobs = workloads
    .map((workload) => ({ workload, able: proxies.filter((proxy) => isAble(proxy, workload)) }))
    .filter(({ able }) => able.length > 0);
  for (const { workload, able } of jobs) {
    const seconds = secondsOf(workload, site);
    const rounds = able.length * comparison.rounds * seconds.round;
    comparison.progress?.plan(rounds + able.length * seconds.warmUp);
  }
  const results: Result[] = [];
  for (const { workload, able } of jobs) {
    const result = await measure(workload, { ...site, proxies: able }, comparison, programs);
    if (result.rounds.size === 0) continue;
    results.push({ ...result, id: prefix + result.id });
    console.log(table(results.at(-1)!, baseOf));
    const lines = judgements(figuresOf(results.at(-1)!));
    if (lines.length > 0) console.log(`${lines.join("\n")}\n`);
  }
  for (const pid of started.reverse()) await programs.stop(pid);
  return results;
}

function roundsOf({ seconds, isQuick = false, folder }: Comparison) {
  const bulkFile = `${folder}/bulk`;
  const transfers = isQuick ? TRANSFERS_QUICK : TRANSFERS;
  const warmUp = isQuick ? WARM_UP_SECONDS_QUICK : WARM_UP_SECONDS;
  const leadIn = isQuick ? LEAD_IN_SECONDS_QUICK : LEAD_IN_SECONDS;
  return {
    round: { seconds, transfers, bulkFile },
    warmUp: { seconds: warmUp, transfers, bulkFile },
    leadIn: { seconds: leadIn, transfers: 1, bulkFile },
  };
}

/** What a round takes, about. */
function secondsOf({ unit }: Workload, { round, warmUp, leadIn }: Site) {
  const large = round.transfers * TRANSFER_SECONDS;
  return unit === "ms"
    ? { round: large + leadIn.transfers * TRANSFER_SECONDS, warmUp: large }
    : { round: round.seconds + leadIn.seconds, warmUp: warmUp.seconds };
}

function isAble({ urls }: Running, { way }: Workload): boolean {
  return urls.has(way);
}

async function measure(
  workload: Workload,
  site: Site,
  { rounds: count, progress }: Comparison,
  programs: Programs,
): Promise<Result> {
  const { load, proxies, round: options, warmUp, leadIn } = site;
  const seconds = secondsOf(workload, site);
  const rounds = new Map<string, Round[]>();
  /** A failure takes a proxy out: a median over what is left would not be that of the others. */
  const attempt = async (proxy: Running, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      programs.failIfEnded();
      rounds.delete(proxy.name);
      console.log(`no figure for ${proxy.name}, ${workload.id}: ${(error as Error).message}\n`);
    }
  };
  for (const proxy of proxies) {
    rounds.set(proxy.name, []);
    const url = proxy.urls.get(workload.way)!;
    await attempt(proxy, async () => void await workload.run(load, url, warmUp));
    progress?.did(seconds.warmUp, `${workload.id}: ${proxy.name} is warm`);
  }
  for (let round = 0; round < count; round++) {
    for (const proxy of proxies) {
      const seen = rounds.get(proxy.name);
      if (seen === undefined) progress?.skip(seconds.round);
      else {
        await attempt(proxy, async () => {
          const url = proxy.urls.get(workload.way)!;
          await workload.run(load, url, leadIn);
          const before = await proxy.cpu.micros();
          const answers = await workload.run(load, url, options);
          seen.push({ ...answers, cpuMicros: await proxy.cpu.micros() - before });
        });
        progress?.did(seconds.round, `${workload.id}: round ${round + 1} of ${count}`);
      }
    }
  }
  const { id, title, unit, base } = workload;
  return { id, title, unit, base, rounds };
}

/**
 * Rounds of requests to several proxies in turn (A B C, A B C), so that a machine that slows down slows
 * all of them, and the CPU time that each used.
 *
 * @module
 */

import { type Certificate, makeCertificate } from "./certificate.ts";
import { CpuMeter } from "./cpu.ts";
import { CONNECTIONS, Load, type Seen } from "./load.ts";
import type { TESTS } from "./options.ts";
import { type Cores, freePorts, type Programs } from "./process.ts";
import type { Setup, Subject } from "./subjects.ts";
import { type Result, type Round, table } from "./table.ts";
import { BULK_BYTES, SMALL_BODY, upstreamLaunch } from "./upstream.ts";

/** Downloads in a round: enough for CPU time's grain of 10 ms not to matter. */
const DOWNLOADS = 10;
/** Before the first round, so that just-in-time compilers are done. */
const WARM_UP_SECONDS = 2;
/** Above this load average, other programs take from what is measured. */
const BUSY_LOAD = 0.7;

/** What is compared, and how. */
export interface Comparison {
  readonly subjects: readonly Subject[];
  readonly tests: readonly (typeof TESTS[number])[];
  readonly rounds: number;
  readonly seconds: number;
  /** Where proxies run. */
  readonly proxyCores: Cores;
  /** Where load and upstream run. */
  readonly loadCores: Cores;
  /** Has files, and is removed by the caller. */
  readonly folder: string;
  /** What a proxy's CPU time is compared with; nginx where it isn't said, or the first one. */
  readonly baseOf?: (name: string) => string;
}

/** A proxy that runs, and has answered. */
export interface Running {
  readonly pid: number;
  readonly name: string;
  readonly plainUrl: string;
  readonly tlsUrl: string;
  readonly cpu: CpuMeter;
}

interface Measurement {
  readonly id: typeof TESTS[number];
  readonly title: string;
  readonly unit: Result["unit"];
  run(load: Load, proxy: Running, seconds: number): Promise<Seen>;
}

const SMALL = `${SMALL_BODY.length}-byte answer, ${CONNECTIONS} keep-alive connections`;
const BULK = `${BULK_BYTES / 1e6} MB download`;

const MEASUREMENTS: readonly Measurement[] = [
  {
    id: "plain",
    title: `${SMALL}, plain HTTP`,
    unit: "us",
    run: (load, proxy, seconds) => load.small(proxy.plainUrl, seconds),
  },
  {
    id: "tls",
    title: `${SMALL}, TLS termination`,
    unit: "us",
    run: (load, proxy, seconds) => load.small(proxy.tlsUrl, seconds),
  },
  {
    id: "new-tls",
    title: `${SMALL_BODY.length}-byte answer, each over a new TLS connection`,
    unit: "us",
    run: (load, proxy, seconds) => load.fresh(proxy.tlsUrl, seconds),
  },
  {
    id: "bulk-plain",
    title: `${BULK}, plain HTTP`,
    unit: "ms",
    run: (load, proxy) => load.bulk(`${proxy.plainUrl}bulk`, DOWNLOADS),
  },
  {
    id: "bulk-tls",
    title: `${BULK}, TLS termination`,
    unit: "ms",
    run: (load, proxy) => load.bulk(`${proxy.tlsUrl}bulk`, DOWNLOADS),
  },
];

/** Measures, prints a table for each test, and gives the figures. */
export async function compare(comparison: Comparison, programs: Programs): Promise<Result[]> {
  const { subjects, tests, folder, proxyCores, loadCores, baseOf } = comparison;
  const busy = Number((await programs.output(["cat", "/proc/loadavg"])).split(" ")[0]);
  if (busy > BUSY_LOAD) console.log(`note: the machine is busy, its load average is ${busy}`);
  const certificate = await makeCertificate(folder, programs);
  const [port] = freePorts(1);
  const upstream = await upstreamLaunch({ folder, port, cores: loadCores }, programs);
  const started = [await programs.serve(upstream)];
  const load = await Load.on(loadCores, programs);
  console.log(`upstream: ${upstream.name}; load: ${load.name}\n`);

  const proxies: Running[] = [];
  const run = { folder, certificate, upstreamPort: port, cores: proxyCores };
  for (const subject of subjects) {
    try {
      const proxy = await start(subject, run, programs);
      proxies.push(proxy);
      started.push(proxy.pid);
    } catch (error) {
      console.log(`skipped ${subject.name}: ${(error as Error).message}\n`);
    }
  }
  if (proxies.length === 0) throw new Error("no proxy could be started");
  const results: Result[] = [];
  for (const measurement of MEASUREMENTS.filter(({ id }) => tests.includes(id))) {
    const result = await measure(measurement, { load, proxies }, comparison);
    console.log(table(result, baseOf));
    results.push(result);
  }
  for (const pid of started.reverse()) await programs.stop(pid);
  return results;
}

/** Starts a proxy and asks it once on each port. Throws an `Error` that says why it can't be measured. */
export async function start(
  subject: Subject,
  run: { folder: string; certificate: Certificate; upstreamPort: number; cores: Cores },
  programs: Programs,
): Promise<Running> {
  const folder = `${run.folder}/${subject.name.replaceAll(/[ ,]+/g, "-")}`;
  await Deno.mkdir(folder);
  const [plainPort, tlsPort] = freePorts(2);
  const setup: Setup = { ...run, folder, plainPort, tlsPort };
  const command = await subject.prepare(setup, programs);
  if (typeof command === "string") throw new Error(command);
  const ports = subject.isPlain ? [plainPort] : [plainPort, tlsPort];
  const pid = await programs.serve({ command, cores: run.cores, ports });
  const plainUrl = `http://127.0.0.1:${plainPort}/`;
  // By name: a mixed port has to be asked for one.
  const tlsUrl = `https://localhost:${tlsPort}/`;
  for (const url of subject.isPlain ? [plainUrl] : [plainUrl, tlsUrl]) {
    const answer = await programs.output(["curl", "-sSk4", "--max-time", "10", url]);
    if (answer !== SMALL_BODY) throw new Error(`it answered ${JSON.stringify(answer)}`);
  }
  return { pid, name: subject.name, plainUrl, tlsUrl, cpu: await CpuMeter.of(pid, programs) };
}

async function measure(
  measurement: Measurement,
  { load, proxies }: { load: Load; proxies: readonly Running[] },
  { rounds: count, seconds }: Comparison,
): Promise<Result> {
  const rounds = new Map<string, Round[]>(proxies.map(({ name }) => [name, []]));
  for (const proxy of proxies) await measurement.run(load, proxy, WARM_UP_SECONDS);
  for (let round = 0; round < count; round++) {
    for (const proxy of proxies) {
      const before = await proxy.cpu.micros();
      const seen = await measurement.run(load, proxy, seconds);
      const cpuMicros = await proxy.cpu.micros() - before;
      rounds.get(proxy.name)!.push({ ...seen, cpuMicros });
    }
  }
  return { title: measurement.title, unit: measurement.unit, rounds };
}

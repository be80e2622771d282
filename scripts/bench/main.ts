/**
 * `deno task bench`: what a proxied request costs, next to nginx and HAProxy. Each proxy is held to
 * core 0, load and upstream to core 1; rounds are interleaved (A B C, A B C), so that a machine
 * that slows down slows all of them. docs/performance.md says how to read the figures.
 *
 * @module
 */

import { type Certificate, makeCertificate } from "./certificate.ts";
import { CpuMeter } from "./cpu.ts";
import { CONNECTIONS, Load, type Seen } from "./load.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { freePorts, Programs } from "./process.ts";
import { benchSlowClients } from "./slow_clients.ts";
import { genkanNames, type Setup, type Subject, SUBJECTS } from "./subjects.ts";
import { type Result, type Round, table } from "./table.ts";
import { BULK_BYTES, SMALL_BODY, upstreamLaunch } from "./upstream.ts";

const PROXY_CORE = 0;
const LOAD_CORE = 1;
/** Downloads in a round: enough for CPU time's grain of 10 ms not to matter. */
const DOWNLOADS = 10;
/** Before the first round, so that just-in-time compilers are done. */
const WARM_UP_SECONDS = 2;

/** Above this load average, other programs take from what is measured. */
const BUSY_LOAD = 0.7;

interface Running {
  readonly name: string;
  readonly plainUrl: string;
  readonly tlsUrl: string;
  readonly cpu: CpuMeter;
}

interface Measurement {
  readonly id: Options["tests"][number];
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

async function bench(options: Options, folder: string, programs: Programs): Promise<Result[]> {
  const busy = Number((await programs.output(["cat", "/proc/loadavg"])).split(" ")[0]);
  if (busy > BUSY_LOAD) console.log(`note: the machine is busy, its load average is ${busy}`);
  const certificate = await makeCertificate(folder, programs);
  const [port] = freePorts(1);
  const upstream = await upstreamLaunch({ folder, port, core: LOAD_CORE }, programs);
  await programs.serve(upstream);
  const load = await Load.on(LOAD_CORE, programs);
  console.log(`upstream: ${upstream.name}; load: ${load.name}\n`);

  const proxies: Running[] = [];
  for (const subject of SUBJECTS.filter(({ name }) => options.only.includes(name))) {
    try {
      proxies.push(await start(subject, { folder, certificate, upstreamPort: port }, programs));
    } catch (error) {
      console.log(`skipped ${subject.name}: ${(error as Error).message}\n`);
    }
  }
  if (proxies.length === 0) throw new Error("no proxy could be started");
  const results: Result[] = [];
  for (const measurement of MEASUREMENTS.filter(({ id }) => options.tests.includes(id))) {
    const result = await measure(measurement, { load, proxies }, options);
    console.log(table(result));
    results.push(result);
  }
  return results;
}

async function start(
  subject: Subject,
  run: { folder: string; certificate: Certificate; upstreamPort: number },
  programs: Programs,
): Promise<Running> {
  const folder = `${run.folder}/${subject.name}`;
  await Deno.mkdir(folder);
  const [plainPort, tlsPort] = freePorts(2);
  const setup: Setup = { ...run, folder, plainPort, tlsPort };
  const command = await subject.prepare(setup, programs);
  if (typeof command === "string") throw new Error(command);
  const pid = await programs.serve({ command, core: PROXY_CORE, ports: [plainPort, tlsPort] });
  const plainUrl = `http://127.0.0.1:${plainPort}/`;
  // By name: a mixed port has to be asked for one.
  const tlsUrl = `https://localhost:${tlsPort}/`;
  for (const url of [plainUrl, tlsUrl]) {
    const answer = await programs.output(["curl", "-sSk4", "--max-time", "10", url]);
    if (answer !== SMALL_BODY) throw new Error(`it answered ${JSON.stringify(answer)}`);
  }
  return { name: subject.name, plainUrl, tlsUrl, cpu: await CpuMeter.of(pid, programs) };
}

async function measure(
  measurement: Measurement,
  { load, proxies }: { load: Load; proxies: readonly Running[] },
  options: Options,
): Promise<Result> {
  const rounds = new Map<string, Round[]>(proxies.map(({ name }) => [name, []]));
  for (const proxy of proxies) await measurement.run(load, proxy, WARM_UP_SECONDS);
  for (let round = 0; round < options.rounds; round++) {
    for (const proxy of proxies) {
      const before = await proxy.cpu.micros();
      const seen = await measurement.run(load, proxy, options.seconds);
      const cpuMicros = await proxy.cpu.micros() - before;
      rounds.get(proxy.name)!.push({ ...seen, cpuMicros });
    }
  }
  return { title: measurement.title, unit: measurement.unit, rounds };
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
    const results = options.tests.length === 0 ? [] : await bench(options, folder, programs);
    if (options.slow) {
      const only = genkanNames(options.only);
      await benchSlowClients({ ...options, only }, folder, programs);
    }
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

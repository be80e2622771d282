/**
 * Latency at half of what a proxy can do: its capacity is measured, and then requests come on schedule
 * at half of that rate, so that what is seen is how long it holds things up, not how full it is.
 *
 * @module
 */

import { makeCertificate } from "./certificate.ts";
import { type Running, start } from "./comparison.ts";
import { type Figures, figuresTable } from "./figures.ts";
import { CONNECTIONS, Load } from "./load.ts";
import type { PacedSeen } from "./open_loop_client.ts";
import { type Cores, freePorts, type Programs } from "./process.ts";
import type { Subject } from "./subjects.ts";
import { show, spread } from "./table.ts";
import { upstreamLaunch } from "./upstream.ts";

/** What part of a proxy's capacity is asked for. */
const SHARE = 0.5;
const CAPACITY_SECONDS = 2;
/** The load, and the upstream that it shares a core with, without any proxy: less can't be seen. */
const FLOOR = "no proxy";

/** What is asked for. */
export interface OpenLoopOptions {
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  readonly seconds: number;
  readonly proxyCores: Cores;
  readonly loadCores: Cores;
  /** Has files, and is removed by the caller. */
  readonly folder: string;
}

type Proxy = Pick<Running, "name" | "plainUrl" | "tlsUrl">;

/** What a round saw, and the rate that it asked for. */
interface Round extends PacedSeen {
  readonly rate: number;
}

const SCHEMES = [
  { id: "plain", title: "plain HTTP", urlOf: (proxy: Proxy) => proxy.plainUrl },
  { id: "tls", title: "TLS termination", urlOf: (proxy: Proxy) => proxy.tlsUrl },
] as const;

const SHOWN = [
  { key: "p50", heading: "p50 ms" },
  { key: "p99", heading: "p99 ms" },
  { key: "p999", heading: "p99.9 ms" },
] as const;

/**
 * Measures plain HTTP and TLS, prints a table of each, and gives the figures in milliseconds, of which
 * `no proxy` are the load's own.
 */
export async function benchLatency(
  options: OpenLoopOptions,
  programs: Programs,
): Promise<Figures[]> {
  const folder = `${options.folder}/latency`;
  await Deno.mkdir(folder);
  await Deno.chmod(folder, 0o755);
  const certificate = await makeCertificate(folder, programs);
  const [port] = freePorts(1);
  const launch = await upstreamLaunch({ folder, port, cores: options.loadCores }, programs);
  const started = [await programs.serve(launch)];
  const proxies: Running[] = [];
  for (const subject of options.subjects) {
    try {
      const run = { folder, certificate, upstreamPort: port, cores: options.proxyCores };
      const proxy = await start(subject, run, programs);
      proxies.push(proxy);
      started.push(proxy.pid);
    } catch (error) {
      console.log(`skipped ${subject.name}: ${(error as Error).message}\n`);
    }
  }
  const upstreamUrl = `http://127.0.0.1:${port}/`;
  const all: Figures[] = [];
  for (const { id, title, urlOf } of SCHEMES) {
    const urls = new Map(proxies.map((proxy) => [proxy.name, urlOf(proxy)]));
    const rounds = await measure(urls, { ...options, upstreamUrl }, programs);
    const columns = SHOWN.map(({ key, heading }) => ({
      heading,
      figures: {
        id: `latency-${id}-${key}`,
        title: `Latency at half load, ${title}, ${heading.slice(0, -" ms".length)}`,
        unit: "ms",
        rounds: new Map([...rounds].map(([name, seen]) => [name, seen.map((each) => each[key])])),
      },
    }));
    const what = `Latency at half of the capacity, ${CONNECTIONS} connections, ${title}`;
    console.log(figuresTable(what, columns));
    for (const [name, seen] of rounds) {
      const rates = show(spread(seen.map(({ rate }) => rate)), 0);
      const late = show(spread(seen.map(({ late }) => late)), 2);
      console.log(`${name}: ${rates} requests/s; the load was late by ${late} ms at p99.9`);
    }
    console.log();
    all.push(...columns.map(({ figures }) => figures));
  }
  for (const pid of started.reverse()) await programs.stop(pid);
  return all;
}

async function measure(
  urls: ReadonlyMap<string, string>,
  options: OpenLoopOptions & { readonly upstreamUrl: string },
  programs: Programs,
): Promise<Map<string, Round[]>> {
  const { loadCores, seconds } = options;
  const load = await Load.on(loadCores, programs);
  const rounds = new Map<string, Round[]>([...urls.keys(), FLOOR].map((name) => [name, []]));
  for (const url of urls.values()) await load.small(url, CAPACITY_SECONDS);
  const paced = (url: string, rate: number) => atRate(url, { rate, seconds, loadCores }, programs);
  for (let round = 0; round < options.rounds; round++) {
    let highest = 0;
    for (const [name, url] of urls) {
      const capacity = await load.small(url, CAPACITY_SECONDS);
      const rate = Math.max(1, Math.floor(capacity.rate * SHARE));
      highest = Math.max(highest, rate);
      rounds.get(name)!.push({ rate, ...await paced(url, rate) });
    }
    rounds.get(FLOOR)!.push({ rate: highest, ...await paced(options.upstreamUrl, highest) });
  }
  return rounds;
}

async function atRate(
  target: string,
  { rate, seconds, loadCores }: { rate: number; seconds: number; loadCores: Cores },
  programs: Programs,
): Promise<PacedSeen> {
  const { protocol, port } = new URL(target);
  const script = new URL("./open_loop_client.ts", import.meta.url).pathname;
  const scheme = protocol === "https:" ? "tls" : "plain";
  const args = [port, scheme, ...[rate, seconds, CONNECTIONS].map(String)];
  const command = ["taskset", "-c", loadCores, "deno", "run", "--allow-ffi", script, ...args];
  return JSON.parse(await programs.output(command));
}

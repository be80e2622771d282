/**
 * What an idle TLS connection costs in memory: 10,000 are opened, each has asked for one small answer,
 * and what the proxy holds more than before is divided by their number.
 *
 * @module
 */

import { makeCertificate } from "./certificate.ts";
import { type Running, start } from "./comparison.ts";
import { type Figures, figuresTable } from "./figures.ts";
import { type Memory, settledMemory } from "./idle_memory.ts";
import type { OpenLoopOptions } from "./open_loop.ts";
import { type Cores, freePorts, type Programs } from "./process.ts";
import type { Subject } from "./subjects.ts";
import { upstreamLaunch } from "./upstream.ts";

/** How many are held; the proxy and the load need a descriptor for each. */
const IDLE_CONNECTIONS = 10_000;
/** Opened and closed before, so that what a first connection brings about isn't counted. */
const WARM_UP_CONNECTIONS = 500;
/** A proxy is started anew for each. */
const IDLE_ROUNDS = 3;
/** For all of them to connect. */
const CONNECT_MS = 300_000;

const SHOWN = [
  { key: "pss", heading: "KB a connection (PSS)" },
  { key: "uss", heading: "USS" },
  { key: "rss", heading: "RSS" },
] as const;

interface Place {
  readonly folder: string;
  readonly upstreamPort: number;
  readonly proxyCores: Cores;
  readonly loadCores: Cores;
}

/** Measures each, prints a table, and gives the figures in kilobytes (1024 bytes) a connection. */
export async function benchIdle(options: OpenLoopOptions, programs: Programs): Promise<Figures[]> {
  const folder = `${options.folder}/idle`;
  await Deno.mkdir(folder);
  await Deno.chmod(folder, 0o755);
  const [upstreamPort] = freePorts(1);
  const { loadCores: cores } = options;
  const launch = await upstreamLaunch({ folder, port: upstreamPort, cores }, programs);
  const upstream = await programs.serve(launch);
  const rounds = new Map<string, Memory[]>();
  const skipped = new Set<string>();
  for (let round = 0; round < IDLE_ROUNDS; round++) {
    for (const subject of options.subjects.filter(({ name }) => !skipped.has(name))) {
      const own = `${folder}/${round}-${subject.name}`;
      await Deno.mkdir(own);
      await Deno.chmod(own, 0o755);
      try {
        const memory = await measure(subject, { ...options, folder: own, upstreamPort }, programs);
        rounds.getOrInsertComputed(subject.name, () => []).push(memory);
      } catch (error) {
        skipped.add(subject.name);
        console.log(`skipped ${subject.name}: ${(error as Error).message}\n`);
      }
    }
  }
  await programs.stop(upstream);
  if (rounds.size === 0) throw new Error("no proxy could be measured");
  const columns = SHOWN.map(({ key, heading }) => ({
    heading,
    digits: 1,
    figures: {
      id: key === "pss" ? "idle" : `idle-${key}`,
      title: `Memory of an idle TLS connection (${key.toUpperCase()})`,
      unit: "KB",
      rounds: new Map([...rounds].map(([name, seen]) => [name, seen.map((each) => each[key])])),
    },
  }));
  console.log(figuresTable(`${IDLE_CONNECTIONS} idle TLS connections`, columns));
  return columns.map(({ figures }) => figures);
}

/** Kilobytes for each connection. */
async function measure(subject: Subject, place: Place, programs: Programs): Promise<Memory> {
  const { folder, upstreamPort, proxyCores: cores } = place;
  const certificate = await makeCertificate(folder, programs);
  const proxy = await start(subject, { folder, certificate, upstreamPort, cores }, programs);
  try {
    await programs.stop(await openIdle(proxy, WARM_UP_CONNECTIONS, place, programs).then(pidOf));
    const before = await settledMemory(proxy.pid, programs);
    const crowd = await openIdle(proxy, IDLE_CONNECTIONS, place, programs);
    const after = await settledMemory(proxy.pid, programs);
    const { held } = await (await fetch(`http://127.0.0.1:${crowd.statusPort}/`)).json();
    await programs.stop(crowd.pid);
    if (held !== IDLE_CONNECTIONS) {
      throw new Error(`it closed ${IDLE_CONNECTIONS - held} idle connections`);
    }
    if (!before.isSettled || !after.isSettled) {
      console.log(`${subject.name}: its memory didn't come to rest within a minute`);
    }
    const [rss, pss, uss] = (["rss", "pss", "uss"] as const)
      .map((key) => (after[key] - before[key]) / IDLE_CONNECTIONS);
    console.log(`${subject.name}: PSS ${before.pss} KB before, ${after.pss} KB with them`);
    return { rss, pss, uss };
  } finally {
    await programs.stop(proxy.pid);
  }
}

interface Crowd {
  readonly pid: number;
  readonly statusPort: number;
}

const pidOf = ({ pid }: Crowd) => pid;

async function openIdle(
  proxy: Running,
  count: number,
  { loadCores: cores }: Place,
  programs: Programs,
): Promise<Crowd> {
  const [statusPort] = freePorts(1);
  const script = new URL("./idle_client.ts", import.meta.url).pathname;
  const args = [new URL(proxy.tlsUrl).port, ...[statusPort, count].map(String)];
  const command = ["deno", "run", "--allow-ffi", "--allow-net=127.0.0.1", script, ...args];
  const ports = [statusPort];
  return { pid: await programs.serve({ command, cores, ports, startMs: CONNECT_MS }), statusPort };
}

/**
 * What 10,000 slow clients do to the others: the 99th percentile of a small request's latency before
 * and while they are there, in one run.
 *
 * @module
 */

import { Load, type Seen } from "./load.ts";
import { freePorts, type Programs } from "./process.ts";
import { genkanCommand, type GenkanName, ONE_WORKER } from "./subjects.ts";
import { align, show, spread } from "./table.ts";
import { SMALL_BODY, upstreamLaunch } from "./upstream.ts";

/** How many there are. Their descriptors and those of their upstream connections have to be allowed. */
export const SLOW_CLIENTS = 10_000;

const PROXY_CORES = "0";
const LOAD_CORES = "1";
const WARM_UP_SECONDS = 3;
/** For all of them to connect. */
const CONNECT_MS = 60_000;

/** What is asked for. */
export interface SlowOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly only: readonly GenkanName[];
}

interface Ports {
  readonly proxy: number;
  readonly upstream: number;
  readonly slowUpstream: number;
  readonly status: number;
}

/** What is left of the crowd, as slow_load.ts tells. */
interface Crowd {
  readonly held: number;
  readonly lost: number;
  readonly bytes: number;
}

/** Measures each proxy, and prints a table. Throws an `Error` when a slow client was lost. */
export async function benchSlowClients(
  options: SlowOptions,
  folder: string,
  programs: Programs,
): Promise<void> {
  const load = await Load.on(LOAD_CORES, programs);
  const rows = [];
  for (const name of options.only) {
    rows.push(await measure(name, { options, folder, load }, programs));
  }
  const heading = [
    "proxy",
    "p99 ms before",
    "p99 ms with them",
    "ratio",
    "requests/s",
    "with them",
  ];
  console.log(`${SLOW_CLIENTS} slow clients\n\n${align([heading, ...rows])}\n`);
}

async function measure(
  name: GenkanName,
  { options, folder, load }: { options: SlowOptions; folder: string; load: Load },
  programs: Programs,
): Promise<string[]> {
  const [proxy, upstream, slowUpstream, status] = freePorts(4);
  const ports: Ports = { proxy, upstream, slowUpstream, status };
  const own = `${folder}/slow-${name}`;
  await Deno.mkdir(own);
  const file = `${own}/genkan.yaml`;
  await Deno.writeTextFile(file, config(ports));
  const command = await genkanCommand(name, ["run", "-c", file, ...ONE_WORKER]);
  if (typeof command === "string") throw new Error(command);

  const started = [
    await programs.serve(
      await upstreamLaunch({ folder: own, port: upstream, cores: LOAD_CORES }, programs),
    ),
    await programs.serve({ command, cores: PROXY_CORES, ports: [proxy] }),
  ];
  const url = `http://127.0.0.1:${proxy}/`;
  const answer = await programs.output(["curl", "-sS", "--max-time", "10", url]);
  if (answer !== SMALL_BODY) throw new Error(`${name} answered ${JSON.stringify(answer)}`);
  const rounds = async () => {
    const seen: Seen[] = [];
    while (seen.length < options.rounds) {
      seen.push(await load.paced(url, options.seconds));
    }
    return seen;
  };
  await load.small(url, WARM_UP_SECONDS);
  await load.paced(url, WARM_UP_SECONDS);
  const before = await rounds();
  started.push(await programs.serve(crowd(ports)));
  // Their arrival isn't what is measured.
  await load.paced(url, WARM_UP_SECONDS);
  const during = await rounds();
  const left: Crowd = await (await fetch(`http://127.0.0.1:${status}/`)).json();
  if (left.lost > 0) throw new Error(`${name} let go of ${left.lost} slow clients`);
  console.log(`${name}: ${left.held} slow clients moved ${left.bytes} bytes`);
  for (const pid of started.reverse()) await programs.stop(pid);
  return row(name, before, during);
}

function row(name: string, before: readonly Seen[], during: readonly Seen[]): string[] {
  const p99 = [before, during].map((rounds) => spread(rounds.map((round) => round.p99Ms!)));
  const rate = [before, during].map((rounds) => spread(rounds.map((round) => round.rate)));
  return [
    name,
    ...p99.map((each) => show(each, 2)),
    (p99[1].median / p99[0].median).toFixed(2),
    ...rate.map((each) => show(each, 0)),
  ];
}

/** The slow ones would be gone by the end of a round if they had a deadline. */
function config({ proxy, upstream, slowUpstream }: Ports): string {
  return `
access_log: off
listeners:
  web:
    address: 127.0.0.1:${proxy}
    head_timeout: 1h
    min_body_rate: 0
    routes: [{ exact: /slow, cluster: slow }, { cluster: app }]
clusters:
  app: { endpoints: ["127.0.0.1:${upstream}"] }
  slow:
    endpoints: ["127.0.0.1:${slowUpstream}"]
    max_connections: ${SLOW_CLIENTS}
    max_pending_requests: ${SLOW_CLIENTS}
    max_requests: ${SLOW_CLIENTS}
`;
}

function crowd({ proxy, slowUpstream, status }: Ports) {
  const script = new URL("./slow_load.ts", import.meta.url).pathname;
  // Whoever measures comes first on the core that they share.
  const command = ["nice", "-n", "15", "deno", "run", "--allow-net=127.0.0.1", script];
  const ports = [proxy, slowUpstream, status, SLOW_CLIENTS].map(String);
  return {
    command: [...command, ...ports],
    cores: LOAD_CORES,
    ports: [status],
    startMs: CONNECT_MS,
  };
}

/**
 * How long a proxy takes from its start to the first request that it answers.
 *
 * @module
 */

import { makeCertificate } from "./certificate.ts";
import { type Figures, figuresTable } from "./figures.ts";
import type { OpenLoopOptions } from "./open_loop.ts";
import { freePorts, type Programs } from "./process.ts";
import { upstreamLaunch } from "./upstream.ts";

/** Starts are short: so many in a round. */
const STARTS = 5;
const PATIENCE_MS = 15_000;
const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
const OK = "HTTP/1.1 200";

/**
 * Starts each again and again in turn, prints a table, and gives the figures in milliseconds, those of
 * the first starts aside, which read the programs from the disk.
 */
export async function benchFirstAnswer(
  { subjects, rounds, folder, proxyCores, loadCores }: OpenLoopOptions,
  programs: Programs,
): Promise<Figures[]> {
  const own = `${folder}/first-answer`;
  await Deno.mkdir(own);
  await Deno.chmod(own, 0o755);
  const certificate = await makeCertificate(own, programs);
  const [upstreamPort, plainPort, tlsPort] = freePorts(3);
  const launch = await upstreamLaunch(
    { folder: own, port: upstreamPort, cores: loadCores },
    programs,
  );
  const upstream = await programs.serve(launch);
  const commands = new Map<string, readonly string[]>();
  for (const { name, prepare } of subjects) {
    const setup = { folder: `${own}/${name}`, certificate, upstreamPort, plainPort, tlsPort };
    await Deno.mkdir(setup.folder);
    await Deno.chmod(setup.folder, 0o755);
    const command = await prepare(setup, programs);
    if (typeof command === "string") console.log(`skipped ${name}: ${command}\n`);
    else commands.set(name, command);
  }
  const seen = new Map<string, number[]>([...commands.keys()].map((name) => [name, []]));
  for (let start = 0; start <= rounds * STARTS; start++) {
    for (const [name, command] of commands) {
      const started = performance.now();
      const pid = await programs.serve({ command, cores: proxyCores, ports: [] });
      try {
        while (!await isAnswering(plainPort)) {
          if (performance.now() - started > PATIENCE_MS) {
            throw new Error(`${name} didn't answer within ${PATIENCE_MS} ms`);
          }
        }
        if (start > 0) seen.get(name)!.push(performance.now() - started);
      } finally {
        await programs.stop(pid);
      }
    }
  }
  await programs.stop(upstream);
  if (seen.size === 0) throw new Error("no proxy could be started");
  const title = "From the start to the first answer";
  const figures: Figures = { id: "first-answer", title, unit: "ms", rounds: seen };
  console.log(figuresTable(title, [{ heading: "ms", figures, digits: 0 }]));
  return [figures];
}

/** One request on a new connection; whether it was answered with 200. */
async function isAnswering(port: number): Promise<boolean> {
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(REQUEST);
    const buffer = new Uint8Array(4096);
    const count = await conn.read(buffer);
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0)).startsWith(OK);
  } catch {
    // Nobody accepts yet. The next attempt leaves the others a little of the core.
    await new Promise((resolve) => setTimeout(resolve, 1));
    return false;
  }
}

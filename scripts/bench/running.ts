/**
 * A proxy that was started and has shown that it answers.
 *
 * @module
 */

import type { Certificate } from "./certificate.ts";
import { CpuMeter } from "./cpu.ts";
import { type Cores, freePorts, type Programs } from "./process.ts";
import type { Setup, Subject, Way } from "./subject.ts";
import { MIDDLING_BYTES, SMALL_BODY } from "./upstream.ts";

/** A proxy at work. */
export interface Running {
  readonly pid: number;
  readonly name: string;
  readonly subject: Subject;
  readonly plainUrl: string;
  readonly tlsUrl: string;
  /** Where its ways begin, of those that it has. */
  readonly urls: ReadonlyMap<Way, string>;
  readonly cpu: CpuMeter;
}

/** What all proxies of a run share. */
export interface Surroundings {
  /** Each proxy has one of its own in there. */
  readonly folder: string;
  readonly certificate: Certificate;
  readonly upstreamPort: number;
  /** Absent where nothing leads to a server with TLS. */
  readonly tlsUpstreamPort?: number;
  readonly cores: Cores;
}

/** Starts a proxy and asks it on each of its ways. Throws an `Error` that says why it can't be used. */
export async function start(
  subject: Subject,
  run: Surroundings,
  programs: Programs,
): Promise<Running> {
  const folder = `${run.folder}/${subject.name.replaceAll(/[ ,]+/g, "-")}`;
  await Deno.mkdir(folder);
  // nginx's worker, which is not root, has its temporary files in there.
  await Deno.chmod(folder, 0o755);
  const [plainPort, tlsPort, reencryptPort, originatePort, passthroughPort] = freePorts(5);
  const { tlsUpstreamPort } = run;
  const modes = tlsUpstreamPort === undefined
    ? undefined
    : { reencryptPort, originatePort, passthroughPort, tlsUpstreamPort };
  const setup: Setup = { ...run, folder, plainPort, tlsPort, modes };
  const command = await subject.prepare(setup, programs);
  if (typeof command === "string") throw new Error(command);

  const { ways = ["plain", "tls"] } = subject;
  const urls = new Map<Way, string>();
  const plainUrl = `http://127.0.0.1:${plainPort}/`;
  // By name: a mixed port has to be asked for one.
  const tlsUrl = `https://localhost:${tlsPort}/`;
  if (ways.includes("plain")) urls.set("plain", plainUrl);
  if (ways.includes("tls")) urls.set("tls", tlsUrl);
  if (modes !== undefined) {
    if (ways.includes("reencrypt")) urls.set("reencrypt", `https://localhost:${reencryptPort}/`);
    if (ways.includes("originate")) urls.set("originate", `http://127.0.0.1:${originatePort}/`);
    if (ways.includes("passthrough")) {
      urls.set("passthrough", `https://localhost:${passthroughPort}/`);
    }
  }
  const ports = [...urls.values()].map((url) => Number(new URL(url).port));
  const pid = await programs.serve({ command, cores: run.cores, ports });
  try {
    for (const [way, url] of urls) await check(way, url, programs);
    const cpu = await CpuMeter.of(pid, programs);
    return { pid, name: subject.name, subject, plainUrl, tlsUrl, urls, cpu };
  } catch (error) {
    await programs.stop(pid);
    throw error;
  }
}

/** Whether the small body comes as it is, and the middling one whole in both directions. */
async function check(way: Way, url: string, programs: Programs): Promise<void> {
  const curl = ["curl", "-sSk4", "--http1.1", "--max-time", "10"];
  const small = await programs.output([...curl, url]);
  if (small !== SMALL_BODY) throw new Error(`${way}: it answered ${JSON.stringify(small)}`);
  const size = ["-o", "/dev/null", "-w", "%{size_download}"];
  const down = await programs.output([...curl, ...size, `${url}body64k`]);
  const body = ["--data-binary", "x".repeat(MIDDLING_BYTES)];
  const up = (await programs.output([...curl, ...body, `${url}upload`])).trim();
  for (const [what, bytes] of [["answer", down], ["upload", up]]) {
    if (bytes === String(MIDDLING_BYTES)) continue;
    throw new Error(`${way}: of an ${what} of ${MIDDLING_BYTES} bytes came ${bytes}`);
  }
}

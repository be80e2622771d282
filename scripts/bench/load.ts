/**
 * What is asked of a proxy: small requests over kept-alive connections, and large downloads.
 *
 * @module
 */

import type { Cores, Programs } from "./process.ts";
import { BULK_BYTES } from "./upstream.ts";

/** What a load saw. */
export interface Seen {
  /** Requests answered. */
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** The 99th percentile of latency, milliseconds; null when it wasn't taken. */
  readonly p99Ms: number | null;
}

/** What servers are called; their certificates are made for the run. */
const NAMES = "127.0.0.1,localhost";

/** Connections of the small load. */
export const CONNECTIONS = 64;

/** Connections of the paced load, and what each lets pass behind an answer. */
const PACED_CONNECTIONS = 8, PACED_PAUSE_MS = 5;

/** Connections that are made at a time, where each request has one of its own. */
const NEW_CONNECTIONS = 8;

/** Asks, from cores of its own or not. */
export class Load {
  readonly #programs: Programs;
  readonly #pin: readonly string[];
  readonly #hasWrk: boolean;

  private constructor(programs: Programs, cores: Cores, hasWrk: boolean) {
    this.#programs = programs;
    this.#pin = ["taskset", "-c", cores];
    this.#hasWrk = hasWrk;
  }

  /** A load that runs on those cores: wrk's where it is installed. */
  static async on(cores: Cores, programs: Programs): Promise<Load> {
    return new Load(programs, cores, await programs.isInstalled("wrk", "-v"));
  }

  /** What makes the small requests. */
  get name(): string {
    return this.#hasWrk ? "wrk" : "load_client.ts, because wrk isn't installed";
  }

  /** Small requests to `url` for `seconds`. Throws an `Error` when any failed. */
  async small(url: string, seconds: number): Promise<Seen> {
    if (this.#hasWrk) {
      const command = ["wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--latency", url];
      return readWrk(await this.#programs.output([...this.#pin, ...command]));
    }
    return await this.#client([url, String(seconds), String(CONNECTIONS)]);
  }

  /**
   * Small requests to `url` for `seconds`, so few of them that nothing is full: what they wait for
   * is not each other. Throws an `Error` when any failed.
   */
  async paced(url: string, seconds: number): Promise<Seen> {
    return await this.#client([url, ...[seconds, PACED_CONNECTIONS, PACED_PAUSE_MS].map(String)]);
  }

  /**
   * Small requests to `url` for `seconds`, each over a TLS connection of its own, with a full handshake.
   * wrk would resume sessions. Throws an `Error` when any failed.
   */
  async fresh(url: string, seconds: number): Promise<Seen> {
    return await this.#client([url, ...[seconds, NEW_CONNECTIONS, 0].map(String), "fresh"]);
  }

  /** Downloads the 100 MB at `url` a few times over one connection. */
  async bulk(url: string, times: number): Promise<Seen> {
    const started = performance.now();
    const sizes = await this.#programs.output([
      ...[...this.#pin, "curl", "-sSk", "--max-time", "120", "-w", "%{size_download}\n"],
      ...Array.from({ length: times }, () => ["-o", "/dev/null", url]).flat(),
    ]);
    const seconds = (performance.now() - started) / 1000;
    const whole = sizes.trim().split("\n").filter((size) => Number(size) === BULK_BYTES).length;
    if (whole !== times) throw new Error(`${times - whole} of ${times} downloads were incomplete`);
    return { requests: times, rate: times / seconds, p99Ms: null };
  }

  async #client(args: readonly string[]): Promise<Seen> {
    const script = new URL("./load_client.ts", import.meta.url).pathname;
    const command = [
      ...[
        "deno",
        "run",
        "--allow-net=127.0.0.1,localhost",
        `--unsafely-ignore-certificate-errors=${NAMES}`,
      ],
      script,
    ];
    return JSON.parse(await this.#programs.output([...this.#pin, ...command, ...args]));
  }
}

/** Reads what `wrk --latency` prints. Throws an `Error` when it tells of failed requests. */
export function readWrk(text: string): Seen {
  const failed = /^ *(Non-2xx or 3xx responses: .*|Socket errors: .*)$/m.exec(text);
  if (failed !== null) throw new Error(`wrk: ${failed[1]}`);
  const requests = /(\d+) requests in/.exec(text);
  const rate = /Requests\/sec: *([\d.]+)/.exec(text);
  const p99 = /99% *([\d.]+)(us|ms|s)\b/.exec(text);
  if (requests === null || rate === null || p99 === null) {
    throw new Error(`Cannot read wrk's answer: found\n${text}`);
  }
  const unit = { us: 0.001, ms: 1, s: 1000 }[p99[2] as "us" | "ms" | "s"];
  return { requests: Number(requests[1]), rate: Number(rate[1]), p99Ms: Number(p99[1]) * unit };
}

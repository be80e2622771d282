/**
 * How a proxy is asked: requests over kept-alive connections, or each over a connection of its own,
 * and large downloads and uploads.
 *
 * @module
 */

import type { Cores, Programs } from "./process.ts";
import { BULK_BYTES, SMALL_BODY } from "./upstream.ts";

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

/** Connections of the load with many. */
export const MANY_CONNECTIONS = 1000;

/** A proxy that takes longer for its large bodies has stopped. */
const MAX_TRANSFER_SECONDS = 120;

/** Connections of the paced load, and what each lets pass behind an answer. */
const PACED_CONNECTIONS = 8, PACED_PAUSE_MS = 5;

/**
 * Connections that are made at a time, where each request has one of its own: h2load's at once, the
 * next when all of them are done; a slower client's one after another.
 */
const NEW_CONNECTIONS = 100, NEW_CONNECTIONS_SLOW = 8;
/** Where sessions are resumed. */
const RESUMED_CONNECTIONS = 16;

/** What a load of requests does beside the usual. */
export interface Ask {
  /** Kept-alive connections, 64 when it isn't said. */
  readonly connections?: number;
  /** The length of the answer's body, the small one's when it isn't said. */
  readonly answerBytes?: number;
  /** Whether each request brings 64 KiB. */
  readonly uploads?: boolean;
}

/** What the loads are made with: where one isn't installed, another program does what it can. */
export interface Tools {
  readonly wrk: boolean;
  readonly h2load: boolean;
}

/** Asks, from cores of its own or not. */
export class Load {
  readonly #programs: Programs;
  readonly #pin: readonly string[];
  readonly #tools: Tools;

  private constructor(programs: Programs, cores: Cores, tools: Tools) {
    this.#programs = programs;
    this.#pin = ["taskset", "-c", cores, "env", `OPENSSL_CONF=${fileOf("openssl.cnf")}`];
    this.#tools = tools;
  }

  /** A load that runs on those cores, with the tools that are installed. */
  static async on(cores: Cores, programs: Programs): Promise<Load> {
    return new Load(programs, cores, {
      wrk: await programs.isInstalled("wrk", "-v"),
      h2load: await programs.isInstalled("h2load", "--version"),
    });
  }

  /** What makes the requests. */
  get name(): string {
    const { wrk, h2load } = this.#tools;
    const missing = [wrk ? [] : ["wrk"], h2load ? [] : ["nghttp2-client"]].flat();
    if (missing.length === 0) return "wrk; h2load for new connections; curl for large bodies";
    return `load_client.ts in part, which is slower; apt-get install ${missing.join(" ")}`;
  }

  /** Requests to `url` for `seconds`. Throws an `Error` when any failed. */
  async small(url: string, seconds: number, ask: Ask = {}): Promise<Seen> {
    const { connections = CONNECTIONS, answerBytes = SMALL_BODY.length, uploads = false } = ask;
    if (this.#tools.wrk) {
      const command = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency"];
      if (uploads) command.push("-s", fileOf("upload.lua"));
      const output = await this.#programs.output([...this.#pin, ...command, url]);
      return readWrk(output, uploads ? 0 : answerBytes);
    }
    if (uploads) throw new Error("load_client.ts sends no bodies: apt-get install wrk");
    return await this.#client([url, String(seconds), String(connections)]);
  }

  /**
   * Small requests to `url` for `seconds`, so few of them that nothing is full: what they wait for
   * is not each other. Throws an `Error` when any failed.
   */
  async paced(url: string, seconds: number): Promise<Seen> {
    return await this.#client([url, ...[seconds, PACED_CONNECTIONS, PACED_PAUSE_MS].map(String)]);
  }

  /**
   * Small requests to `url` for `seconds`, each over a TLS connection of its own, with a full handshake:
   * h2load keeps no sessions. Throws an `Error` when any failed.
   */
  async fresh(url: string, seconds: number): Promise<Seen> {
    if (!this.#tools.h2load) {
      return await this.#client([url, ...[seconds, NEW_CONNECTIONS_SLOW, 0].map(String), "fresh"]);
    }
    const count = String(NEW_CONNECTIONS);
    const command = [...this.#pin, "h2load", "--h1", "-n", count, "-c", count, url];
    const started = performance.now();
    const end = started + seconds * 1000;
    let requests = 0;
    while (performance.now() < end) {
      checkH2load(await this.#programs.output(command), NEW_CONNECTIONS);
      requests += NEW_CONNECTIONS;
    }
    return { requests, rate: requests / (performance.now() - started) * 1000, p99Ms: null };
  }

  /**
   * The same with resumed sessions, as wrk does it: all but the first of each connection that it has
   * at a time. Throws an `Error` when any failed.
   */
  async resumed(url: string, seconds: number): Promise<Seen> {
    if (!this.#tools.wrk) throw new Error("only wrk resumes sessions: apt-get install wrk");
    const close = ["-H", "Connection: close"];
    const command = ["wrk", "-t1", `-c${RESUMED_CONNECTIONS}`, `-d${seconds}s`, "--latency"];
    const output = await this.#programs.output([...this.#pin, ...command, ...close, url]);
    return readWrk(output, SMALL_BODY.length);
  }

  /** Downloads the 100 MB at `url` a few times over one connection. */
  async download(url: string, times: number): Promise<Seen> {
    const write = ["-w", "%{http_code} %{size_download}\n"];
    const transfers = Array.from({ length: times }, () => ["-o", "/dev/null", url]).flat();
    return await this.#transfer([...write, ...transfers], times, `200 ${BULK_BYTES}`);
  }

  /** Uploads the 100 MB of `file` a few times over one connection; `url` answers how many bytes came. */
  async upload(url: string, times: number, file: string): Promise<Seen> {
    const transfers = Array.from({ length: times }, () => ["-T", file, url]).flat();
    return await this.#transfer(["-H", "Expect:", ...transfers], times, String(BULK_BYTES));
  }

  async #transfer(args: readonly string[], times: number, line: string): Promise<Seen> {
    const started = performance.now();
    const curl = ["curl", "-sSk4", "--http1.1", "--max-time", String(MAX_TRANSFER_SECONDS)];
    const lines = await this.#programs.output([...this.#pin, ...curl, ...args]);
    const seconds = (performance.now() - started) / 1000;
    const whole = lines.trim().split("\n").filter((each) => each === line).length;
    if (whole !== times) throw new Error(`${times - whole} of ${times} bodies were incomplete`);
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

function fileOf(name: string): string {
  return new URL(`./${name}`, import.meta.url).pathname;
}

/** Throws an `Error` unless h2load tells of `count` answers, all of them 2xx. */
export function checkH2load(text: string, count: number): void {
  const good = /^status codes: (\d+) 2xx/m.exec(text);
  if (good === null || Number(good[1]) !== count) {
    const line = /^requests: .*$/m.exec(text)?.[0] ?? text.trim();
    throw new Error(`h2load got ${good?.[1] ?? 0} of ${count} answers: ${line}`);
  }
}

/**
 * Reads what `wrk --latency` prints. Throws an `Error` when it tells of failed requests, or of fewer
 * bytes than bodies of `answerBytes` make.
 */
export function readWrk(text: string, answerBytes = 0): Seen {
  const failed = /^ *(Non-2xx or 3xx responses: .*|Socket errors: .*)$/m.exec(text);
  if (failed !== null) throw new Error(`wrk: ${failed[1]}`);
  const requests = /(\d+) requests in/.exec(text);
  const rate = /Requests\/sec: *([\d.]+)/.exec(text);
  const p99 = /99% *([\d.]+)(us|ms|s)\b/.exec(text);
  if (requests === null || rate === null || p99 === null) {
    throw new Error(`Cannot read wrk's answer: found\n${text}`);
  }
  if (Number(requests[1]) === 0) throw new Error("wrk: nothing was answered");
  const [, amount, prefix] = /([\d.]+)([KMGT]?)B read/.exec(text) ?? ["", "0", ""];
  const read = Number(amount) * 1024 ** " KMGT".indexOf(prefix || " ");
  // wrk rounds to two decimals.
  if (read < Number(requests[1]) * answerBytes * 0.99) {
    throw new Error(`wrk: ${requests[1]} answers made ${read} bytes, not ${answerBytes} each`);
  }
  const unit = { us: 0.001, ms: 1, s: 1000 }[p99[2] as "us" | "ms" | "s"];
  return { requests: Number(requests[1]), rate: Number(rate[1]), p99Ms: Number(p99[1]) * unit };
}

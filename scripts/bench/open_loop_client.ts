/**
 * An open-loop load: `open_loop_client.ts PORT plain|tls RATE SECONDS CONNECTIONS` sends a request each
 * 1/RATE seconds, whatever became of those before, and counts latency from the moment that it was due:
 * one that waits, because the proxy stalls and every connection is busy, has waited. Prints a
 * `PacedSeen` as JSON.
 *
 * @module
 */

import { ENDED, type Socket, Sockets, type Wait } from "./open_loop_sockets.ts";
import { SMALL_BODY } from "./upstream.ts";

/** What the load saw; times in milliseconds. */
export interface PacedSeen {
  /** Requests answered: all of them. */
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** How late the load itself was, at the 99.9th percentile, where a connection was free. */
  readonly late: number;
}

/** Requests before those that count: both ends' compilers are done then, and connections are warm. */
const WARM_UP_SECONDS = 1;
/** For an answer that doesn't come. */
const PATIENCE_MS = 10_000;
const BUFFER_BYTES = 4096;
/** What only an answer's last bytes are. */
const LAST_BYTES = SMALL_BODY.slice(-5);
const OK = "HTTP/1.1 200";

interface Lane {
  readonly socket: Socket;
  readonly buffer: Uint8Array<ArrayBuffer>;
  filled: number;
  /** When its request was due. */
  due: number;
}

/**
 * The way that a value has of all, sorted: the least that at least `share` of them don't exceed
 * (nearest rank).
 */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

class OpenLoop {
  readonly #lanes: readonly Lane[];
  readonly #wait: Wait;
  readonly #request: Uint8Array<ArrayBuffer>;
  /** Lanes that have nothing under way, the one that rested longest first. */
  readonly #free: Lane[];

  constructor(port: number, isTls: boolean, connections: number) {
    const sockets = new Sockets();
    this.#lanes = Array.from({ length: connections }, () => ({
      socket: sockets.connect(port, { isTls }),
      buffer: new Uint8Array(BUFFER_BYTES),
      filled: 0,
      due: 0,
    }));
    this.#free = [...this.#lanes];
    this.#wait = sockets.waitFor(this.#lanes.map(({ socket }) => socket));
    const host = `localhost:${port}`;
    this.#request = new TextEncoder().encode(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  }

  run(rate: number, seconds: number): PacedSeen {
    const interval = 1000 / rate;
    const total = Math.round(rate * seconds);
    const latencies = new Float64Array(total), lateness = new Float64Array(total);
    let sent = 0, answered = 0, latest = 0;
    const started = performance.now();
    // A request that had to wait for a connection isn't the load's own delay.
    let wasBlocked = false;
    while (answered < total) {
      while (sent < total && this.#free.length > 0) {
        const due = started + sent * interval;
        const now = performance.now();
        if (due > now) break;
        const lane = this.#free.shift()!;
        lane.due = due;
        lane.socket.write(this.#request);
        if (!wasBlocked) lateness[latest++] = now - due;
        sent++;
      }
      wasBlocked = this.#free.length === 0;
      const isSending = sent < total && !wasBlocked;
      const pause = isSending ? started + sent * interval - performance.now() : PATIENCE_MS;
      if (!this.#wait.until(pause)) {
        if (!isSending) throw new Error(`no answer within ${PATIENCE_MS} ms`);
        continue;
      }
      for (let index = 0; index < this.#lanes.length; index++) {
        if (!this.#wait.isReady(index)) continue;
        const lane = this.#lanes[index];
        if (!read(lane)) continue;
        latencies[answered++] = performance.now() - lane.due;
        this.#free.push(lane);
      }
    }
    latencies.sort();
    return {
      requests: total,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      p999: percentile(latencies, 0.999),
      late: percentile(lateness.subarray(0, latest).sort(), 0.999),
    };
  }
}

/** Reads what is there; whether the answer is whole. Throws an `Error` for any but the right one. */
function read(lane: Lane): boolean {
  const count = lane.socket.read(lane.buffer.subarray(lane.filled));
  if (count < ENDED) return false;
  if (count === ENDED) throw new Error("the proxy closed a connection");
  lane.filled += count;
  if (!holds(lane.buffer, lane.filled - LAST_BYTES.length, LAST_BYTES)) {
    if (lane.filled < lane.buffer.length) return false;
    throw new Error("an answer was too long");
  }
  if (!holds(lane.buffer, 0, OK)) throw new Error("an answer's status wasn't 200");
  lane.filled = 0;
  return true;
}

function holds(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

if (import.meta.main) {
  const [port, scheme, rate, seconds, connections] = Deno.args;
  const load = new OpenLoop(Number(port), scheme === "tls", Number(connections));
  load.run(Number(rate), WARM_UP_SECONDS);
  console.log(JSON.stringify(load.run(Number(rate), Number(seconds))));
}

/**
 * The watchdog of a service manager (sd_watchdog_enabled(3)): a ping tells that genkan is alive, and
 * is sent only when that was looked at.
 *
 * @module
 */

import type { Log } from "../../observe/mod.ts";
import { atMost } from "../../server/at_most.ts";
import type { ServiceHost } from "./service_manager.ts";

/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds within which the manager wants to hear a ping; null when it wants none of ours. */
export function watchdogLimitMs(host: Omit<ServiceHost, "notify">): number | null {
  const limit = Number(host.env("WATCHDOG_USEC") ?? 0) / 1000;
  const isOurs = [undefined, "", String(host.pid)].includes(host.env("WATCHDOG_PID"));
  return isOurs && limit > 0 && Number.isFinite(limit) ? limit : null;
}

/** Pings until it is disposed of. */
export class Watchdog implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;

  /**
   * Looks twice within `limitMs`, and pings when `isAlive` gives true within a quarter of it: so two
   * pings are at most three quarters of it apart.
   */
  constructor(limitMs: number, { isAlive, ping, log }: {
    isAlive: () => Promise<boolean>;
    ping: () => Promise<void>;
    log: Log;
  }) {
    let wasAlive = true;
    const look = async () => {
      const lives = await atMost(limitMs / 4, answer(isAlive), false);
      if (lives) await ping();
      else if (wasAlive) {
        log.error("genkan doesn't answer itself: the service manager hears nothing until it does", {
          restart_after_s: Math.round(limitMs / 1000),
        });
      }
      wasAlive = lives;
    };
    this.#timer = setInterval(look, Math.min(Math.max(limitMs / 2, 1), MAX_TIMER_MS));
  }

  /** No more pings. One that is under way may still be sent. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** A failure is no sign of life. */
async function answer(isAlive: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isAlive();
  } catch {
    return false;
  }
}

/**
 * The service manager at the other end of `NOTIFY_SOCKET`.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Log } from "../../observe/mod.ts";
import type { Host } from "../../runtime/mod.ts";
import { Watchdog, watchdogLimitMs } from "./watchdog.ts";

/** What is needed of the host. */
export type ServiceHost = Pick<Host, "env" | "notify" | "pid">;

/** How long after its last request a stop may still take: what systemd is told to wait longer. */
const STOP_MARGIN_MS = 15_000;

/** Who started genkan, and wants to know how it does. Disposing of it ends the watchdog's pings. */
export class ServiceManager implements Disposable {
  readonly #host: ServiceHost;
  readonly #socket: string;
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #isStopping = false;
  #watchdog: Watchdog | null = null;

  private constructor(host: ServiceHost, socket: string, log: Log) {
    this.#host = host;
    this.#socket = socket;
    this.#log = log;
  }

  /** The manager that `NOTIFY_SOCKET` names; null when it isn't set, or names none that is known. */
  static fromHost(host: ServiceHost, log: Log): ServiceManager | null {
    const socket = host.env("NOTIFY_SOCKET");
    if (socket === undefined || socket === "") return null;
    if (/^[/@]./.test(socket)) return new ServiceManager(host, socket, log);
    log.warning(
      "cannot tell the service manager anything: NOTIFY_SOCKET is neither a path nor begins with @",
      { socket },
    );
    return null;
  }

  /**
   * Everything listens, for the first time or after a reload. `status` is one line for people. Not
   * told any more once the stop has begun.
   */
  async ready(status: string): Promise<void> {
    if (!this.#isStopping) await this.#send(`READY=1\n${statusLine(status)}`);
  }

  /** A reload has begun; `ready` has to follow, also when nothing was changed. As `ready`. */
  async reloading(): Promise<void> {
    if (!this.#isStopping) await this.#send(`RELOADING=1\n${statusLine("reloading")}`);
  }

  /**
   * The stop has begun. `graceMs` is how long running requests may take: systemd waits that long
   * even where the unit's `TimeoutStopSec=` is shorter.
   */
  stopping({ graceMs }: { graceMs: number }): Promise<void> {
    this.#isStopping = true;
    const status = statusLine("stopping, running requests may finish");
    const patience = (graceMs + STOP_MARGIN_MS) * 1000;
    return this.#send(`STOPPING=1\n${status}\nEXTEND_TIMEOUT_USEC=${patience}`);
  }

  /** One line for people, as `systemctl status` shows it. */
  status(text: string): Promise<void> {
    return this.#send(statusLine(text));
  }

  /**
   * Tells the manager that genkan is alive, twice in the time that it has set (`WATCHDOG_USEC`), for
   * as long as `isAlive` says so in time. Null when the manager doesn't ask for it. Once the pings
   * stay away, systemd kills and restarts genkan.
   */
  startWatchdog(isAlive: () => Promise<boolean>): Watchdog | null {
    this.#watchdog?.[Symbol.dispose]();
    const limitMs = watchdogLimitMs(this.#host);
    this.#watchdog = limitMs === null ? null : new Watchdog(limitMs, {
      isAlive,
      ping: () => this.#send("WATCHDOG=1"),
      log: this.#log,
    });
    return this.#watchdog;
  }

  [Symbol.dispose](): void {
    this.#watchdog?.[Symbol.dispose]();
  }

  /** After all that was sent before it. */
  #send(message: string): Promise<void> {
    this.#last = this.#last.then(() => this.#sendNow(message));
    return this.#last;
  }

  async #sendNow(message: string): Promise<void> {
    try {
      await this.#host.notify(this.#socket, message);
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#log.warning("cannot tell the service manager how genkan does; it goes on", {
        cause: messageOf(error),
      });
    }
  }
}

/** sd_notify(3): one line. */
function statusLine(text: string): string {
  // deno-lint-ignore no-control-regex -- a newline would begin another assignment
  return `STATUS=${text.replace(/[\x00-\x1f\x7f]+/g, " ")}`;
}

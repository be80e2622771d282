/**
 * Loads a running program's configuration again, and tells what came of it.
 *
 * @module
 */

import type { ReloadOutcome } from "../../admin/mod.ts";
import { loadConfig } from "../../config/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Log } from "../../observe/mod.ts";
import type { Runtime } from "../../runtime/mod.ts";
import type { Changes, Server } from "../../server/mod.ts";
import { warningLine } from "../config_warnings.ts";
import { explain } from "../failure.ts";
import type { ServiceManager } from "../service_manager/mod.ts";
import { statusOf } from "./action.ts";

/** What a reloader works with. */
export interface ReloaderOptions {
  readonly runtime: Runtime;
  readonly server: Server;
  readonly log: Log;
  /** Told of each reload; null where there is none. */
  readonly manager: ServiceManager | null;
  /** The configuration. */
  readonly file: string;
}

/** Reloads one at a time. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Promise<ReloadOutcome> | null = null;
  /** Asked for while another runs: one more is enough for all who ask. */
  #next: Promise<ReloadOutcome> | null = null;

  /** Does nothing by itself. */
  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** Loads the file as it is now. `by` is who asked, for the log. Never fails. */
  reload(by: string): Promise<ReloadOutcome> {
    if (this.#next !== null) return this.#next;
    if (this.#running !== null) {
      this.#next = this.#running.then(() => {
        this.#next = null;
        return this.#begin(by);
      });
      return this.#next;
    }
    return this.#begin(by);
  }

  #begin(by: string): Promise<ReloadOutcome> {
    this.#running = this.#reload(by).finally(() => this.#running = null);
    return this.#running;
  }

  async #reload(by: string): Promise<ReloadOutcome> {
    const { runtime, server, log, manager, file } = this.#options;
    await manager?.reloading();
    const started = performance.now();
    try {
      const { config, warnings } = await loadConfig(file, runtime);
      for (const warning of warnings) log.warning(warningLine(warning));
      const changes = await server.reload(config);
      const took_ms = Math.round(performance.now() - started);
      const listeners = words(changes.listeners), clusters = words(changes.clusters);
      log.info("configuration reloaded", { by, file, listeners, clusters, took_ms });
      return {
        isDone: true,
        text: `reloaded ${file}\nlisteners: ${listeners}\nclusters: ${clusters}\n`,
      };
    } catch (error) {
      return await this.#refuse(error, by);
    } finally {
      await manager?.ready(statusOf(server));
    }
  }

  async #refuse(error: unknown, by: string): Promise<ReloadOutcome> {
    const { runtime, log, file } = this.#options;
    const { lines } = await explain(error, runtime);
    const causes = error instanceof ConfigError ? error.problems.map(warningLine) : lines;
    for (const cause of causes) {
      log.error("cannot reload, what runs goes on", { by, file, code: "reload_failed", cause });
    }
    const found = lines.map((line) => `${line}\n`).join("");
    return { isDone: false, text: `Cannot reload ${file}: nothing was changed\n${found}` };
  }
}

/** `3 kept, changed web, added api, drained old`. */
function words({ kept, changed, added, drained }: Changes): string {
  const named = Object.entries({ changed, added, drained }).filter(([, names]) => names.length > 0);
  return [`${kept.length} kept`, ...named.map(([what, names]) => `${what} ${names.join(" ")}`)]
    .join(", ");
}

/**
 * Certificates, keys and authorities that change on disk: noticed, checked, and only then used.
 *
 * Strategy: read the files now and then and compare what they say. That sees a rename over the old
 * file, a symlink that points elsewhere and a file that is written in place alike, on every file
 * system; it costs 20 µs a file and look. A pair is replaced in two steps by nearly everybody, so
 * what doesn't fit together is only complained of when it still doesn't at the next look.
 *
 * @module
 */

import type { PemSource } from "../config/model.ts";
import { FileError, messageOf } from "../errors.ts";
import type { Log } from "../observe/mod.ts";
import type { Host } from "../runtime/mod.ts";
import type { Deadline, TimerWheel } from "../session/mod.ts";

/** How often the files are read. */
const LOOK_MS = 500;

/** Something that uses PEM from files. */
export interface PemUser {
  /** Who it is, for the log, such as `listener web`. */
  readonly name: string;
  /** What it uses; those without a path never change. */
  readonly sources: readonly PemSource[];
  /**
   * Uses other texts, by path, from now on. Fails with a PemError, and changes nothing, when they
   * don't make sense.
   */
  replace(texts: ReadonlyMap<string, string>): Promise<void>;
}

/** What a watch works with. */
export interface WatchOptions {
  readonly host: Pick<Host, "readFile">;
  readonly wheel: TimerWheel;
  readonly log: Log;
}

/** Watches over the files of all who use some. */
export class CertificateWatch implements Disposable {
  readonly #users: readonly WatchedUser[];
  readonly #options: WatchOptions;
  readonly #deadline: Deadline;
  #disposed = false;

  /** Looks for the first time after a while: what is there now was just read. */
  constructor(users: readonly PemUser[], options: WatchOptions) {
    this.#users = users.map((user) => new WatchedUser(user)).filter(({ paths }) =>
      paths.length > 0
    );
    this.#options = options;
    this.#deadline = options.wheel.deadline(() => void this.#lookAndGoOn());
    if (this.#users.length > 0) this.#deadline.set(LOOK_MS);
  }

  /** Stops looking. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#deadline[Symbol.dispose]();
  }

  /** Looks once. Called by its own deadline, and by tests. */
  async look(): Promise<void> {
    const readings = new Map<string, Promise<string | FileError>>();
    for (const user of this.#users) {
      for (const path of user.paths) {
        if (!readings.has(path)) readings.set(path, this.#read(path));
      }
    }
    const texts = new Map<string, string | FileError>();
    for (const [path, reading] of readings) texts.set(path, await reading);
    for (const user of this.#users) await user.look(texts, this.#options.log);
  }

  async #lookAndGoOn(): Promise<void> {
    await this.look();
    if (!this.#disposed) this.#deadline.set(LOOK_MS);
  }

  async #read(path: string): Promise<string | FileError> {
    try {
      return new TextDecoder().decode(await this.#options.host.readFile(path));
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
  }
}

/** One user, and what its files said. */
class WatchedUser {
  readonly paths: readonly string[];
  readonly #user: PemUser;
  readonly #used = new Map<string, string>();
  /** What couldn't be used at the last look; null when all is well. */
  #refused: string | null = null;
  #complained = false;

  constructor(user: PemUser) {
    this.#user = user;
    for (const { path, pem } of user.sources) if (path !== null) this.#used.set(path, pem);
    this.paths = [...this.#used.keys()];
  }

  async look(found: ReadonlyMap<string, string | FileError>, log: Log): Promise<void> {
    const texts = new Map<string, string>();
    for (const path of this.paths) {
      const text = found.get(path)!;
      if (text instanceof FileError) {
        return this.#refuse(`${text.path}: ${text.message}`, text, log);
      }
      texts.set(path, text);
    }
    if (this.paths.every((path) => texts.get(path) === this.#used.get(path))) {
      this.#refused = null;
      this.#complained = false;
      return;
    }
    try {
      await this.#user.replace(texts);
    } catch (error) {
      // Nothing that stands in a file may end the process, or the watch over the other files.
      return this.#refuse([...texts.values()].join(), error, log);
    }
    for (const [path, text] of texts) this.#used.set(path, text);
    this.#refused = null;
    this.#complained = false;
    log.info("certificates replaced", { of: this.#user.name, files: this.paths.join(" ") });
  }

  /** `state` tells one refusal from the next. */
  #refuse(state: string, cause: unknown, log: Log): void {
    const isSettled = this.#refused === state;
    if (!isSettled) this.#complained = false;
    this.#refused = state;
    if (!isSettled || this.#complained) return;
    this.#complained = true;
    log.warning("certificates on disk cannot be used, the old ones are kept", {
      of: this.#user.name,
      code: "bad_certificates",
      files: this.paths.join(" "),
      cause: messageOf(cause),
    });
  }
}

/**
 * Programs that the benchmark starts: pinned to a core, waited for until they answer, and ended by
 * their own ids, whichever way the benchmark ends.
 *
 * @module
 */

/** Cores, as `taskset -c` takes them: `0`, or `0,1`. */
export type Cores = string;

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;
/** How much of a program's complaints is kept for the reason why it didn't start. */
const STDERR_KEPT = 2_000;

/** A program and where it runs. */
export interface Launch {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The cores it is held to. */
  readonly cores: Cores;
  /** The loopback ports that must accept before it counts as started. */
  readonly ports: readonly number[];
  /** How long that may take; 15 s when it isn't said. */
  readonly startMs?: number;
}

/** The programs of a run; `end` leaves none behind. */
export class Programs {
  readonly #live = new Set<Deno.ChildProcess>();
  #ended = false;

  /**
   * Starts a server, waits for its ports and gives its process id. Throws an `Error` that says why
   * it didn't start.
   */
  async serve({ command, cores, ports, startMs = START_TIMEOUT_MS }: Launch): Promise<number> {
    const child = this.#spawn(["taskset", "-c", cores, ...command], "null");
    let ended = false;
    child.status.then(() => ended = true);
    let said = "";
    const heard = (async () => {
      for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
        said = (said + part).slice(-STDERR_KEPT);
      }
    })();
    const deadline = Date.now() + startMs;
    for (const port of ports) {
      while (!await isAccepting(port)) {
        if (ended) {
          // What it said last may still be on its way; a child of its own would keep it open.
          await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 500))]);
          throw new Error(`it ended: ${said.trimEnd().split("\n").at(-1)}`);
        }
        if (Date.now() > deadline) {
          await stop(child);
          throw new Error(`port ${port} didn't accept within ${startMs} ms`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    return child.pid;
  }

  /**
   * Starts a program and gives its process id once it has said `ready` on stderr. Throws an `Error`
   * with what it said instead.
   */
  async untilReady(command: readonly string[], cores: Cores): Promise<number> {
    const child = this.#spawn(["taskset", "-c", cores, ...command], "null");
    const late = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
    const ready = Promise.withResolvers<void>();
    let said = "";
    (async () => {
      for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
        said += part;
        if (/^ready$/m.test(said)) ready.resolve();
      }
      ready.reject(new Error(`Cannot start ${command.join(" ")}: it said ${said.trim()}`));
    })();
    await ready.promise.finally(() => clearTimeout(late));
    return child.pid;
  }

  /** Ends one of them, by its process id. */
  async stop(pid: number): Promise<void> {
    for (const child of this.#live) if (child.pid === pid) await stop(child);
  }

  /** Runs a program to its end and gives what it printed. Throws an `Error` with its complaint. */
  async output(command: readonly string[]): Promise<string> {
    const { success, stdout, stderr } = await this.#spawn(command, "piped").output();
    const text = new TextDecoder();
    if (!success) throw new Error(`${command.join(" ")} failed: ${text.decode(stderr).trim()}`);
    return text.decode(stdout);
  }

  /** Whether a program is on this machine. */
  async isInstalled(name: string, versionFlag: string): Promise<boolean> {
    return await this.says([name, versionFlag]) !== null;
  }

  /** What a program prints on both its outputs, however it ends; null when it isn't there. */
  async says(command: readonly string[]): Promise<string | null> {
    this.failIfEnded();
    try {
      const { stdout, stderr } = await this.#spawn(command, "piped").output();
      return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    } catch {
      return null;
    }
  }

  /** Throws an `Error` once the run was ended, so that nothing is started behind its back. */
  failIfEnded(): void {
    if (this.#ended) throw new Error("the benchmark was ended");
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#live].map(stop));
  }

  #spawn(command: readonly string[], stdout: "null" | "piped"): Deno.ChildProcess {
    this.failIfEnded();
    const [name, ...args] = command;
    const child = new Deno.Command(name, {
      args,
      stdin: "null",
      stdout,
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#live.add(child);
    child.status.then(() => this.#live.delete(child));
    return child;
  }
}

/** Ends a program, at once when it doesn't end by itself in time. */
async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch {
    return; // It has ended by itself.
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await child.status;
  clearTimeout(timer);
}

async function isAccepting(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Some loopback ports that are free now. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

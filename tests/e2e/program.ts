/**
 * Starts genkan as a user does, and watches it: the real program in a process of its own. By
 * default that is `deno run` with exactly the permissions of the `start` task, so that they are
 * tested as well; `GENKAN_BINARY` names a compiled one instead.
 *
 * @module
 */

import { within } from "./deadline.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Long enough for a cold start on a busy machine. */
const HEAR_MS = 20_000;
/** A stop waits up to 10 s for what runs. */
const EXIT_MS = 20_000;

/** The executable under test, or null for `deno run`. */
export const BINARY = binaryPath(Deno.env.get("GENKAN_BINARY"));

const TASKS = await readTasks();

/** The tasks of `deno.json` that run the program. */
type Task = "start" | "sandbox";

/** Where and how the program runs. */
export interface ProgramOptions {
  /** The working directory. */
  readonly cwd: string;
  /** Variables beside the tests' own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whose permissions it has under `deno run`; those of `start` by default. */
  readonly task?: Task;
  /** How many descriptors it may have open at once; as many as the tests where it isn't said. */
  readonly maxFiles?: number;
  /** Another program on the PATH, which is run instead: a peer. */
  readonly peer?: string;
  /** A command that runs the program: the program's own command line follows as more words. */
  readonly through?: readonly string[];
}

/** A program that has ended. */
export interface Ended {
  /** The exit code; 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program. Disposing of it kills it when it still runs. */
export class Program implements AsyncDisposable {
  /** Its name and its arguments, for messages. */
  readonly command: readonly string[];
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #child: Deno.ChildProcess;
  #isRunning = true;
  readonly #status: Promise<Deno.CommandStatus>;

  /** Starts it. */
  constructor(args: readonly string[], options: ProgramOptions) {
    const { cwd, env = {}, task = "start", maxFiles, peer, through = [] } = options;
    this.command = [peer ?? "genkan", ...args];
    const genkan = BINARY === null ? TASKS[task] : [BINARY];
    const unlimited = peer === undefined ? genkan : [peer];
    const limited = maxFiles === undefined ? unlimited : [...limitFiles(maxFiles), ...unlimited];
    const [program, ...before] = [...through, ...limited];
    this.#child = new Deno.Command(program, {
      args: [...before, ...args],
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.stdout = new Output(this.#child.stdout);
    this.stderr = new Output(this.#child.stderr);
    this.#status = this.#child.status.finally(() => this.#isRunning = false);
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves once it has said `ready`. */
  async ready(): Promise<void> {
    await this.#hear([this.stderr, this.stdout], /^ready$/m);
  }

  /** Resolves with the first match of `pattern` on a stream, be it there or yet to come. */
  async says(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpMatchArray> {
    return await this.#hear([this[stream]], pattern);
  }

  /** The port of a listener of `run`, by its name. */
  port(listener: string): number {
    const line = this.stderr.text.split("\n").find((each) => each.endsWith(` (${listener})`));
    const port = line?.match(/ listening on \S+:(\d+) /)?.[1];
    if (port === undefined) throw new Error(`No line says where ${listener} listens`);
    return Number(port);
  }

  /** The admin's address, such as `http://127.0.0.1:9901`. */
  get admin(): string {
    const url = this.stderr.text.match(/ admin on (\S+)/)?.[1];
    if (url === undefined) throw new Error("No line says where the admin listens");
    return url;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end, at most that long. */
  async ended(ms: number = EXIT_MS): Promise<Ended> {
    return await within(ms, this.#over(), "the program's end");
  }

  /** What it was called with and what it said, for the message of a failed test. */
  report(): string {
    return [
      `$ ${this.command.join(" ")}`,
      ...indented("stdout", this.stdout.text),
      ...indented("stderr", this.stderr.text),
    ].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isRunning) this.#child.kill("SIGKILL");
    await this.#over();
  }

  async #hear(streams: readonly Output[], pattern: RegExp): Promise<RegExpMatchArray> {
    const heard = streams.map((stream) => stream.match(pattern));
    const over = this.#over().then(({ code }) => code);
    const first = await within(HEAR_MS, Promise.race([...heard, over]), String(pattern));
    if (typeof first === "number") throw new Error(`ended with ${first} before ${pattern}`);
    return first;
  }

  /** The end of the process, and of what it said. */
  async #over(): Promise<Ended> {
    const { code } = await this.#status;
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    return { code, stdout: this.stdout.text, stderr: this.stderr.text };
  }
}

/** What a process has written so far. */
class Output {
  /** Everything until now. */
  text = "";
  /** Resolves at the end of the stream. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #waiting = new Set<() => void>();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.ended = this.#collect();
  }

  /** Closes our end of the pipe: whoever writes to it from now on finds it broken. */
  async hangUp(): Promise<void> {
    await this.#reader.cancel();
  }

  /** The first match; pending for as long as there is none. */
  match(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve) => {
      const look = () => {
        const match = this.text.match(pattern);
        if (match === null) return;
        this.#waiting.delete(look);
        resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.text += decoder.decode(value, { stream: true });
      for (const look of [...this.#waiting]) look();
    }
  }
}

/** A command that runs what follows it. */
function limitFiles(count: number): string[] {
  return ["sh", "-c", `ulimit -n ${count} && exec "$0" "$@"`];
}

function indented(title: string, text: string): string[] {
  const lines = text.trimEnd().split("\n");
  return text === "" ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}

function binaryPath(name: string | undefined): string | null {
  if (name === undefined || name === "") return null;
  return name.startsWith("/") ? name : `${ROOT}${name}`;
}

/** The words of a task up to the entry point, of which the path is made whole: tests run elsewhere. */
function taskCommand(command: string): string[] {
  const words = command.split(" ");
  const entry = words.indexOf("main.ts");
  if (words[0] !== "deno" || entry === -1 || words.includes("-A")) {
    throw new Error(`Cannot use the task: found "${command}"`);
  }
  return [...words.slice(0, entry), `${ROOT}main.ts`];
}

async function readTasks(): Promise<Readonly<Record<Task, readonly string[]>>> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const { start, sandbox } = tasks;
  return { start: taskCommand(start.command), sandbox: taskCommand(sandbox.command) };
}

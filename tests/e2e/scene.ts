/**
 * What an end-to-end test takes place in: a temporary folder, and the programs and servers that
 * were started in it. All of it is gone when the test ends, however it ends; when it fails, the
 * message says what the programs said.
 *
 * @module
 */

import { localhostCertificate } from "./certificates.ts";
import { within } from "./deadline.ts";
import { type Peer, whyMissing } from "./peers.ts";
import { type Ended, Program, type ProgramOptions } from "./program.ts";

/** For a whole test, unless it says another. */
const TEST_MS = 60_000;

/** A test's surroundings. */
export class Scene implements AsyncDisposable {
  /** The working directory of its programs; absolute. */
  readonly folder: string;
  readonly #programs: Program[] = [];
  readonly #owned = new AsyncDisposableStack();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A scene with an empty folder. */
  static async open(): Promise<Scene> {
    return new Scene(await Deno.makeTempDir({ prefix: "genkan-e2e-" }));
  }

  /** Where the program keeps the user's local CA. */
  get dataFolder(): string {
    return `${this.folder}/data/genkan`;
  }

  /** A path in the folder. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** Writes a file and gives its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(path, bytes);
    return path;
  }

  /** Writes `ca.pem`, `localhost.pem` and `localhost-key.pem`. */
  async writeCertificates(): Promise<void> {
    const { ca, cert, key } = await localhostCertificate();
    await this.write("ca.pem", ca);
    await this.write("localhost.pem", cert);
    await this.write("localhost-key.pem", key);
  }

  /** Starts the program, without waiting for anything. */
  spawn(args: readonly string[], options: Partial<ProgramOptions> = {}): Program {
    const env = { XDG_DATA_HOME: this.path("data") };
    const program = this.own(new Program(args, { cwd: this.folder, env, ...options }));
    this.#programs.push(program);
    return program;
  }

  /** Starts the program and waits until it is ready. */
  async start(args: readonly string[], options: Partial<ProgramOptions> = {}): Promise<Program> {
    const program = this.spawn(args, options);
    await program.ready();
    return program;
  }

  /** Runs the program to its end. */
  async run(args: readonly string[], options: Partial<ProgramOptions> = {}): Promise<Ended> {
    return await this.spawn(args, options).ended();
  }

  /**
   * Starts `genkan run` with a configuration, and with more options of `run`. One worker serves unless
   * they say otherwise: each has its own pools, says its own lines and takes its own memory.
   */
  async serve(config: string, more: readonly string[] = []): Promise<Program> {
    const workers = more.includes("--concurrency") ? [] : ["--concurrency", "1"];
    const file = await this.write("genkan.yaml", config);
    return await this.start(["run", "-c", file, ...workers, ...more]);
  }

  /** Starts a plain HTTP listener `web` that leads to one endpoint; `more` are the cluster's fields. */
  async serveBefore(endpoint: string, more = ""): Promise<Program> {
    return await this.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["${endpoint}"]${more === "" ? "" : `, ${more}`} } }
`);
  }

  /** Takes over something that ends with the scene, the last one first. */
  own<T extends AsyncDisposable>(it: T): T {
    return this.#owned.use(it);
  }

  /** What the programs said. */
  report(): string {
    return this.#programs.map((program) => program.report()).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What a test wants besides the program. */
export interface E2eOptions {
  /** It is left out, with a printed reason, where one of them is missing. */
  readonly needs?: readonly Peer[];
  /** Why it is left out here; null when it isn't. */
  readonly without?: string | null;
  /** How long it may take; a minute when it isn't said. */
  readonly ms?: number;
}

/** Registers a test that drives the real program. */
export function e2e(
  claim: string,
  body: (scene: Scene) => Promise<void>,
  { needs = [], without = null, ms = TEST_MS }: E2eOptions = {},
): void {
  const reasons = [...needs.map(whyMissing), without].filter((reason) => reason !== null);
  const ignore = reasons.length > 0;
  // In the name, because `deno test -q` swallows what is printed.
  const name = ignore ? `${claim} (left out: ${reasons.join(", ")})` : claim;
  Deno.test({ name, ignore, fn: () => play(body, ms) });
}

async function play(body: (scene: Scene) => Promise<void>, ms: number): Promise<void> {
  await using scene = await Scene.open();
  try {
    await within(ms, body(scene), "the test's end");
  } catch (error) {
    console.error(scene.report());
    throw error;
  }
}

/**
 * genkan as a soak runs it, and what is done to it from outside: other configurations, other
 * certificates.
 *
 * @module
 */

import { Authority } from "../../tests/e2e/authority.ts";
import { within } from "../../tests/e2e/deadline.ts";
import type { Program } from "../../tests/e2e/program.ts";
import { issuePair, renamePair, writePair } from "../../tests/e2e/rotation.ts";
import type { Scene } from "../../tests/e2e/scene.ts";
import { freePort } from "../../tests/e2e/upstream.ts";
import type { Upstreams } from "./upstreams.ts";

/** A reload that takes longer has failed. */
const RELOAD_MS = 20_000;
/** Short, so that what is taken away has gone before the soak ends. */
const DRAIN_SECONDS = 2;
const WORKERS = 2;
/** V8 would let a young generation grow for a minute, which looks like a leak. Bun doesn't know it. */
const EAGER_COLLECTOR = "--max-semi-space-size=2";
/** More than ever come: a planted leak is to be found by what it leaves behind. */
const MAX_REQUESTS = 100_000;

/** The program with its files. */
export class Stage {
  /** Under test. */
  readonly program: Program;
  /** What clients trust, PEM. */
  readonly ca: string;
  readonly #scene: Scene;
  readonly #authority: Authority;
  readonly #upstreams: Upstreams;
  /** Where a listener is that comes and goes. */
  readonly passingPort: number;
  #turn = 0;

  private constructor(
    { program, scene, authority, upstreams, passingPort }: {
      program: Program;
      scene: Scene;
      authority: Authority;
      upstreams: Upstreams;
      passingPort: number;
    },
  ) {
    this.program = program;
    this.passingPort = passingPort;
    this.ca = authority.pem;
    this.#scene = scene;
    this.#authority = authority;
    this.#upstreams = upstreams;
  }

  /** Starts the program. */
  static async open(scene: Scene, upstreams: Upstreams): Promise<Stage> {
    const authority = await Authority.create("soak");
    await writePair(scene, "secure", await issuePair(authority));
    const passingPort = freePort();
    const file = await scene.write("genkan.yaml", configOf(0, upstreams, passingPort));
    const program = await scene.start([
      ...["run", "-c", file],
      ...["--concurrency", String(WORKERS)],
      ...["--drain-time-s", String(DRAIN_SECONDS)],
    ], { env: { DENO_V8_FLAGS: EAGER_COLLECTOR } });
    return new Stage({ program, scene, authority, upstreams, passingPort });
  }

  /** How many configurations it has had since the start. */
  get reloads(): number {
    return this.#turn;
  }

  /** Gives it another configuration, by one way and then by the other. */
  async reload(): Promise<void> {
    const turn = ++this.#turn;
    await this.#scene.write("next.yaml", configOf(turn, this.#upstreams, this.passingPort));
    await Deno.rename(this.#scene.path("next.yaml"), this.#scene.path("genkan.yaml"));
    if (turn % 2 === 0) {
      const response = await fetch(`${this.program.admin}/reload`, { method: "POST" });
      const text = await response.text();
      if (!response.ok) throw new Error(`Cannot reload: found ${text}`);
    } else this.program.signal("SIGHUP");
    await within(RELOAD_MS, this.#isReloaded(turn), `the reload ${turn}`);
  }

  /** Puts another certificate in the place of the one that is shown. */
  async rotate(): Promise<void> {
    await renamePair(this.#scene, "secure", await issuePair(this.#authority));
  }

  async #isReloaded(times: number): Promise<void> {
    const done = () => this.program.stderr.text.split(" configuration reloaded ").length - 1;
    while (done() < times) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * The configuration of a turn. What well-behaved clients use stays as it is; around it routes change
 * with each turn, and a cluster and a listener come and go.
 */
function configOf(turn: number, { app, flaky, echo }: Upstreams, passingPort: number): string {
  const isOdd = turn % 2 === 1;
  const routes = `routes:
      - { exact: /turn, cluster: app, timeout: ${turn + 1}s }
      - { exact: /flaky, cluster: flaky }
${isOdd ? "      - { exact: /passing, cluster: passing }\n" : ""}      - { cluster: app }`;
  return `
admin: 127.0.0.1:0
listeners:
  plain:
    address: 127.0.0.1:0
    ${routes}
  secure:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: secure.pem, key: secure-key.pem }] }
    ${routes}
  raw: { address: 127.0.0.1:0, tcp: echo }
${
    isOdd
      ? `  passing: { address: "127.0.0.1:${passingPort}", routes: [{ cluster: passing }] }\n`
      : ""
  }clusters:
  app:
    endpoints: ["127.0.0.1:${app.port}"]
    max_connections: ${MAX_REQUESTS}
    max_requests: ${MAX_REQUESTS}
  flaky: { endpoints: ["127.0.0.1:${flaky.port}"] }
  echo: { endpoints: ["127.0.0.1:${echo.port}"] }
${isOdd ? `  passing: { endpoints: ["127.0.0.1:${app.port}"] }\n` : ""}`;
}

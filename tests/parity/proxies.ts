/**
 * A real Envoy and a real genkan, each a process, with the same file.
 *
 * @module
 */

import { within } from "../e2e/deadline.ts";
import type { Program } from "../e2e/program.ts";
import type { Scene } from "../e2e/scene.ts";

/** A proxy that runs. */
export interface Proxy {
  readonly name: "envoy" | "genkan";
  readonly program: Program;
  /** Such as `http://127.0.0.1:9901`. */
  readonly admin: string;
  /** The port of a listener. */
  port(listener: string): number;
}

/** Starts genkan with a file. */
export async function startGenkan(scene: Scene, file: string): Promise<Proxy> {
  const program = await scene.start(["run", "-c", file, "--concurrency", "1"]);
  const { admin } = program;
  return { name: "genkan", program, admin, port: (listener) => program.port(listener) };
}

/** Starts Envoy with a file, which must have an admin. */
export async function startEnvoy(scene: Scene, file: string): Promise<Proxy> {
  const address = scene.path("envoy-admin");
  const program = scene.spawn([
    ...["-c", file, "--admin-address-path", address],
    // Nothing is shared with another Envoy of this machine.
    ...["--use-dynamic-base-id", "--disable-hot-restart", "--concurrency", "1"],
    // Its access log is held back for 10 s otherwise.
    ...["--file-flush-interval-msec", "20", "--log-format", "%v"],
  ], { peer: "envoy" });
  await program.says("stderr", /^starting main dispatch loop$/m);
  const admin = await Deno.readTextFile(address);
  const ports = await within(5000, readPorts(admin), "Envoy's list of listeners");
  return {
    name: "envoy",
    program,
    admin: `http://${admin}`,
    port: (listener) => ports.get(listener)!,
  };
}

async function readPorts(admin: string): Promise<Map<string, number>> {
  const response = await fetch(`http://${admin}/listeners?format=json`);
  const { listener_statuses: listeners } = await response.json();
  return new Map(listeners.map((
    { name, local_address: { socket_address: { port_value: port } } }: {
      name: string;
      local_address: { socket_address: { port_value: number } };
    },
  ) => [name, port]));
}

import {
  createLogs,
  type Stoppable,
  StopSignals,
  untilStopped,
} from "../../src/cli/until_stopped.ts";
import type { Runtime, Signal } from "../../src/runtime/mod.ts";
import { assertEquals } from "../assert.ts";

/** A host whose signals are sent by hand. */
class FakeHost {
  readonly #handlers = new Map<Signal, () => void>();

  onSignal(signal: Signal, handler: () => void): void {
    this.#handlers.set(signal, handler);
  }

  send(signal: Signal): void {
    this.#handlers.get(signal)?.();
  }

  write(): Promise<void> {
    return Promise.resolve();
  }
}

/** Something that notes how it was stopped, and has stopped when told so. */
class FakeService implements Stoppable {
  readonly graces: number[] = [];
  readonly stopped: Promise<void>;
  readonly end: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.end = resolve;
  }

  stop(graceMs: number): Promise<void> {
    this.graces.push(graceMs);
    if (graceMs === 0) this.end();
    return this.stopped;
  }
}

function start() {
  const host = new FakeHost();
  const service = new FakeService();
  const signals = new StopSignals(host);
  const logs = createLogs(host as unknown as Runtime);
  return { host, service, done: untilStopped(signals, [service], { logs }) };
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} stops what runs, with 10 s of grace`, async () => {
    const { host, service, done } = start();
    host.send(signal);
    await Promise.resolve();
    service.end();
    await done;
    assertEquals(service.graces, [10_000]);
  });
}

Deno.test("A second signal takes the grace away", async () => {
  const { host, service, done } = start();
  host.send("SIGTERM");
  host.send("SIGINT");
  await done;
  assertEquals(service.graces, [10_000, 0]);
});

Deno.test("What stops on its own ends the wait", async () => {
  const { service, done } = start();
  service.end();
  await done;
  assertEquals(service.graces, []);
});

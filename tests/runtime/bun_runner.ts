/**
 * Runs the contracts under Bun: `bun tests/runtime/bun_runner.ts [SILENT_PORT]`. Prints a line a
 * case and `N passed, N failed` at the end, and exits with 1 when one failed.
 *
 * SILENT_PORT is a port on 127.0.0.1 to which connects never finish; without it that case is left
 * out, because Bun itself accepts whatever comes.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import fs from "node:fs/promises";
import { bunRuntime } from "../../src/runtime/bun.ts";
import { threadCases } from "../observe/threads_contract.ts";
import { makeCertificates } from "./certificates.ts";
import { contractFor, runCase, type Subject } from "./contract.ts";
import { missingHelperCase, notifyCases } from "./contract_notify.ts";
import { runtimeThreadCases } from "./contract_threads.ts";
import { type HostCase, hostCases } from "./host_contract.ts";

const runtime = bunRuntime();
const silentPort = Number(runtime.args[0] ?? 0);
const silent = { address: { host: "127.0.0.1", port: silentPort }, [Symbol.dispose]() {} };
const subject: Subject = {
  network: runtime,
  supports: runtime.supports,
  certificates: await makeCertificates(),
  trust: "given",
  silent: silentPort === 0 ? null : () => Promise.resolve(silent),
};

/** Bun can't take back a connect: the kernel keeps the socket until it gives up. */
const KEEPS_A_SOCKET = "A connect that gets no answer times out";

let passed = 0, failed = 0;

async function run(name: string, body: () => Promise<void>): Promise<void> {
  const most = await openSockets() + (name === KEEPS_A_SOCKET ? 1 : 0);
  try {
    await body();
    await until(async () => await openSockets() <= most, "a socket was left open");
    passed++;
    await runtime.write("stdout", `ok   ${name}\n`);
  } catch (error) {
    failed++;
    const reason = error instanceof Error ? error.stack ?? error.message : String(error);
    await runtime.write("stdout", `FAIL ${name}\n${reason}\n`);
  }
}

/** Bun closes sockets a turn later, and has no count of them; Linux has. */
async function openSockets(): Promise<number> {
  const names = await fs.readdir("/proc/self/fd").catch(() => []);
  const targets = await Promise.all(
    names.map((name) => fs.readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  return targets.filter((target) => target.startsWith("socket:")).length;
}

async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(otherwise);
}

async function runHostCase(each: HostCase): Promise<void> {
  const folder = `${await fs.mkdtemp("/tmp/genkan-host-")}/`;
  try {
    await each.run({
      host: runtime,
      folder,
      modeOf: async (path) => (await fs.stat(path)).mode & 0o777,
      namesIn: (path) => fs.readdir(path),
    });
  } finally {
    await fs.rm(folder, { recursive: true });
  }
}

for (const each of contractFor(subject)) await run(each.name, () => runCase(each, subject));
// Bun sends to a service manager through a program of systemd's.
const hasHelper = spawnSync("systemd-notify", ["--version"]).status === 0;
if (!hasHelper) await runtime.write("stdout", "left out: systemd-notify is not there\n");

for (const each of [...hostCases, ...(hasHelper ? notifyCases : []), missingHelperCase]) {
  await run(each.name, () => runHostCase(each));
}
for (const each of threadCases) await run(each.name, () => each.run());
for (const each of runtimeThreadCases) await run(each.name, () => each.run(bunRuntime));
await runtime.write("stdout", `${passed} passed, ${failed} failed\n`);
runtime.exit(failed === 0 ? 0 : 1);

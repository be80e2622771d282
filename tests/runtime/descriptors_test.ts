import { assert } from "../assert.ts";
import { within } from "../e2e/deadline.ts";
import { cpuSeconds, openFiles } from "../e2e/process.ts";
import { Program } from "../e2e/program.ts";
import { isLost, Wire } from "../e2e/wire.ts";
import { findBun } from "./find_bun.ts";

const SERVICE = "tests/runtime/full_listener.ts";
/** Of the service; a runtime has up to 25 open before it does anything. */
const MAX_FILES = 64;
const CLIENTS = 100;
/** A shortage is looked for once a second. */
const RECOVER_MS = 15_000;
/** That long the processor is watched, and that much of it may be used. */
const WATCH_MS = 2_000;
const WATCH_CPU_SECONDS = 1;

const bun = await findBun();
const DENO = [
  "deno",
  "run",
  "--no-prompt",
  "--allow-net",
  "--allow-read=/tmp",
  "--allow-write=/tmp",
];
const RUNTIMES = [
  { name: "Deno", command: DENO, missing: null },
  "missing" in bun
    ? { name: "Bun", command: [], missing: bun.missing }
    : { name: "Bun", command: [bun.command], missing: null },
] as const;

function connect(kind: string, address: string): Promise<Deno.Conn> {
  if (kind.startsWith("/")) return Deno.connect({ transport: "unix", path: kind });
  return Deno.connect({ hostname: "127.0.0.1", port: Number(address.split(":")[1]) });
}

/** Whether the service takes the connection and answers. */
async function answers(wire: Wire): Promise<boolean> {
  try {
    await wire.send("?");
    return await wire.bytes(1) === "?";
  } catch (error) {
    if (!isLost(error)) throw error;
    return false;
  }
}

async function playOn(command: readonly string[], kind: string): Promise<void> {
  const cwd = Deno.cwd();
  const [peer, ...before] = command;
  const options = { cwd, peer, maxFiles: MAX_FILES, env: { NODE_EXTRA_CA_CERTS: "" } };
  using elsewhere = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = [...before, SERVICE, kind, String(elsewhere.addr.port)];
  await using service = new Program(args, options);
  try {
    await runOut(service, kind);
  } catch (error) {
    throw new Error(service.report(), { cause: error });
  }
}

async function runOut(service: Program, kind: string): Promise<void> {
  const [, address] = await service.says("stdout", /^listening (\S+)$/m);
  const files = await openFiles(service.pid);

  const wires: Wire[] = [];
  using _clients = { [Symbol.dispose]: () => wires.forEach((wire) => wire[Symbol.dispose]()) };
  for (let count = 0; count < CLIENTS; count++) wires.push(new Wire(await connect(kind, address)));

  const words = "the process has too many open files: raise its limit \\(ulimit -n, LimitNOFILE\\)";
  await service.says("stdout", new RegExp(`^other: Cannot accept on ${address}: ${words}$`, "m"));
  await service.says(
    "stdout",
    new RegExp(`^dialled other: Cannot connect to 127.0.0.1:\\d+: ${words}$`, "m"),
  );
  assert(await answers(wires[0]), "a connection from before is served");

  const used = await cpuSeconds(service.pid);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const more = await cpuSeconds(service.pid) - used;
  assert(more < WATCH_CPU_SECONDS, `${more} s of a processor in ${WATCH_MS} ms`);

  for (const wire of wires) wire[Symbol.dispose]();
  await within(RECOVER_MS, takesAgain(kind, address), "a connection that is served");
  await within(RECOVER_MS, hasAtMost(service.pid, files), `${files} descriptors`);
}

/** On Bun, connections that come too early are closed. */
async function takesAgain(kind: string, address: string): Promise<void> {
  for (;;) {
    if (await connect(kind, address).then(isServed, isGone)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isServed(conn: Deno.Conn): Promise<boolean> {
  using wire = new Wire(conn);
  return await answers(wire);
}

function isGone(error: unknown): false {
  if (!isLost(error)) throw error;
  return false;
}

async function hasAtMost(pid: number, files: number): Promise<void> {
  while (await openFiles(pid) > files);
}

for (const { name, command, missing } of RUNTIMES) {
  for (const kind of ["native", "node", "unix"]) {
    Deno.test({
      name:
        `On ${name}: a listener (${kind}) that ran out of descriptors rests, says so, and recovers`,
      ignore: missing !== null || Deno.build.os !== "linux",
      async fn() {
        const path = `/tmp/genkan-full-${crypto.randomUUID()}.sock`;
        await playOn(command, kind === "unix" ? path : kind);
      },
    });
  }
}

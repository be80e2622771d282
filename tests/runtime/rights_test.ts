import { startPermissions } from "../../scripts/compile.ts";
import { assertEquals } from "../assert.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function probe(): Promise<Record<string, string[]>> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["there", "there-too"]) await Deno.writeTextFile(`${folder}/${name}`, "");
    const permissions = startPermissions(await Deno.readTextFile(`${ROOT}deno.json`));
    const script = `${ROOT}tests/runtime/rights_probe.ts`;
    const { stdout, stderr } = await new Deno.Command("deno", {
      args: ["run", "--no-prompt", ...permissions, script, folder],
      cwd: ROOT,
    }).output();
    const text = new TextDecoder();
    try {
      return JSON.parse(text.decode(stdout));
    } catch {
      throw new Error(`the probe has ended badly: ${text.decode(stderr)}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("The Deno binary's permissions: no program is run, no library loaded", async () => {
  const { first, thread, threadWithSocket, forgone } = await probe();
  assertEquals(first, ["read", "write", "remove", "listen", "unix"]);
  // What serves strangers has the network and nothing else.
  assertEquals(thread, ["listen"]);
  assertEquals(threadWithSocket, ["listen", "unix"]);
  assertEquals(forgone, ["read", "listen"]);
});

Deno.test("Permissions are named: no all, no run, no ffi, no sys", async () => {
  const permissions = startPermissions(await Deno.readTextFile(`${ROOT}deno.json`));
  assertEquals(permissions.map((flag) => flag.replace(/=.*/, "")), [
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--ignore-env",
  ]);
});

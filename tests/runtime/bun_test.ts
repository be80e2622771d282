import { SilentPort } from "./silent.ts";

/** Where Bun may be: on the path, or laid into node_modules by npm. */
const PLACES = ["bun", "node_modules/.bin/bun"];

const RUNNER = "tests/runtime/bun_runner.ts";

/** Bun's command, or why there is none. */
async function findBun(): Promise<{ command: string } | { missing: string }> {
  const reasons: string[] = [];
  for (const command of PLACES) {
    const { state } = await Deno.permissions.query({ name: "run", command });
    if (state !== "granted") {
      reasons.push(`${command} may not be run`);
      continue;
    }
    try {
      const { success } = await new Deno.Command(command, { args: ["--version"] }).output();
      if (success) return { command };
      reasons.push(`${command} --version failed`);
    } catch {
      reasons.push(`${command} is not there`);
    }
  }
  return { missing: reasons.join(", ") };
}

const found = await findBun();
if ("missing" in found) console.log(`Skipped: the contract under Bun, because ${found.missing}`);

Deno.test({
  name: "On Bun: the contract holds",
  ignore: "missing" in found,
  async fn() {
    using silent = await SilentPort.open();
    const { success, stdout, stderr } = await new Deno.Command(
      (found as { command: string }).command,
      { args: [RUNNER, String(silent.address.port)] },
    ).output();
    if (success) return;
    const text = new TextDecoder();
    const failures = text.decode(stdout).split("\n").filter((line) => !line.startsWith("ok "));
    throw new Error(`${failures.join("\n")}\n${text.decode(stderr)}`);
  },
});

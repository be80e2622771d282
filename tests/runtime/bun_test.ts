import { findBun } from "./find_bun.ts";
import { SilentPort } from "./silent.ts";

const RUNNER = "tests/runtime/bun_runner.ts";

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

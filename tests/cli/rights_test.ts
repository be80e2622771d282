import { runCommandLine } from "../../src/cli/mod.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { assertEquals } from "../assert.ts";
import { overridden } from "../runtime/overridden.ts";

/** Whether the command has given up the right to write files by the time that it ends. */
async function forgoes(...args: string[]): Promise<boolean> {
  let forgone = false;
  const runtime = overridden(denoRuntime(), {
    env: () => undefined,
    onSignal: () => {},
    write: () => Promise.resolve(),
    forgoWriting: () => void (forgone = true),
  });
  await runCommandLine(runtime, args);
  return forgone;
}

Deno.test("A command that writes no file gives up the right to before it begins", async () => {
  for (
    const args of [
      ["version"],
      ["man"],
      ["completion", "bash"],
      ["service", "print"],
      ["check", "-c", "no/such.yaml"],
      ["adapt", "-c", "no/such.yaml"],
    ]
  ) assertEquals(await forgoes(...args), true, args.join(" "));
});

Deno.test("Only what writes keeps the right", async () => {
  for (const args of [["ca", "create"], ["https://localhost:0", "3000"]]) {
    assertEquals(await forgoes(...args), false, args.join(" "));
  }
});

import { runSandbox } from "../../../src/cli/sandbox/action.ts";
import { denoRuntime } from "../../../src/runtime/deno.ts";
import type { Runtime } from "../../../src/runtime/mod.ts";
import { ConnError } from "../../../src/errors.ts";
import { CommandError } from "../../../src/cli/failure.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { overridden } from "../../runtime/overridden.ts";

/** The real runtime with streams that are kept, and SIGTERM sent once a line says "ready". */
function testRuntime(parts: Partial<Runtime> = {}) {
  const real = denoRuntime();
  const written = { stdout: "", stderr: "" };
  let terminate = () => {};
  const runtime = overridden(real, {
    write(stream: "stdout" | "stderr", text: string) {
      written[stream] += text;
      if (/^ready$/m.test(text)) terminate();
      return Promise.resolve();
    },
    onSignal(signal: string, handler: () => void) {
      if (signal === "SIGTERM") terminate = handler;
    },
    ...parts,
  });
  return { runtime, written };
}

for (const envoy of [false, true]) {
  const form = envoy ? "Envoy's" : "the native";
  Deno.test(`The sandbox runs from ${form} form, all six answer, and SIGTERM ends it`, async () => {
    const certs = await Deno.makeTempDir();
    const { runtime, written } = testRuntime();
    assertEquals(await runSandbox(runtime, { basePort: 0, envoy, certs }), 0);
    assertEquals(written.stdout.match(/ answers$/gm)?.length, 6, written.stdout);
    assert(written.stdout.endsWith("\n\nready\n"), written.stdout);
    assertMatch(written.stdout, `curl --cacert ${certs}/ca.pem https://localhost:`);
    await Deno.remove(certs, { recursive: true });
  });
}

Deno.test("A member that doesn't answer is named with the reason, and nothing stays bound", async () => {
  const certs = await Deno.makeTempDir();
  const real = denoRuntime();
  let dialled = 0;
  const { runtime, written } = testRuntime({
    // The first question goes to service-http.
    connect(address, options) {
      if (dialled++ === 0) return Promise.reject(new ConnError("refused", "Cannot connect: no"));
      return real.connect(address, options);
    },
  });
  const error = await assertRejects(
    () => runSandbox(runtime, { basePort: 0, envoy: false, certs }),
    CommandError,
  );
  assertMatch(error.message, "service-http doesn't answer");
  assertMatch(written.stdout, /service-http .* fails: Cannot connect: no\n/);
  assert(!written.stdout.includes("ready"), written.stdout);
  await Deno.remove(certs, { recursive: true });
});

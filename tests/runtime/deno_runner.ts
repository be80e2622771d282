/**
 * Runs the contract's part on TLS with an authority that Deno was told to trust:
 * `deno run --cert FOLDER/ca.pem … deno_runner.ts FOLDER/certificates.json`. Prints the cases that
 * fail, and exits with 1 when there is one.
 *
 * @module
 */

import { denoRuntime } from "../../src/runtime/deno.ts";
import { runCase, type Subject } from "./contract.ts";
import { handshakeCases } from "./contract_handshakes.ts";
import { trustCases } from "./contract_trust.ts";

const runtime = denoRuntime();
const subject: Subject = {
  network: runtime,
  supports: runtime.supports,
  certificates: JSON.parse(new TextDecoder().decode(await runtime.readFile(runtime.args[0]))),
  trust: "built-in",
  silent: null,
};

let failed = 0;
for (const each of [...handshakeCases, ...trustCases]) {
  try {
    await runCase(each, subject);
  } catch (error) {
    failed++;
    await runtime.write("stdout", `FAIL ${each.name}\n${(error as Error).stack}\n`);
  }
}
runtime.exit(failed === 0 ? 0 : 1);

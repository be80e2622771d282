/**
 * Runs `genkan echo`.
 *
 * @module
 */

import { type Runtime, showAddress } from "../../runtime/mod.ts";
import { openOrCreate } from "../../tls/mod.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import type { EchoArguments } from "./mod.ts";
import { type EchoOptions, EchoService } from "./service.ts";
import { parseListenAddress } from "./listen_address.ts";
import { createLogs, StopSignals, untilStopped } from "../until_stopped.ts";

/** No addresses beside the name: see `IssueOptions`. */
const LOCAL_NAMES = ["localhost"];

/** Runs an echo service until it is told to stop. */
export async function runEcho(runtime: Runtime, values: EchoArguments): Promise<number> {
  const address = parseListenAddress(values.listen);
  const tls = await certificateFor(runtime, values);
  runtime.forgoWriting();
  const signals = new StopSignals(runtime);
  const logs = createLogs(runtime);
  const { log } = logs;
  const service = await EchoService.start(runtime, { name: values.name, address, tls, log });
  const url = `${tls === null ? "http" : "https"}://${showAddress(service.address)}`;
  await runtime.write("stderr", `genkan echo "${values.name}" listening on ${url}\nready\n`);
  await untilStopped(signals, [service], { logs });
  return EXIT_OK;
}

async function certificateFor(
  runtime: Runtime,
  { tls, cert, key }: EchoArguments,
): Promise<EchoOptions["tls"]> {
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--cert and --key go together: one of them is missing");
  }
  if (cert !== undefined && key !== undefined) {
    const [certChain, privateKey] = await Promise.all([cert, key].map(readText));
    return { certChain, privateKey };
  }
  if (!tls) return null;
  const now = Date.now();
  const ca = await openOrCreate(runtime, now);
  const { certPem, keyPem } = await ca.issue({ names: LOCAL_NAMES, now });
  await runtime.write("stderr", `trust its certificate with --cacert ${ca.certPath}\n`);
  return { certChain: certPem, privateKey: keyPem };

  async function readText(path: string): Promise<string> {
    return new TextDecoder().decode(await runtime.readFile(path));
  }
}

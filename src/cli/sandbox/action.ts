/**
 * Runs `genkan sandbox`: two echo services and four proxies in this one process, then a question to
 * each of the six.
 *
 * @module
 */

import { ConnError, messageOf } from "../../errors.ts";
import { type Runtime, showAddress, type SocketAddress } from "../../runtime/mod.ts";
import { startServer } from "../../server/mod.ts";
import { EXIT_OK } from "../command.ts";
import { warningLine } from "../config_warnings.ts";
import { EchoService } from "../echo/service.ts";
import { CommandError } from "../failure.ts";
import type { SandboxArguments } from "./mod.ts";
import { type SandboxCerts, sandboxCerts } from "./certs.ts";
import { LateAccessLog } from "./late_access_log.ts";
import { loadProxy, PROXIES } from "./configs.ts";
import {
  listenerPorts,
  movePorts,
  SERVICE_HTTP_OFFSET,
  SERVICE_HTTPS_OFFSET,
  servicePorts,
} from "./ports.ts";
import { askEcho } from "./probe.ts";
import { formatExamples, formatTable, type SandboxRow } from "./table.ts";
import {
  createLogs,
  type Logs,
  type Stoppable,
  StopSignals,
  untilStopped,
} from "../until_stopped.ts";
import { VERSION } from "../version.ts";

const ANSWERS = "answers";

/** One of the six, running. */
interface Member {
  readonly name: string;
  readonly scheme: "https" | "http";
  readonly address: SocketAddress;
  /** The service that answers there. */
  readonly service: string;
  readonly running: Stoppable;
}

/** Runs the sandbox until it is told to stop, and gives the exit code. */
export async function runSandbox(runtime: Runtime, values: SandboxArguments): Promise<number> {
  const signals = new StopSignals(runtime);
  const { log } = createLogs(runtime);
  const accessLog = new LateAccessLog((lines) => runtime.write("stdout", lines), { log });
  const logs = { log, accessLog };
  const certs = await sandboxCerts(runtime, values.certs);
  const members: Member[] = [];
  try {
    await startServices(members, { runtime, values, certs, logs });
    await startProxies(members, { runtime, values, certs, logs });
    await show(runtime, members, certs);
  } catch (error) {
    await Promise.all(members.map(({ running }) => running.stop(0)));
    throw withAdvice(error);
  }
  accessLog.since = Date.now();
  await runtime.write("stdout", "ready\n");
  await untilStopped(signals, members.map(({ running }) => running), { logs });
  return EXIT_OK;
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof ConnError && error.code === "address_in_use")) return error;
  return new CommandError(
    `${error.message} (is another sandbox running? --base-port takes other ports)`,
    { cause: error },
  );
}

interface Parts {
  readonly runtime: Runtime;
  readonly values: SandboxArguments;
  readonly certs: SandboxCerts;
  readonly logs: Logs;
}

async function startServices(members: Member[], { runtime, values, certs, logs }: Parts) {
  const services = [
    { name: "service-http", scheme: "http", offset: SERVICE_HTTP_OFFSET, tls: null },
    {
      name: "service-https",
      scheme: "https",
      offset: SERVICE_HTTPS_OFFSET,
      tls: { certChain: certs.certPem, privateKey: certs.keyPem },
    },
  ] as const;
  for (const { name, scheme, offset, tls } of services) {
    const port = values.basePort === 0 ? 0 : values.basePort + offset;
    const address = { host: "127.0.0.1", port };
    const running = await EchoService.start(runtime, { name, address, tls, log: logs.log });
    members.push({ name, scheme, address: running.address, service: name, running });
  }
}

async function startProxies(members: Member[], { runtime, values, certs, logs }: Parts) {
  const listeners = listenerPorts(values.basePort, PROXIES.length);
  const [http, https] = members.map(({ address }) => address.port);
  for (const proxy of PROXIES) {
    const { config, warnings } = await loadProxy(proxy, { envoy: values.envoy, certs });
    for (const warning of warnings) logs.log.warning(warningLine(warning));
    const moved = movePorts(config, listeners, servicePorts(http, https));
    const running = await startServer({ runtime, config: moved, version: VERSION, ...logs });
    const [{ address }] = running.listeners();
    members.push({ ...proxy, address, running });
  }
}

/** Prints the table and how to use it. Fails when one of the six doesn't answer. */
async function show(runtime: Runtime, members: readonly Member[], certs: SandboxCerts) {
  const rows = await Promise.all(members.map((member) => rowOf(runtime, member, certs)));
  await runtime.write("stdout", formatTable(rows));
  const silent = rows.filter(({ state }) => state !== ANSWERS);
  if (silent.length > 0) {
    throw new CommandError(
      `Cannot run the sandbox: ${silent.map(({ name }) => name).join(", ")} ` +
        `${silent.length === 1 ? "doesn't" : "don't"} answer, see STATE`,
    );
  }
  await runtime.write("stdout", `\n${formatExamples(rows, certs.caPath)}\n`);
}

async function rowOf(runtime: Runtime, member: Member, certs: SandboxCerts): Promise<SandboxRow> {
  const { name, scheme, service, address } = member;
  return {
    name,
    listens: `${scheme}://${showAddress({ host: "localhost", port: address.port })}`,
    leadsTo: service === name ? "" : service,
    state: await stateOf(runtime, member, certs),
  };
}

async function stateOf(runtime: Runtime, member: Member, certs: SandboxCerts): Promise<string> {
  const { address: { host, port }, scheme, service } = member;
  const address = { host: host === "0.0.0.0" ? "127.0.0.1" : host, port };
  try {
    const answered = await askEcho(runtime, {
      address,
      ca: scheme === "https" ? certs.caPem : null,
    });
    return answered === service ? ANSWERS : `answered by ${answered}, not by ${service}`;
  } catch (error) {
    return `fails: ${messageOf(error)}`;
  }
}

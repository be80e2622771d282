/**
 * genkan on each of its runtimes, with one worker.
 *
 * @module
 */

import { startPermissions } from "../compile.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { type Setup, type Subject, WAYS } from "./subject.ts";

/** Compared with one worker of nginx, or counted in tables of their own. */
export const ONE_WORKER: readonly string[] = ["--concurrency", "1"];

const BINARY = "dist/genkan";

/** How genkan is started on each runtime; a string says why it can't be. */
const GENKAN = {
  "genkan-deno": async () => {
    const permissions = startPermissions(await Deno.readTextFile("deno.json"));
    return ["deno", "run", ...permissions, "main.ts"];
  },
  "genkan-bun": async () => {
    try {
      await Deno.stat(BINARY);
    } catch {
      return `no ${BINARY}; run deno task compile:bun first`;
    }
    return [BINARY];
  },
} as const;

/** genkan on one of its runtimes. */
export type GenkanName = keyof typeof GENKAN;

/** Those that are genkan. */
export function genkanNames(names: readonly string[]): GenkanName[] {
  return names.filter((name): name is GenkanName => name in GENKAN);
}

/** genkan's command line with some arguments; a string says why it can't be run here. */
export async function genkanCommand(
  name: GenkanName,
  args: readonly string[],
): Promise<readonly string[] | string> {
  const command = await GENKAN[name]();
  return typeof command === "string" ? command : [...command, ...args];
}

/** genkan as anyone would run it. */
export function genkan(name: GenkanName): Subject {
  return {
    name,
    ways: WAYS,
    prepare: async (setup) => {
      const file = await genkanFile(setup, { tls: plainTls(setup) });
      return await genkanCommand(name, ["run", "-c", file, ...ONE_WORKER]);
    },
  };
}

/** On its TLS port two names end here, each with a certificate, and a third is passed through. */
export function genkanMixed(name: GenkanName): Subject {
  return {
    name: `${name}-mixed`,
    async prepare(setup, programs) {
      const other = await makeCertificate(setup.folder, programs, { name: "two.test" });
      const file = await genkanFile(setup, { tls: mixedTls(setup, other) });
      return await genkanCommand(name, ["run", "-c", file, ...ONE_WORKER]);
    },
  };
}

/** A listener's lines that end TLS with the run's certificate. */
export function plainTls({ certificate: { cert, key } }: Setup): string {
  return `tls:
      certificates: [{ cert: ${cert}, key: ${key} }]`;
}

function mixedTls({ certificate: { cert, key } }: Setup, other: Certificate): string {
  return `tls:
      - host: localhost
        certificates: [{ cert: ${cert}, key: ${key} }]
      - host: two.test
        certificates: [{ cert: ${other.cert}, key: ${other.key} }]
    tcp:
      - { host: passed.test, cluster: app }`;
}

/** Writes genkan's configuration, and gives its path. */
export async function genkanFile(
  setup: Setup,
  { tls, accessLog = "off" }: { tls: string; accessLog?: "on" | "off" },
): Promise<string> {
  const { modes } = setup;
  const file = `${setup.folder}/genkan.yaml`;
  await Deno.writeTextFile(
    file,
    `
access_log: ${accessLog}
listeners:
  plain:
    address: 127.0.0.1:${setup.plainPort}
    max_body: 0
    routes: [{ cluster: app }]
  tls:
    address: 127.0.0.1:${setup.tlsPort}
    ${tls}
    max_body: 0
    routes: [{ cluster: app }]
${modes === undefined ? "" : modeListeners(setup)}
clusters:
  app: { endpoints: ["127.0.0.1:${setup.upstreamPort}"] }
${modes === undefined ? "" : modeClusters(setup)}
`,
  );
  return file;
}

function modeListeners(setup: Setup): string {
  const { originatePort, reencryptPort, passthroughPort } = setup.modes!;
  return `
  originate:
    address: 127.0.0.1:${originatePort}
    routes: [{ cluster: app_tls }]
  reencrypt:
    address: 127.0.0.1:${reencryptPort}
    ${plainTls(setup)}
    routes: [{ cluster: app_tls }]
  passthrough:
    address: 127.0.0.1:${passthroughPort}
    tcp: app_raw`;
}

function modeClusters({ modes, certificate: { cert } }: Setup): string {
  const endpoints = `["127.0.0.1:${modes!.tlsUpstreamPort}"]`;
  return `
  app_tls: { endpoints: ${endpoints}, tls: { ca: ${cert}, server_name: localhost } }
  app_raw: { endpoints: ${endpoints} }`;
}

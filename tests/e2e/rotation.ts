/**
 * Certificates that change on disk, and how a program that serves them is set up.
 *
 * @module
 */

import { Authority, type LeafRequest } from "./authority.ts";
import { within } from "./deadline.ts";
import type { Program } from "./program.ts";
import type { Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

/** Files are looked at every half a second, on a busy machine less often. */
const REPLACED_MS = 20_000;
const LOOK_AGAIN_MS = 10;

/** A certificate with its key, PEM, and what tells it from the others. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
  /** Upper-case hex digits, without leading zeros. */
  readonly serial: string;
}

/** Issues another pair for `localhost`, or for other names. */
export async function issuePair(
  authority: Authority,
  request: LeafRequest = { names: ["localhost"] },
): Promise<Pair> {
  const { certPem: cert, keyPem: key, certificate } = await authority.issue(request);
  return { cert, key, serial: serialOf(certificate.serialNumber) };
}

/** A serial number as all sides of the tests write it. */
export function serialOf(hex: string): string {
  return hex.toUpperCase().replace(/^0+/, "");
}

/** A program before an upstream that answers everything; each listener has a pair. */
export interface Served {
  readonly program: Program;
  readonly authority: Authority;
  readonly first: Pair;
}

/** What `serveFirst` may be told. */
export interface ServedOptions {
  /** Listeners, each with a pair of its own. */
  readonly own?: readonly string[];
  /** Puts the first pair in place; by default it is written to plain files. */
  readonly prepare?: (scene: Scene, first: Pair) => Promise<void>;
}

/** Starts it, by default with one listener, `web`. */
export async function serveFirst(
  scene: Scene,
  { own = ["web"], prepare }: ServedOptions = {},
): Promise<Served> {
  const authority = await Authority.create("rotation");
  const first = await issuePair(authority);
  if (prepare !== undefined) await prepare(scene, first);
  else for (const file of own) await writePair(scene, file, first);
  const listener = (name: string) =>
    `  ${name}:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: ${name}.pem, key: ${name}-key.pem }] }
    routes: [{ cluster: app }]
`;
  const { port } = scene.own(httpUpstream(() => new Response("fine")));
  const program = await scene.serve(`
admin: 127.0.0.1:0
access_log: off
listeners:
${own.map(listener).join("")}
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`);
  return { program, authority, first };
}

/** Writes `file.pem` and `file-key.pem` in place, one after the other. */
export async function writePair(scene: Scene, file: string, { cert, key }: Pair): Promise<void> {
  await scene.write(`${file}.pem`, cert);
  await scene.write(`${file}-key.pem`, key);
}

/** Renames new files over `file.pem` and `file-key.pem`. */
export async function renamePair(scene: Scene, file: string, pair: Pair): Promise<void> {
  await writePair(scene, `new-${file}`, pair);
  for (const end of [".pem", "-key.pem"]) {
    await Deno.rename(scene.path(`new-${file}${end}`), scene.path(`${file}${end}`));
  }
}

/** How often a listener or cluster has said that it uses other certificates. */
export function replacements(program: Program, of: string): number {
  return program.stderr.text.split(`certificates replaced of="${of}"`).length - 1;
}

/** Waits until it has said so that many times. */
export async function saysReplaced(program: Program, of: string, times = 1): Promise<void> {
  await within(REPLACED_MS, waitFor(() => replacements(program, of) >= times), `${of} to rotate`);
}

async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
}

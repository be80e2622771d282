/**
 * Plays a case through a proxy, and writes down what upstream and client saw and what was logged, one
 * line a fact. What must differ is named instead: dates of now, ids, durations, the proxy's name.
 *
 * @module
 */

import { localhostCertificate } from "../e2e/certificates.ts";
import { within } from "../e2e/deadline.ts";
import { connect, isReset, type Message, Wire } from "../server/wire.ts";
import { type Case, KEY } from "./case.ts";
import type { Proxy } from "./proxies.ts";
import { OK, type Recorder } from "./recorder.ts";

/** A host that every listener leads to an upstream of its own. */
export const PROBE_HOST = "probe.test";
const PROBE = `GET / HTTP/1.1\r\nhost: ${PROBE_HOST}\r\nuser-agent: probe\r\n\r\n`;

/** Until a line is written. */
const LOG_MS = 5000;

/** A connection has a while: Envoy waits 1 s for the client to close. */
const CASE_MS = 15_000;

/** Where a case is played. */
export interface Stage {
  /** Its number, which tells it from the others. */
  readonly at: number;
  readonly proxy: Proxy;
  readonly recorder: Recorder;
}

/** Plays a case. */
export async function observe(each: Case, { at, proxy, recorder }: Stage): Promise<string[]> {
  const key = `${proxy.name}/${at}`;
  recorder.expect(key, { answer: each.answer ?? OK, ends: each.ends ?? false });
  recorder.expect("probe", { answer: OK, ends: false });
  const port = proxy.port(each.listener);
  const lines = await within(CASE_MS, converse(each, key, port), `the end of ${key}`);
  const logged = await logLines(proxy, key, each.logs ?? each.responses);
  const seen = recorder.seen(key).flatMap((message) => describe("upstream", message));
  return [...seen, ...lines, ...logged].map((line) => peerNamed(line.replaceAll(key, KEY), each));
}

async function converse(each: Case, key: string, port: number): Promise<string[]> {
  const lines: string[] = [];
  using wire = each.listener === "tls" ? await connectTls(port) : await connect(port);
  await wire.send(bytes(each.send.replaceAll(KEY, key)));
  const methods = [...each.send.matchAll(/^(\S+) \S+ HTTP\//gm)].map(([, method]) => method);
  try {
    for (let count = 0;;) {
      const response = await wire.response(methods[count]);
      lines.push(...describe("client", response));
      if (response.status === 100 && each.afterContinue !== undefined) {
        await wire.send(each.afterContinue);
      }
      if (response.status >= 200 || response.status === 101) count++;
      if (count < each.responses) continue;
      lines.push(`client: ${await (each.behind?.(wire) ?? howItGoesOn(wire, response))}`);
      return lines;
    }
  } catch (error) {
    if (!isReset(error) && !String(error).includes("the connection ended")) throw error;
    return [...lines, "client: broken off"];
  }
}

async function connectTls(port: number): Promise<Wire> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const { ca } = await localhostCertificate();
  return new Wire(await Deno.startTls(conn, { hostname: "localhost", caCerts: [ca] }));
}

/** Whether the connection takes another request behind a response. */
export async function howItGoesOn(wire: Wire, last: Message): Promise<string> {
  if (last.header("connection") === "close") {
    const rest = await wire.drain();
    return rest === "" ? "closed, as told" : `closed, but before that ${JSON.stringify(rest)}`;
  }
  try {
    await wire.send(PROBE);
    const { status } = await wire.response();
    return status === 200 ? "open" : `open, but ${status} for the next request`;
  } catch (error) {
    if (!isReset(error) && !String(error).includes("ended before a response")) throw error;
    return "closed, without a word";
  }
}

/** A message as lines. Fields of different names have no order (RFC 9110 §5.3), so they are sorted. */
function describe(
  who: string,
  { line, status, fields, text, trailers, header }: Message,
): string[] {
  const sorted = fields.toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  // Where a chunk ends means nothing.
  const body = header("transfer-encoding") === "chunked" ? `chunked ${text.length}` : text.length;
  return [
    line,
    ...sorted.map(([name, value]) => `${name}: ${normal(name, value)}`),
    ...(text === "" && Number.isNaN(status) ? [] : [`body ${body}: ${text}`]),
    ...trailers.map((trailer) => `trailer ${trailer}`),
  ].map((fact) => `${who}: ${fact}`);
}

/** Envoy calls a client on the loopback by the machine's own address. */
function peerNamed(line: string, { send }: Case): string {
  return line.replaceAll(/\d+\.\d+\.\d+\.\d+/g, (host) => send.includes(host) ? host : "<peer>");
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A value, or what stands for one that is another each time. */
function normal(name: string, value: string): string {
  switch (name) {
    case "date":
      return Math.abs(Date.parse(value) - Date.now()) < 60_000 ? "<now>" : value;
    case "server":
      return value === "envoy" || value === "genkan" ? "<proxy>" : value;
    case "x-request-id":
      return UUID.test(value) ? "<new id>" : value;
    case "x-envoy-upstream-service-time":
      return value.replace(/^\d+$/, "<ms>");
    default:
      return value;
  }
}

/** The lines of the access log that name a case: `count` of them are waited for. */
async function logLines({ program }: Proxy, key: string, count: number): Promise<string[]> {
  const line = `.*"${key}".*\\n`;
  if (count === 0) return [];
  const all = program.says("stdout", new RegExp(`(?:${line}[^]*?){${count}}`));
  await within(LOG_MS, all, `${count} lines of the access log`);
  return [...program.stdout.text.matchAll(new RegExp(line, "g"))].map(([text]) =>
    `log: ${normalLog(text)}`
  );
}

// The start, then what is compared, then the duration, the service time, and what is compared.
const LOG = /^\[[^\]]*\] (".*" \d+ \S+ \d+ \d+) \d+ (-|\d+) (".*" ".*") "(.*)" (".*") "(.*)"$/;

/** A line of the access log, without what is another each time. */
export function normalLog(line: string): string {
  const match = LOG.exec(line.trimEnd());
  if (match === null) throw new Error(`Cannot read the access log: found ${line}`);
  const [, request, service, agents, id, authority, upstream] = match;
  return [
    request,
    service === "-" ? "-" : "<ms>",
    agents,
    `"${normal("x-request-id", id)}"`,
    authority,
    upstream.replace(/^127\.0\.0\.1:\d+$/, "<upstream>"),
  ].join(" ");
}

/** Each char as one byte. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

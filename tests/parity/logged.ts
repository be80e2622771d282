/**
 * Connections that carry no request to name a case by, and the line of the access log that tells of
 * each.
 *
 * @module
 */

import type { Difference } from "./differences.ts";

/** What is sent, to which listener, and the line that tells of it. */
export interface Logged {
  readonly name: string;
  readonly listener: string;
  readonly send: string;
  readonly line: string;
  /** Envoy's, where it differs. */
  readonly envoy?: string;
  /** Why it does. */
  readonly why?: Difference;
}

const NOTHING = '"-" "-" "-" "-"';

/** The table. */
export const LOGGED: readonly Logged[] = [
  {
    name: "no HTTP",
    listener: "plain",
    send: "hello\r\n\r\n",
    line: `"- - HTTP/1.1" 400 DPE 0 11 - ${NOTHING} -`,
  },
  {
    name: "too large a head",
    listener: "plain",
    send: `GET / HTTP/1.1\r\nx-a: ${"v".repeat(62_000)}\r\n\r\n`,
    line: `"- - HTTP/1.1" 431 DPE 0 31 - ${NOTHING} -`,
  },
  {
    name: "another coding",
    listener: "plain",
    send: "GET / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: gzip\r\n\r\n",
    line: `"- - HTTP/1.1" 501 DPE 0 15 - ${NOTHING} -`,
  },
  {
    name: "bytes",
    listener: "raw",
    send: "GET / HTTP/1.1\r\nhost: a.test\r\nuser-agent: probe\r\n\r\n",
    line: `"- - -" 0 - 51 40 - ${NOTHING} <upstream>`,
  },
  {
    name: "bytes to nobody",
    listener: "raw-refused",
    send: "hello",
    line: `"- - -" 0 UF 0 0 - ${NOTHING} <upstream>`,
    envoy: `"- - -" 0 UF,URX 0 0 - ${NOTHING} <upstream>`,
    why: "flag of TCP in log",
  },
  {
    name: "bytes to a cluster without endpoints",
    listener: "raw-nobody",
    send: "hello",
    line: `"- - -" 0 UH 0 0 - ${NOTHING} -`,
  },
];

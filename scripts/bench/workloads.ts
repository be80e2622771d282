/**
 * What is asked of proxies, one entry a table. Where a workload leads is its way; the one that others
 * are compared with is nginx, or HAProxy where nginx can't do it or isn't the one to be measured by.
 *
 * @module
 */

import { CONNECTIONS, type Load, MANY_CONNECTIONS, type Seen } from "./load.ts";
import type { Way } from "./subject.ts";
import { BULK_BYTES, MIDDLING_BYTES, SMALL_BODY } from "./upstream.ts";

/** The workloads, as `--tests` calls them, in the order of the tables. */
export const TESTS = [
  ...["plain", "tls", "reencrypt", "originate", "passthrough", "passthrough-small"] as const,
  ...["body64k-down", "body64k-up"] as const,
  ...["bulk-plain", "bulk-tls", "bulk-up-plain", "bulk-up-tls"] as const,
  ...["new-tls", "new-tls-resumed", "many"] as const,
] as const;

/** One of them. */
export type TestId = typeof TESTS[number];

/** How long a round is, and what it needs. */
export interface RoundOptions {
  /** Of requests, in seconds. */
  readonly seconds: number;
  /** Of large bodies, how many of them. */
  readonly transfers: number;
  /** A file of `BULK_BYTES`. */
  readonly bulkFile: string;
}

/** A thing to measure. */
export interface Workload {
  readonly id: TestId;
  /** What is done, as a table's heading. */
  readonly title: string;
  /** How CPU is shown: microseconds a request, or milliseconds a large body. */
  readonly unit: "us" | "ms";
  readonly way: Way;
  /** What ratios are to. */
  readonly base: "nginx" | "haproxy";
  /** A round against a proxy whose address on that way is `url`, `/` at its end. */
  run(load: Load, url: string, options: RoundOptions): Promise<Seen>;
}

const SMALL = `${SMALL_BODY.length}-byte answer, ${CONNECTIONS} keep-alive connections`;
const MANY = `${SMALL_BODY.length}-byte answer, ${MANY_CONNECTIONS} keep-alive connections`;
const NEW = `${SMALL_BODY.length}-byte answer, each over a new TLS connection`;
const MIDDLING = `${MIDDLING_BYTES / 1024} KiB`;
const BULK = `${BULK_BYTES / 1e6} MB`;

const small: Workload["run"] = (load, url, { seconds }) => load.small(url, seconds);
const download: Workload["run"] = (load, url, { transfers }) =>
  load.download(`${url}bulk`, transfers);
const upload: Workload["run"] = (load, url, { transfers, bulkFile }) =>
  load.upload(`${url}upload`, transfers, bulkFile);

/** All of them, in the order of `TESTS`. */
export const WORKLOADS: readonly Workload[] = [
  { id: "plain", title: `${SMALL}, plain HTTP`, ...us("plain"), run: small },
  { id: "tls", title: `${SMALL}, TLS termination`, ...us("tls"), run: small },
  { id: "reencrypt", title: `${SMALL}, HTTPS to HTTPS`, ...us("reencrypt"), run: small },
  { id: "originate", title: `${SMALL}, HTTP to HTTPS`, ...us("originate"), run: small },
  {
    id: "passthrough",
    title: `${BULK} download, TLS passed through`,
    ...ms("passthrough"),
    base: "haproxy",
    run: download,
  },
  {
    id: "passthrough-small",
    title: `${SMALL}, TLS passed through`,
    ...us("passthrough"),
    base: "haproxy",
    run: small,
  },
  {
    id: "body64k-down",
    title: `${MIDDLING} answer, ${CONNECTIONS} keep-alive connections, TLS termination`,
    ...us("tls"),
    run: (load, url, { seconds }) =>
      load.small(`${url}body64k`, seconds, { answerBytes: MIDDLING_BYTES }),
  },
  {
    id: "body64k-up",
    title: `${MIDDLING} request, ${CONNECTIONS} keep-alive connections, TLS termination`,
    ...us("tls"),
    run: (load, url, { seconds }) => load.small(`${url}upload`, seconds, { uploads: true }),
  },
  { id: "bulk-plain", title: `${BULK} download, plain HTTP`, ...ms("plain"), run: download },
  { id: "bulk-tls", title: `${BULK} download, TLS termination`, ...ms("tls"), run: download },
  { id: "bulk-up-plain", title: `${BULK} upload, plain HTTP`, ...ms("plain"), run: upload },
  { id: "bulk-up-tls", title: `${BULK} upload, TLS termination`, ...ms("tls"), run: upload },
  {
    id: "new-tls",
    title: `${NEW}, full handshakes`,
    ...us("tls"),
    base: "haproxy",
    run: (load, url, { seconds }) => load.fresh(url, seconds),
  },
  {
    id: "new-tls-resumed",
    title: `${NEW}, resumed sessions`,
    ...us("tls"),
    base: "haproxy",
    run: (load, url, { seconds }) => load.resumed(url, seconds),
  },
  {
    id: "many",
    // Without TLS: a round would be made of handshakes for the most part.
    title: `${MANY}, plain HTTP`,
    ...us("plain"),
    run: (load, url, { seconds }) => load.small(url, seconds, { connections: MANY_CONNECTIONS }),
  },
];

function us(way: Way) {
  return { unit: "us", way, base: "nginx" } as const;
}

function ms(way: Way) {
  return { unit: "ms", way, base: "nginx" } as const;
}

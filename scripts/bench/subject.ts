/**
 * What a proxy has to be to be compared: where it listens, where it leads, and how it is started.
 *
 * @module
 */

import type { Certificate } from "./certificate.ts";
import type { Programs } from "./process.ts";

/**
 * The ways through a proxy: HTTP to HTTP, HTTPS to HTTP, HTTPS to HTTPS, HTTP to HTTPS, and TLS that
 * is passed through to a server with TLS.
 */
export const WAYS = ["plain", "tls", "reencrypt", "originate", "passthrough"] as const;

/** One of them. */
export type Way = typeof WAYS[number];

/** Where the ways go that lead to a server with TLS. */
export interface Modes {
  /** Listens with TLS, leads to TLS. */
  readonly reencryptPort: number;
  /** Listens without TLS, leads to TLS. */
  readonly originatePort: number;
  /** Passes TLS through. */
  readonly passthroughPort: number;
  /** The upstream's port with TLS; it has the run's certificate, for `localhost`. */
  readonly tlsUpstreamPort: number;
}

/** What a proxy is told. */
export interface Setup {
  /** Where its files may go. */
  readonly folder: string;
  /** The certificate it presents, which an upstream with TLS presents, too. */
  readonly certificate: Certificate;
  /** The port that it listens on without TLS. */
  readonly plainPort: number;
  /** The port that it listens on with TLS. */
  readonly tlsPort: number;
  /** The port of the upstream on loopback. */
  readonly upstreamPort: number;
  /** Absent where no more than the two ports above is wanted. */
  readonly modes?: Modes;
}

/** A proxy that can be measured. */
export interface Subject {
  /** As the tables and `--only` call it. */
  readonly name: string;
  /** Writes its configuration and gives the command; a string says why it can't be run here. */
  prepare(setup: Setup, programs: Programs): Promise<readonly string[] | string>;
  /** What it listens for, of what it is told; `plain` and `tls` when it isn't said. */
  readonly ways?: readonly Way[];
}

/** The reason why a Debian package's program can't be run. */
export function notInstalled(debianPackage: string): string {
  return `not installed; apt-get install ${debianPackage}`;
}

/** Idle upstream connections kept, as many as the largest load of requests has connections. */
export const KEPT = 1000;

/** Above every load's connections, and what they lead to. */
export const MAX_CONNECTIONS = 12_000;

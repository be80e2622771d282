/**
 * What clients see after the admin was told to drain.
 *
 * @module
 */

import type { Difference } from "./differences.ts";

/** What is seen: by load balancers, by connections that were there, and by new ones. */
export interface Seen {
  readonly ready: string;
  /** A connection that has brought an answer before. */
  readonly used: string;
  /** A connection that hasn't asked yet. */
  readonly unused: string;
  readonly fresh: string;
}

/** What is posted, one after the other, and what is seen then. */
export interface DrainCase {
  readonly posts: readonly string[];
  readonly envoy: Seen;
  readonly genkan: Seen;
  /** Why they differ; null when they don't. */
  readonly why: Difference | null;
}

const LIVE: Seen = { ready: "200 LIVE", used: "open", unused: "open", fresh: "open" };
const TOLD: Seen = { ready: "200 LIVE", used: "closed", unused: "closed", fresh: "closed" };
const FAILING: Seen = { ...TOLD, ready: "503 DRAINING" };
const SHUT: Seen = { ...LIVE, fresh: "refused" };

function alike(posts: readonly string[], seen: Seen): DrainCase {
  return { posts, envoy: seen, genkan: seen, why: null };
}

/** Of both proxies. */
export const DRAINS: readonly DrainCase[] = [
  alike(["/drain_listeners"], SHUT),
  alike(["/healthcheck/fail"], FAILING),
  alike(["/healthcheck/fail", "/healthcheck/ok"], LIVE),
  alike(["/drain_listeners", "/healthcheck/fail"], { ...FAILING, fresh: "refused" }),
  alike(["/healthcheck/fail", "/drain_listeners?graceful"], FAILING),
  {
    posts: ["/drain_listeners?graceful"],
    envoy: LIVE,
    genkan: TOLD,
    why: "graceful drain",
  },
  {
    posts: ["/drain_listeners?graceful&skip_exit", "/healthcheck/ok"],
    envoy: LIVE,
    genkan: TOLD,
    why: "graceful drain",
  },
  {
    posts: ["/drain_listeners?graceful", "/drain_listeners"],
    envoy: SHUT,
    genkan: { ...TOLD, fresh: "refused" },
    why: "graceful drain",
  },
  { posts: ["/drain_listeners?inboundonly"], envoy: LIVE, genkan: SHUT, why: "inbound only" },
];

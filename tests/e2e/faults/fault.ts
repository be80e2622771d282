/**
 * What an upstream does wrong, and what becomes of it.
 *
 * @module
 */

import type { FaultSocket } from "./fault_socket.ts";

/** Both ends, as a fault sees them. */
export interface Stage {
  /** The upstream's end of the connection. */
  readonly upstream: FaultSocket;
  /** Waits until the client has got this. */
  readonly clientHears: (mark: string) => Promise<void>;
  /** Sends more from the client. */
  readonly clientSends: (data: string) => Promise<boolean>;
}

/** What the client gets. */
export type Got =
  /** A whole response. */
  | { readonly kind: "answer"; readonly status: number; readonly body?: string }
  /** A response that begins with this body, and can't be taken for a whole one. */
  | { readonly kind: "cut"; readonly status: number; readonly body: string };

/** Which way a request takes; see `faultConfig`. */
export type Way = "plain" | "late" | "whole" | "idle" | "tls";

/** One fault. */
export interface Fault {
  /** As in "an upstream that …". */
  readonly name: string;
  /** `plain` unless it says otherwise. */
  readonly way?: Way;
  /** `GET`, unless there is a `body`. */
  readonly method?: string;
  /** Fields and what follows behind the empty line, in place of a request without a body. */
  readonly rest?: string;
  /** What the upstream does, from the connection's beginning on. */
  readonly act: (stage: Stage) => Promise<void>;
  readonly got: Got;
  /** In the access log. */
  readonly flag: string;
  /** The failure's code in the log; null where nothing is to be said. */
  readonly code: string | null;
}

/** The end of a request's head. */
export const HEAD_END = "\r\n\r\n";

/** An admin, and every way a fault takes, to one upstream a lane. */
export function faultConfig(ports: readonly number[]): string {
  const ways = (lane: number) =>
    Object.entries(
      {
        plain: `routes: [{ cluster: app${lane} }]`,
        late: `routes: [{ cluster: app${lane}, timeout: 300ms }]`,
        whole: `routes: [{ cluster: app${lane}, timeout: 500ms, timeout_covers: response }]`,
        idle: `stream_idle_timeout: 500ms, routes: [{ cluster: app${lane} }]`,
        tls: `routes: [{ cluster: tls${lane} }]`,
      } satisfies Record<Way, string>,
    ).map(([way, more]) => `  ${way}${lane}: { address: 127.0.0.1:0, errors: short, ${more} }`);
  const clusters = ports.flatMap((port, lane) => [
    `  app${lane}: { endpoints: ["127.0.0.1:${port}"] }`,
    `  tls${lane}: { endpoints: ["127.0.0.1:${port}"], tls: { verify: insecure_none } }`,
  ]);
  return [
    "admin: 127.0.0.1:0",
    "listeners:",
    ...ports.flatMap((_, lane) => ways(lane)),
    "clusters:",
    ...clusters,
    "",
  ].join("\n");
}

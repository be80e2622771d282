/**
 * The proxies that are compared. Each leads to the same upstream over kept-alive connections, has
 * one worker, and writes no access log.
 *
 * @module
 */

import { caddy } from "./caddy.ts";
import { envoy } from "./envoy.ts";
import { floorBun, floorDeno } from "./floor.ts";
import { genkan, genkanMixed } from "./genkan.ts";
import { haproxy } from "./haproxy.ts";
import { nginx } from "./nginx.ts";
import type { Subject } from "./subject.ts";

export type { Setup, Subject } from "./subject.ts";
export {
  genkanCommand,
  genkanFile,
  type GenkanName,
  genkanNames,
  ONE_WORKER,
  plainTls,
} from "./genkan.ts";
export { nginx } from "./nginx.ts";

/** In the order of the tables; figures are compared with the first that is measured. */
export const SUBJECTS: readonly Subject[] = [
  nginx("nginx", 1),
  haproxy,
  caddy,
  envoy,
  genkan("genkan-deno"),
  genkan("genkan-bun"),
];

/** Measured only when they are asked for. */
export const MORE_SUBJECTS: readonly Subject[] = [
  genkanMixed("genkan-deno"),
  genkanMixed("genkan-bun"),
  floorDeno,
  floorBun,
];

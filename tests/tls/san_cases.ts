/**
 * Names that are asked for, and whether a client's certificate has one of them, as a real Envoy sees
 * it too.
 *
 * @module
 */

import type { SanMatcherConfig } from "../../src/config/model.ts";
import type { Difference } from "../parity/differences.ts";
import type { ClientName } from "./client_certificates.ts";

/** What is asked of whom. */
export interface SanCase {
  /** Any of these. */
  readonly sans: readonly SanMatcherConfig[];
  readonly client: ClientName;
  readonly matches: boolean;
  /** Why it is the other way round with genkan; absent where it isn't. */
  readonly why?: Difference;
}

/** All of them. */
export const SAN_CASES: readonly SanCase[] = [
  asks("dns", "a.test", "many", true),
  asks("dns", "A.test", "many", true),
  asks("dns", "x.b.test", "many", true),
  asks("dns", "b.test", "many", false),
  asks("dns", "y.x.b.test", "many", false),
  asks("dns", "only.test", "nameless", true),
  asks("dns", "only.test", "many", false),
  // The common name never counts.
  asks("dns", "app", "plain", false),
  asks("uri", "spiffe://a.test/one", "many", true),
  asks("uri", "https://a.test/two?x=y", "many", true),
  asks("uri", "spiffe://a.test/ONE", "many", false),
  asks("uri", "spiffe://a.test/", "many", false),
  asks("email", "me@a.test", "many", true),
  asks("email", "Me@a.test", "many", false),
  asks("email", "me@a.test", "attributes", false),
  asks("ip", "10.0.0.1", "many", true),
  asks("ip", "10.0.0.2", "many", false),
  asks("ip", "fd00::1", "many", true),
  asks("dns", "a.test", "starred", true),
  asks("dns", "test", "starred", false),
  { ...asks("dns", "foo.c.test", "starred", true), why: "whole label" },
  { ...asks("ip", "fd00:0::1", "many", false), why: "address by value" },
  {
    sans: [{ kind: "dns", value: "other.test" }, { kind: "uri", value: "spiffe://a.test/one" }],
    client: "many",
    matches: true,
  },
];

function asks(
  kind: SanMatcherConfig["kind"],
  value: string,
  client: ClientName,
  matches: boolean,
): SanCase {
  return { sans: [{ kind, value }], client, matches };
}

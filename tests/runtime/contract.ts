/**
 * What every network of `src/runtime` does, as plain functions without a test runner: Deno's, Bun's
 * and the one in memory pass the same cases.
 *
 * @module
 */

import type { Network, SocketAddress, TlsSupport } from "../../src/runtime/mod.ts";
import { addressCases } from "./contract_addresses.ts";
import { clientCases } from "./contract_clients.ts";
import { closingCases } from "./contract_closing.ts";
import { handshakeCases } from "./contract_handshakes.ts";
import { inspectingCases } from "./contract_inspecting.ts";
import { sessionCases } from "./contract_sessions.ts";
import { streamCases } from "./contract_streams.ts";
import { trustCases } from "./contract_trust.ts";
import { unixCases } from "./contract_unix.ts";
import type { Certificates } from "./certificates.ts";

/** A network under test, and what is to be known of it. */
export interface Subject {
  /** The network. */
  readonly network: Network;
  /** Certificates; null where TLS is only pretended, which leaves out the cases on trust. */
  readonly certificates: Certificates | null;
  /**
   * Whether a client's `ca` is said, or null because the runtime was told to trust it when it was
   * started.
   */
  readonly trust: "given" | "built-in";
  /** What its TLS can do. */
  readonly supports: TlsSupport;
  /** Opens an address to which connects never finish; null leaves out the case. */
  readonly silent: (() => Promise<Disposable & { readonly address: SocketAddress }>) | null;
}

/** One thing that the contract says. */
export interface ContractCase {
  /** A claim as a sentence. */
  readonly name: string;
  /** Rejects when the claim doesn't hold. Leaves nothing open. */
  run(subject: Subject): Promise<void>;
  /** Whether the case makes sense for the subject; always, when absent. */
  applies?(subject: Subject): boolean;
}

/** How long a case may take before it counts as failed; each takes a fraction of it. */
const CASE_TIMEOUT_MS = 30_000;

/** All cases that make sense for the subject. */
export function contractFor(subject: Subject): readonly ContractCase[] {
  const cases = [
    ...streamCases,
    ...closingCases,
    ...addressCases,
    ...handshakeCases,
    ...inspectingCases,
    ...trustCases,
    ...clientCases,
    ...sessionCases,
    ...unixCases,
  ];
  return cases.filter((each) => each.applies?.(subject) ?? true);
}

/** Runs one case, and fails it when it doesn't come to an end. */
export async function runCase(each: ContractCase, subject: Subject): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`not done within ${CASE_TIMEOUT_MS} ms`));
  }, CASE_TIMEOUT_MS);
  try {
    await Promise.race([each.run(subject), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

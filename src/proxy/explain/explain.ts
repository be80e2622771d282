/**
 * From a failure to sentences that say what was attempted, what was found and what to do.
 *
 * @module
 */

import type { ClusterConfig } from "../../config/model.ts";
import { isIpAddress, showAddress, type SocketAddress } from "../../runtime/mod.ts";
import type { Failure } from "../failure.ts";
import { CONNECT_CASES } from "./connect_cases.ts";
import { brokenProtocol, EXCHANGE_CASES } from "./exchange_cases.ts";
import type { Cases, Facts, Found } from "./facts.ts";
import type { Probe } from "./probe.ts";
import { type ConfigForm, settingsOf } from "./settings.ts";
import { TLS_CASES } from "./tls_cases.ts";

/** A failure, explained. Every field is one line of text without control characters. */
export interface Explanation {
  /** The response's status. */
  readonly status: number;
  /** The stable code, as in the log. */
  readonly code: string;
  /** Envoy's short body, which is all that others are told. */
  readonly summary: string;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What was attempted and what was found. */
  readonly cause: string;
  /** What to do; names of settings are in backticks. */
  readonly fix: string;
  /** The cluster's name; null when the request came to none. */
  readonly cluster: string | null;
  /** The address that was dialled last, as in the log; null when none was. */
  readonly endpoint: string | null;
  /** The log's own words; null when there are none. */
  readonly detail: string | null;
}

/** What an explanation needs of an endpoint; `Endpoint` has it. */
export interface ExplainedEndpoint {
  /** The address that is used now. */
  readonly address: SocketAddress;
  /** Where it is. */
  readonly place: { readonly addresses: readonly SocketAddress[]; readonly hostname: string };
  /** Requests with a whole response. */
  readonly rqSuccess: number;
}

/** What was known when it failed. */
export interface ExplainContext {
  /** How genkan was told what to do. */
  readonly form: ConfigForm;
  /** Where the request was to go; null when it came to no cluster. */
  readonly cluster: ClusterConfig | null;
  /** The endpoint that was used or tried last; null when there was none. */
  readonly endpoint: ExplainedEndpoint | null;
  /** The route's timeout in milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** See `networkProbe`. */
  readonly probe: Probe;
}

const CASES: Cases = { ...CONNECT_CASES, ...TLS_CASES, ...EXCHANGE_CASES };

/**
 * Explains a failure. Never fails, and takes as long as the probes do, of which there is at most
 * one; only who is going to be told should ask.
 */
export async function explain(failure: Failure, context: ExplainContext): Promise<Explanation> {
  const { cluster, endpoint, form } = context;
  const configured = configuredAddress(context);
  const addresses = endpoint?.place.addresses.map(showAddress) ?? [];
  const facts: Facts = {
    failure,
    cluster,
    configured,
    where: addresses.length === 1 && configured !== addresses[0]
      ? `${configured} (${addresses[0]})`
      : configured,
    addresses,
    settings: settingsOf(form, cluster?.name ?? "NAME", configured),
    timeoutMs: context.timeoutMs,
    found: await probed(failure, context),
  };
  const tell = Object.hasOwn(CASES, failure.code) ? CASES[failure.code] : brokenProtocol;
  const { title, cause, fix } = tell(facts);
  return {
    status: failure.status,
    code: oneLine(failure.code),
    summary: oneLine(failure.body),
    title: oneLine(title),
    cause: oneLine(cause),
    fix: oneLine(fix),
    cluster: cluster === null ? null : oneLine(cluster.name),
    endpoint: endpoint === null ? null : oneLine(showAddress(endpoint.address)),
    detail: failure.cause === null ? null : oneLine(failure.cause),
  };
}

/** As it was written: a name, where there was one. */
function configuredAddress({ endpoint, cluster }: ExplainContext): string {
  if (endpoint !== null) {
    const { hostname } = endpoint.place;
    return showAddress(
      hostname === "" ? endpoint.address : { host: hostname, port: endpoint.address.port },
    );
  }
  return cluster === null || cluster.endpoints.length === 0
    ? "the upstream"
    : showAddress(cluster.endpoints[0].address);
}

const NOTHING: Found = { otherFamily: null, speaksTls: false, accepts: false };

/** Asks what the failure alone doesn't tell. */
async function probed(
  { code }: Failure,
  { cluster, endpoint, probe }: ExplainContext,
): Promise<Found> {
  if (endpoint === null) return NOTHING;
  const { address, place } = endpoint;
  const isTls = cluster !== null && cluster.tls !== null;
  switch (code) {
    case "connect_refused": {
      const other = place.addresses.length === 1 ? otherLoopback(address) : null;
      if (other === null || !await answers(probe, other, false)) return NOTHING;
      return { ...NOTHING, otherFamily: showAddress(other) };
    }
    case "connect_timeout":
      return isTls ? { ...NOTHING, accepts: await answers(probe, address, false) } : NOTHING;
    case "upstream_closed":
    case "upstream_reset":
      // Who has answered before speaks no TLS, and would only wonder at the noise.
      if (isTls || endpoint.rqSuccess > 0) return NOTHING;
      return { ...NOTHING, speaksTls: await answers(probe, address, true) };
    default:
      return NOTHING;
  }
}

async function answers(probe: Probe, address: SocketAddress, tls: boolean): Promise<boolean> {
  try {
    return await probe(address, { tls });
  } catch {
    // An explanation without this guess is better than none.
    return false;
  }
}

/** The other one of 127.0.0.1 and ::1; null for any other address. */
function otherLoopback({ host, port }: SocketAddress): SocketAddress | null {
  if (!isIpAddress(host)) return null;
  if (host === "127.0.0.1") return { host: "::1", port };
  return host === "::1" ? { host: "127.0.0.1", port } : null;
}

const MAX_CHARACTERS = 600;

/**
 * Controls and marks that turn the direction of text, which an upstream could use to forge lines or
 * to dress them up.
 */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function oneLine(text: string): string {
  const isLong = text.length > MAX_CHARACTERS;
  const shown = isLong ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return shown.replace(UNPRINTABLE, "\ufffd").toWellFormed();
}

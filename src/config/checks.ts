/**
 * What both front ends check across fields: names that lead somewhere, addresses that are taken
 * once, protocols that genkan speaks, and what is allowed but unsafe.
 *
 * @module
 */

import { isUnixPath, showAddress, type SocketAddress, type TlsVersion } from "../runtime/mod.ts";
import { isLoopback, isName } from "./address.ts";
import type { Cursor } from "./cursor.ts";
import type { ClusterConfig, EndpointConfig, UpstreamTlsConfig } from "./model.ts";
import { quote } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** The names of the clusters, and what leads to them. */
export class ClusterNames {
  readonly #names: ReadonlySet<string>;
  readonly #usedForHttp = new Set<string>();
  #suggestions = 0;

  /** Takes all names, so that listeners can be read before clusters. */
  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  /** Reads a cluster's name that something leads to. */
  read(field: Cursor, use: "http" | "tcp"): string {
    const name = field.name();
    if (!field.given || name === "") return name;
    if (!this.#names.has(name)) {
      const hint = ++this.#suggestions > MAX_SUGGESTIONS ? "" : didYouMean(name, this.#names);
      field.fail(`unknown cluster ${quote(name)}${hint}`);
    } else if (use === "http") this.#usedForHttp.add(name);
    return name;
  }

  /** True when an HTTP listener leads there. */
  isUsedForHttp(name: string): boolean {
    return this.#usedForHttp.has(name);
  }
}

const MAX_SUGGESTIONS = 100; // a report shows no more, and each goes through all names

/** The addresses that are taken. */
export class TakenAddresses {
  readonly #owners = new Map<string, string>();

  /** Reports an address that another owner, such as `listener "web"`, has already. */
  take(field: Cursor, address: SocketAddress, owner: string): void {
    if (!field.given || (address.port === 0 && !isUnixPath(address.host))) return;
    const text = showAddress(address);
    const other = this.#owners.get(text);
    if (other !== undefined) field.fail(`${text} is taken by ${other}`);
    else this.#owners.set(text, owner);
  }
}

/** Warns of an admin that others than this machine can reach. */
export function checkAdmin(field: Cursor, address: SocketAddress): void {
  if (isLoopback(address.host)) return;
  field.warn(
    `the admin has no password, and ${showAddress(address)} can be reached from other machines; ` +
      "use 127.0.0.1",
  );
}

/** Reports a PROXY protocol header that nobody could be trusted with. */
export function checkProxyProtocol(field: Cursor, address: SocketAddress): void {
  if (!isUnixPath(address.host)) return;
  field.failAtName("not supported on a unix socket: its clients have no address to be trusted by");
}

/** A listener or a cluster may only agree with its peer on a protocol that genkan then speaks. */
export function checkHttpAlpn(protocols: readonly Cursor[]): void {
  for (const protocol of protocols) {
    const name = protocol.text();
    if (protocol.given && !name.split(",").every((part) => /^http\/1\.[01]$/.test(part))) {
      protocol.fail(`${quote(name)} is not supported, only "http/1.1"`);
    }
  }
}

/** Reports bounds that leave no version. `hint` says more about the maximum. */
export function checkVersions(
  field: Cursor,
  min: TlsVersion | null,
  max: TlsVersion | null,
  hint = "",
): void {
  if (min === "TLSv1.3" && max === "TLSv1.2") {
    field.failAtName(`no TLS version is left: the minimum is TLS 1.3, the maximum TLS 1.2${hint}`);
  }
}

/** Warns of a cluster that believes whoever answers. */
export function checkVerification(
  field: Cursor,
  name: string,
  verify: UpstreamTlsConfig["verify"],
  remedy: string,
): void {
  if (verify === "full") return;
  const danger = verify === "none"
    ? "the upstream's certificate is not verified, anyone could answer in its place"
    : "the name in the upstream's certificate is not verified, anyone with a certificate of the " +
      "same CA could answer in its place";
  field.warn(`cluster ${quote(name)}: ${danger}; ${remedy}`);
}

/** How often names are resolved again unless a file says otherwise, milliseconds; Envoy's as well. */
export const DNS_REFRESH_MS = 5_000;

/** Reads how often names are resolved again; Envoy's bound. (Envoy: `dns_refresh_rate`) */
export function readDnsRefresh(field: Cursor): Pick<ClusterConfig, "dnsRefreshMs"> {
  const dnsRefreshMs = field.duration(DNS_REFRESH_MS);
  if (dnsRefreshMs <= 1) field.fail("expected more than 1ms");
  return dnsRefreshMs === DNS_REFRESH_MS ? {} : { dnsRefreshMs };
}

/** An endpoint's greatest weight. */
export const MAX_WEIGHT = 65_535;

/** The greatest limit on how many there are of something; Envoy's `uint32`. */
export const MAX_COUNT = 2 ** 32 - 1;

/** Reports endpoints that don't fit the way in which a cluster finds them. */
export function checkDiscovery(
  discovery: ClusterConfig["discovery"],
  endpoints: readonly (readonly [field: Cursor, endpoint: EndpointConfig | null])[],
  list: Cursor,
): void {
  if (discovery === "logical_dns" && endpoints.length !== 1) {
    list.failAtName(`a logical_dns cluster has exactly one endpoint, found ${endpoints.length}`);
  }
  if (discovery !== "static") return;
  for (const [field, endpoint] of endpoints) {
    if (endpoint === null || !isName(endpoint.address.host)) continue;
    const name = quote(endpoint.address.host);
    field.fail(`the host name ${name} in a static cluster; use strict_dns or logical_dns`);
  }
}

/**
 * From a cluster's configured endpoints to addresses.
 *
 * @module
 */

import type { ClusterConfig, EndpointConfig } from "../config/model.ts";
import { isIpAddress, isUnixPath, type Network } from "../runtime/mod.ts";
import type { EndpointPlace } from "./dialer.ts";

/** What the resolver gave for all endpoints of a cluster. */
export interface Discovered {
  /** For each configured endpoint where it is: nowhere for a name that has never resolved. */
  readonly places: readonly (readonly EndpointPlace[])[];
  /** The names that didn't resolve, with the reason. */
  readonly failures: readonly { readonly name: string; readonly cause: unknown }[];
}

/** RFC 6761 §6.3: these are loopback whatever a resolver says. */
function isLocalhost(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name.endsWith(".localhost");
}

/** An IP address, or the path of a unix socket. */
function isFixed(host: string): boolean {
  return isIpAddress(host) || isUnixPath(host);
}

/** Whether a cluster's addresses can change. */
export function needsResolver(config: ClusterConfig): boolean {
  return config.endpoints.some(({ address: { host } }) => !isFixed(host) && !isLocalhost(host));
}

/**
 * Resolves the names of a cluster, all at once. Never fails: a name that doesn't resolve is among
 * `failures`, and where `before` says. What was found before is better than nothing.
 */
export async function discover(
  config: ClusterConfig,
  network: Network,
  before: Discovered["places"] = [],
): Promise<Discovered> {
  const failures: { name: string; cause: unknown }[] = [];
  const found = await Promise.all(config.endpoints.map(async (endpoint, at) => {
    try {
      return await locate(endpoint, config, network);
    } catch (cause) {
      failures.push({ name: endpoint.address.host, cause });
      return before[at] ?? [];
    }
  }));
  return { places: found, failures };
}

async function locate(
  endpoint: EndpointConfig,
  config: ClusterConfig,
  network: Network,
): Promise<EndpointPlace[]> {
  const { address: { host, port }, weight } = endpoint;
  const place = (hosts: readonly string[], hostname: string): EndpointPlace => ({
    addresses: hosts.map((address) => ({ host: address, port })),
    hostname,
    weight,
  });
  if (isFixed(host)) return [place([host], "")];
  const family = config.dnsLookupFamily ?? "all";
  // A dev server binds one of the two families, and nobody knows which.
  if (isLocalhost(host)) return [place(loopback(family), host)];
  const addresses = ofFamily(family, await network.resolve(host));
  if (addresses.length === 0) throw new Error(`found no address, with the family ${family}`);
  const used = config.discovery === "logical_dns" ? addresses.slice(0, 1) : addresses;
  return used.map((address) => place([address], host));
}

type Family = NonNullable<ClusterConfig["dnsLookupFamily"]>;

function loopback(family: Family): readonly string[] {
  if (family === "v4_only") return ["127.0.0.1"];
  return family === "v6_only" ? ["::1"] : ["127.0.0.1", "::1"];
}

/** The addresses that count, in the resolver's order. */
function ofFamily(family: Family, answer: readonly string[]): readonly string[] {
  // One address is one endpoint, however often the resolver names it.
  const addresses = [...new Set(answer)];
  const ipv6 = addresses.filter((address) => address.includes(":"));
  const ipv4 = addresses.filter((address) => !address.includes(":"));
  switch (family) {
    case "all":
      return addresses;
    case "v4_only":
      return ipv4;
    case "v6_only":
      return ipv6;
    case "v4_preferred":
      return ipv4.length > 0 ? ipv4 : ipv6;
    case "auto":
      return ipv6.length > 0 ? ipv6 : ipv4;
  }
}

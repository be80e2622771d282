/**
 * From a cluster's configured endpoints to addresses.
 *
 * @module
 */

import type { ClusterConfig, EndpointConfig } from "../config/model.ts";
import { isIpAddress, type Network } from "../runtime/mod.ts";
import type { EndpointPlace } from "./endpoint.ts";

/** What the resolver gave for all endpoints of a cluster. */
export interface Discovered {
  readonly places: readonly EndpointPlace[];
  /** The names that didn't resolve, with the reason. */
  readonly failures: readonly { readonly name: string; readonly cause: unknown }[];
}

/** RFC 6761 §6.3: these are loopback whatever a resolver says. */
function isLocalhost(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name.endsWith(".localhost");
}

/** Whether a cluster's addresses can change. */
export function needsResolver(config: ClusterConfig): boolean {
  return config.endpoints.some(({ address: { host } }) => !isIpAddress(host) && !isLocalhost(host));
}

/** Resolves the names of a cluster, all at once. Never fails: see `failures`. */
export async function discover(config: ClusterConfig, network: Network): Promise<Discovered> {
  const failures: { name: string; cause: unknown }[] = [];
  const groups = await Promise.all(config.endpoints.map(async (endpoint) => {
    try {
      return await places(endpoint, config, network);
    } catch (cause) {
      failures.push({ name: endpoint.address.host, cause });
      return [];
    }
  }));
  return { places: groups.flat(), failures };
}

async function places(
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
  if (isIpAddress(host)) return [place([host], "")];
  // A dev server binds one of the two families, and nobody knows which.
  if (isLocalhost(host)) return [place(["127.0.0.1", "::1"], host)];
  const addresses = oneFamily(await network.resolve(host));
  const used = config.discovery === "logical_dns" ? addresses.slice(0, 1) : addresses;
  return used.map((address) => place([address], host));
}

/** IPv4 when there is any: a host without a route for IPv6 would lose every other request. */
function oneFamily(addresses: readonly string[]): readonly string[] {
  const ipv4 = addresses.filter((address) => !address.includes(":"));
  return ipv4.length > 0 ? ipv4 : addresses;
}

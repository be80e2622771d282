/**
 * The sandbox's ports: the four proxies from the base port on, the two services 80 and 443 above
 * it. The configurations are written for the default base port and are shifted from there.
 *
 * @module
 */

import type { Config } from "../../config/model.ts";

/** The base port that the files in `configs/` are written for. */
export const DEFAULT_BASE_PORT = 10_000;

/** How far above the base port the services listen: what the ports of HTTP and HTTPS are. */
export const SERVICE_HTTP_OFFSET = 80;
/** See `SERVICE_HTTP_OFFSET`. */
export const SERVICE_HTTPS_OFFSET = 443;

/** The highest base port that leaves room for the services. */
export const MAX_BASE_PORT = 65_535 - SERVICE_HTTPS_OFFSET;

/** Where a port of the files ends up. Ports that are not in the map stay as they are. */
export type PortMap = ReadonlyMap<number, number>;

/** The same configuration with other ports, on listeners and endpoints alike; nothing is changed. */
export function movePorts(config: Config, listeners: PortMap, endpoints: PortMap): Config {
  return {
    ...config,
    // The sandbox is watched through its own table; six admins on one port cannot be.
    admin: null,
    listeners: config.listeners.map((listener) => ({
      ...listener,
      address: move(listener.address, listeners),
    })),
    clusters: config.clusters.map((cluster) => ({
      ...cluster,
      endpoints: cluster.endpoints.map((endpoint) => ({
        ...endpoint,
        address: move(endpoint.address, endpoints),
      })),
    })),
  };
}

function move<A extends { readonly port: number }>(address: A, ports: PortMap): A {
  return { ...address, port: ports.get(address.port) ?? address.port };
}

/** Where the proxies listen: each one its own place after `base`; a base of 0 gives free ports. */
export function listenerPorts(base: number, count: number): PortMap {
  const ports = Array.from({ length: count }, (_, i) => i);
  return new Map(ports.map((i) => [DEFAULT_BASE_PORT + i, base === 0 ? 0 : base + i]));
}

/** Where the proxies find the services. */
export function servicePorts(http: number, https: number): PortMap {
  return new Map([
    [DEFAULT_BASE_PORT + SERVICE_HTTP_OFFSET, http],
    [DEFAULT_BASE_PORT + SERVICE_HTTPS_OFFSET, https],
  ]);
}

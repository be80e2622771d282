/**
 * Configurations with one listener `lane<n>` and one cluster a lane.
 *
 * @module
 */

import { bootstrap, cluster, httpTo, listener } from "../e2e/envoy_config.ts";

/** Makes a configuration for upstreams at these ports. */
export type LaneConfig = (ports: readonly number[]) => string;

/** The native form. `filter` is a field of each listener, `route` one of its route. */
export function native({ filter = "", route = "" } = {}): LaneConfig {
  return (ports) => {
    const listeners = ports.map((_, index) =>
      `  lane${index}: { ${
        fields(
          "address: 127.0.0.1:0",
          filter,
          `routes: [{ ${fields(`cluster: c${index}`, route)} }]`,
        )
      } }`
    );
    const clusters = ports.map((port, index) =>
      `  c${index}: { endpoints: ["127.0.0.1:${port}"] }`
    );
    return ["listeners:", ...listeners, "clusters:", ...clusters, ""].join("\n");
  };
}

function fields(...given: readonly string[]): string {
  return given.filter((field) => field !== "").join(", ");
}

/** Envoy's form; `more` are fields of the HTTP filter. */
export function envoy(more: Parameters<typeof httpTo>[1] = {}): LaneConfig {
  return (ports) =>
    bootstrap(
      ports.map((_, index) => listener(`lane${index}`, httpTo(`c${index}`, more))),
      ports.map((port, index) => cluster(`c${index}`, port)),
    );
}

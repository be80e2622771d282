/**
 * The numbers as Envoy's `/stats/prometheus` prints them, in Prometheus' text exposition format
 * 0.0.4: counters first and then gauges, each family's lines together under its `# TYPE`.
 *
 * What varies in a name becomes a label, so that `cluster.app.upstream_rq_2xx` is
 * `envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="app"}`. The
 * names keep Envoy's prefix because dashboards and alerts are written for it.
 *
 * @module
 */

import type { ScopeKind, StatReading } from "./stats.ts";

/** The label that the owner's name goes into. (Envoy: `well_known_names.cc`) */
const OWNER_LABEL: Readonly<Record<ScopeKind, string>> = {
  listener: "envoy_listener_address",
  http: "envoy_http_conn_manager_prefix",
  cluster: "envoy_cluster_name",
  tcp: "envoy_tcp_prefix",
  server: "",
};

/** A part of a leaf that becomes a label: group 1 is kept before it, 2 is the value, 3 after it. */
const LEAF_LABELS: readonly (readonly [label: string, pattern: RegExp])[] = [
  ["envoy_response_code", /^(.*_rq)_(\d{3})()$/],
  ["envoy_response_code_class", /^(.*_rq_)(\d)(xx)$/],
  ["envoy_ssl_version", /^(ssl\.versions)\.(.+)()$/],
  ["envoy_ssl_cipher", /^(ssl\.ciphers)\.(.+)()$/],
  ["envoy_response_flag", /^(response_flag)\.(.+)()$/], // genkan's own
];

/** Prints all of `readings`, which are sorted by name. */
export function formatPrometheus(readings: readonly StatReading[]): string {
  let text = "";
  for (const kind of ["counter", "gauge"] as const) {
    const families = new Map<string, string>();
    for (const reading of readings) {
      if (reading.kind !== kind) continue;
      const { family, labels } = metric(reading);
      const line = `${family}{${labels.join(",")}} ${reading.value}\n`;
      families.set(family, (families.get(family) ?? "") + line);
    }
    for (const family of [...families.keys()].sort()) {
      text += `# TYPE ${family} ${kind}\n${families.get(family)}`;
    }
  }
  return text;
}

function metric({ scope, owner, leaf }: StatReading): { family: string; labels: string[] } {
  const labels: string[] = [];
  for (const [name, pattern] of LEAF_LABELS) {
    const match = pattern.exec(leaf);
    if (match === null) continue;
    labels.push(`${name}="${escapeLabel(match[2])}"`);
    leaf = match[1] + match[3];
  }
  if (owner !== "") {
    const label = OWNER_LABEL[scope];
    if (label === "") leaf = `${owner}.${leaf}`;
    else labels.push(`${label}="${escapeLabel(owner)}"`);
  }
  return { family: `envoy_${scope}_${leaf}`.replace(/[^a-zA-Z0-9_]/g, "_"), labels };
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

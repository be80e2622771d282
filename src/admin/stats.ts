/**
 * `/stats` and `/stats/prometheus`: the numbers, as text, JSON, or for Prometheus.
 *
 * @module
 */

import { formatPrometheus, type StatReading } from "../observe/mod.ts";
import { daysUntilExpiry } from "./certs.ts";
import { compactJson, type Endpoint, regexParam, text } from "./endpoint.ts";
import type { ServerState, ServerView } from "./view.ts";

const FILTER_PARAMS = [
  {
    name: "usedonly",
    help: "Only include stats that have been written by system since restart",
  },
  { name: "filter", help: "Regular expression (JavaScript) for filtering stats" },
  { name: "type", help: "Stat types to include.; One of (All, Counters, Gauges)" },
];

/** Lines `name: value` sorted by name; `format=json` and `format=prometheus` too. */
export const STATS: Endpoint = {
  path: "/stats",
  help: "print server stats",
  params: [
    ...FILTER_PARAMS,
    { name: "format", help: "Format to use; One of (text, json, prometheus)" },
  ],
  answer(view, query, now) {
    switch (query.get("format") || "text") {
      case "text":
        return printed(view, query, now, (stats) => text(lines(stats)));
      case "json":
        return printed(
          view,
          query,
          now,
          (stats) => compactJson({ stats: stats.map(({ name, value }) => ({ name, value })) }),
        );
      case "prometheus":
        return PROMETHEUS.answer(view, query, now);
      default:
        return text("usage: /stats?format=(json|prometheus|text)\n\n", 400);
    }
  },
};

/** Prometheus' text format, with Envoy's names and labels. */
export const PROMETHEUS: Endpoint = {
  path: "/stats/prometheus",
  help: "print server stats in prometheus format",
  params: FILTER_PARAMS,
  answer: (view, query, now) => printed(view, query, now, (stats) => text(formatPrometheus(stats))),
};

const KIND_OF_TYPE: Readonly<Record<string, StatReading["kind"] | null>> = {
  All: null,
  Counters: "counter",
  Gauges: "gauge",
};

async function printed(
  view: ServerView,
  query: URLSearchParams,
  now: number,
  print: (stats: StatReading[]) => Response,
): Promise<Response> {
  let filter: RegExp | null;
  try {
    filter = regexParam(query, "filter");
  } catch (error) {
    return text(`Invalid regex: ${(error as Error).message}\n`, 400);
  }
  const type = query.get("type") ?? "All";
  if (!Object.hasOwn(KIND_OF_TYPE, type)) return text("invalid &type= param", 400);
  const kind = KIND_OF_TYPE[type];
  const usedOnly = query.has("usedonly");

  await measureServer(view, now);
  const readings = await view.readings();
  return print(
    readings.filter((stat) =>
      (kind === null || stat.kind === kind) &&
      (stat.used || !usedOnly) &&
      (filter === null || filter.test(stat.name))
    ),
  );
}

function lines(stats: StatReading[]): string {
  return stats.map(({ name, value }) => `${name}: ${value}\n`).join("");
}

/** Envoy's `admin.v3.ServerInfo.State`. */
const STATE_NUMBER: Readonly<Record<ServerState, number>> = {
  LIVE: 0,
  DRAINING: 1,
  PRE_INITIALIZING: 2,
  INITIALIZING: 3,
};

/** Sets the gauges that nobody counts along the way. (Envoy: `server.*`) */
async function measureServer(view: ServerView, now: number): Promise<void> {
  const server = view.stats.scope("server", "");
  server.gauge("live").set(view.state === "LIVE" ? 1 : 0);
  server.gauge("state").set(STATE_NUMBER[view.state]);
  server.gauge("uptime").set(Math.floor(view.uptimeMs / 1000));
  // The other numbers are worth printing when a certificate can't be read; /certs tells of that.
  const contexts = await view.certificates().catch(() => []);
  const days = contexts.flatMap(({ trusted, own }) => [...trusted, ...own])
    .map((certificate) => daysUntilExpiry(certificate, now));
  if (days.length > 0) server.gauge("days_until_first_cert_expiring").set(Math.min(...days));
}

/**
 * The admin: what the server is, what it counts and what it was configured to do, over HTTP, with
 * Envoy's paths and formats so that its users' dashboards and scripts work. It sees the server
 * through `ServerView` and nothing else, and it is the one room that uses Hono.
 *
 * @module
 */

import { Hono } from "hono";
import { CERTS } from "./certs.ts";
import { CLUSTERS } from "./clusters.ts";
import { CONFIG_DUMP } from "./config_dump.ts";
import { type Endpoint, text } from "./endpoint.ts";
import { refusal } from "./guard.ts";
import { help, home } from "./home.ts";
import { LISTENERS } from "./listeners.ts";
import {
  DRAIN_LISTENERS,
  FAIL_HEALTHCHECK,
  PASS_HEALTHCHECK,
  QUIT,
  READY,
  reloadEndpoint,
  type ReloadOutcome,
  SERVER_INFO,
} from "./lifecycle.ts";
import { PROMETHEUS, STATS } from "./stats.ts";
import type { ServerView } from "./view.ts";

export type {
  CertificateView,
  ClusterView,
  DrainOptions,
  EndpointView,
  ListenerView,
  ServerState,
  ServerView,
  TlsContextView,
} from "./view.ts";
export type { ReloadOutcome } from "./lifecycle.ts";

/** What an admin may be given besides the server. */
export interface AdminOptions {
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number;
  /** Loads the configuration again; without it `/reload` isn't there. */
  readonly reload?: () => Promise<ReloadOutcome>;
}

/** Sorted by path, as `/help` prints them. */
function endpoints({ reload }: AdminOptions): readonly Endpoint[] {
  const all: Endpoint[] = [
    { path: "/", help: "Admin home page", answer: (view) => home(all, view) },
    CERTS,
    CLUSTERS,
    CONFIG_DUMP,
    DRAIN_LISTENERS,
    FAIL_HEALTHCHECK,
    PASS_HEALTHCHECK,
    {
      path: "/help",
      help: "print out list of admin commands",
      answer: () => text(help(all)),
    },
    LISTENERS,
    QUIT,
    READY,
    ...(reload === undefined ? [] : [reloadEndpoint(reload)]),
    SERVER_INFO,
    STATS,
    PROMETHEUS,
  ];
  return all;
}

/**
 * Makes the handler that answers the admin's requests about `view`. It never rejects: what fails
 * is answered with 500 and a line of text.
 *
 * An endpoint that changes something takes POST only; any other takes every method, as Envoy's do.
 * Requests that a page of another site can have sent are refused with 403: see `guard.ts`.
 */
export function adminApp(
  view: ServerView,
  options: AdminOptions = {},
): (request: Request) => Response | Promise<Response> {
  const { now = Date.now } = options;
  const all = endpoints(options);
  const app = new Hono();
  app.use(async ({ req }, next) => {
    const reason = refusal(req.raw.headers, new URL(req.url), view.config.admin);
    if (reason !== null) return text(`Forbidden: ${reason}\n`, 403);
    await next();
  });
  for (const { path, mutates = false, answer } of all) {
    app.all(path, ({ req }) => {
      if (mutates && req.raw.method !== "POST") {
        return text(`Method ${req.raw.method} not allowed, POST required.`, 405);
      }
      return answer(view, new URL(req.url).searchParams, now());
    });
  }
  app.notFound(() => text(`invalid path. ${help(all)}`, 404));
  app.onError((error) => text(`Cannot answer: ${error.message}\n`, 500));
  return (request) => {
    // A runtime's server makes the URL from the Host as it came.
    if (URL.canParse(request.url)) return app.fetch(request);
    return text("Bad Request: the Host header is missing or malformed.\n", 400);
  };
}

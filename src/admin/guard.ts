/**
 * Keeps other sites' pages away. The admin has no password: being on loopback is its protection,
 * and every page in a browser on this machine can reach loopback.
 *
 * - A page may make its own name resolve to 127.0.0.1 (DNS rebinding); its requests are then
 *   same-origin to the browser, but their Host is that name. So the Host must be one that no
 *   stranger can own.
 * - A page may send requests without seeing the answer, such as a form that POSTs to
 *   /quitquitquit. Browsers mark those with Origin or Sec-Fetch-Site.
 *
 * Programs such as curl and Prometheus send neither header and use an address or a fitting name.
 *
 * @module
 */

import type { SocketAddress } from "../runtime/mod.ts";

/** Why a request must not be answered, or null. `bound` is where the admin listens. */
export function refusal(headers: Headers, url: URL, bound: SocketAddress | null): string | null {
  const host = (headers.get("host") ?? url.host).toLowerCase();
  if (!isOwnHost(host, bound)) {
    return `the Host ${JSON.stringify(host)} could be anybody's. ` +
      "Ask for the admin by its IP address or as localhost.";
  }
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (
    (origin !== null && !isSameHost(origin, host)) ||
    (site !== null && site !== "same-origin" && site !== "none")
  ) {
    return "the request comes from another site's page. " +
      "Type the admin's address into the browser instead of following a link.";
  }
  return null;
}

const HOST = /^(?<name>\[[0-9a-f:.]+\]|[^:[\]]+?)\.?(?::\d+)?$/;
const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\])$/;

function isOwnHost(host: string, bound: SocketAddress | null): boolean {
  const name = HOST.exec(host)?.groups?.name;
  if (name === undefined) return false;
  if (IP_ADDRESS.test(name) || name === "localhost" || name.endsWith(".localhost")) return true;
  if (bound === null) return false;
  if (name === bound.host.toLowerCase()) return true;
  // In a network of containers the admin goes by a service's name, such as http://genkan:9901. A
  // name without a dot can't be registered by a stranger.
  return !isLoopback(bound.host) && !name.includes(".");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Another port of this host is another program, whose pages count as another site's. */
function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.replace(/:80$/, "");
}

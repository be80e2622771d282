/**
 * A request for WebSocket and its 101, and a proxy whose route allows it.
 *
 * @module
 */

import type { HttpFilterConfig, ListenerConfig, RouteConfig } from "../../src/config/model.ts";
import { http, listener, route } from "../server/fixture.ts";

/** Asks for WebSocket, as a browser does. */
export const ASK = [
  "GET /chat HTTP/1.1",
  "host: app.test",
  "connection: keep-alive, Upgrade",
  "upgrade: websocket",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version: 13",
  "\r\n",
].join("\r\n");

/** Agrees to it. */
export const SWITCH = [
  "HTTP/1.1 101 Switching Protocols",
  "upgrade: websocket",
  "connection: Upgrade",
  "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  "\r\n",
].join("\r\n");

/** A filter whose only route allows WebSocket. */
export function upgradable(
  options: Partial<HttpFilterConfig> = {},
  routeOptions: Partial<RouteConfig> = {},
): HttpFilterConfig {
  return http({ routes: [route({ upgrades: ["websocket"], ...routeOptions })], ...options });
}

/** A listener with that filter alone. */
export function upgradableListeners(
  options: Partial<HttpFilterConfig> = {},
  routeOptions: Partial<RouteConfig> = {},
): ListenerConfig[] {
  return [listener(upgradable(options, routeOptions))];
}

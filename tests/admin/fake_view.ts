/**
 * A server that the admin can look at: one of everything, with keys that must not be seen.
 *
 * @module
 */

import { adminApp, type EndpointView, type ServerView } from "../../src/admin/mod.ts";
import { createStats, type Stats } from "../../src/observe/mod.ts";
import type { Config } from "../../src/config/model.ts";
import {
  ANY,
  CIRCUIT_BREAKERS,
  HTTP_LIMITS,
  HTTP_TIMEOUTS,
  NO_CLIENT_CERT_HEADER,
} from "../../src/config/native/defaults.ts";

/** The time at which the tests ask. */
export const NOW = Date.UTC(2026, 10, 22, 12);

/** Stands in every key of the fake, and in nothing else. */
export const SECRET = "TOPSECRET";

const KEY = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB+/==\n-----END CERTIFICATE-----\n";

/** Asks the admin of a fake server. The Host is what `url` says. */
export async function ask(
  url: string,
  init: RequestInit = {},
  view: Partial<ServerView> = {},
): Promise<Response> {
  const { href } = new URL(url, "http://127.0.0.1:9901");
  return await adminApp({ ...fakeView(), ...view }, { now: () => NOW })(new Request(href, init));
}

/** A server that runs `fakeConfig()`. */
export function fakeView(): ServerView {
  return {
    version: "0.1.0",
    runtime: "deno 2.9.6",
    state: "LIVE",
    uptimeMs: 72_900,
    config: fakeConfig(),
    stats: createStats(),
    readings() {
      return Promise.resolve((this.stats as Stats).readings());
    },
    listeners: () => [
      { name: "web", address: { host: "127.0.0.1", port: 44019 } },
      { name: "raw", address: { host: "::1", port: 8443 } },
    ],
    clusters: () =>
      Promise.resolve([
        { name: "app", circuitBreakers: CIRCUIT_BREAKERS, endpoints: [endpoint()] },
        { name: "none", circuitBreakers: { ...CIRCUIT_BREAKERS, maxRetries: 7 }, endpoints: [] },
      ]),
    certificates: () =>
      Promise.resolve([
        {
          trusted: [],
          own: [{
            path: "certs/app.pem",
            serialNumber: "0588e21c",
            dnsNames: ["app.test", "*.app.test"],
            uris: ["spiffe://x/y"],
            ipAddresses: ["127.0.0.1", "::1"],
            notBefore: Date.UTC(2026, 10, 22, 12, 13, 10),
            notAfter: NOW + 89.9 * 24 * 60 * 60 * 1000,
          }],
        },
        {
          trusted: [{
            path: null,
            serialNumber: "01",
            dnsNames: [],
            uris: [],
            ipAddresses: [],
            notBefore: Date.UTC(2020, 0, 1),
            notAfter: Date.UTC(2026, 0, 1),
          }],
          own: [],
        },
      ]),
    quit: () => {
      throw new Error("nobody asked to quit");
    },
    drainListeners: () => Promise.reject(new Error("nobody asked to drain")),
    passHealthcheck: () => Promise.reject(new Error("nobody asked for health")),
  };
}

/** An endpoint with a different number in every place. */
export function endpoint(): EndpointView {
  return {
    address: { host: "::1", port: 3000 },
    hostname: "localhost",
    weight: 3,
    healthy: true,
    cxActive: 1,
    cxConnectFail: 2,
    cxTotal: 9,
    rqActive: 4,
    rqPending: 0,
    rqError: 5,
    rqSuccess: 6,
    rqTimeout: 0,
    rqTotal: 8,
  };
}

/** A configuration with keys from a file, inline, and in one text with the certificate. */
export function fakeConfig(): Config {
  return {
    frontEnd: "native",
    file: "genkan.yaml",
    admin: { host: "127.0.0.1", port: 9901 },
    listeners: [
      {
        name: "web",
        address: { host: "127.0.0.1", port: 0 },
        maxConnections: 0,
        inspectTls: false,
        proxyProtocol: null,
        defaultFilterChain: null,
        filterChains: [{
          name: "",
          match: ANY,
          tls: {
            clientCertificate: {
              required: true,
              ca: { path: null, pem: KEY + CERTIFICATE },
              crl: { path: null, pem: KEY },
              sans: [],
            },
            ciphers: [],
            certificates: [
              {
                chain: { path: "certs/app.pem", pem: CERTIFICATE },
                key: { path: "certs/app-key.pem", pem: KEY },
              },
              {
                chain: { path: null, pem: CERTIFICATE + KEY + CERTIFICATE },
                key: { path: null, pem: KEY },
              },
            ],
            alpn: ["http/1.1"],
            minVersion: null,
            maxVersion: "TLSv1.3",
          },
          filter: {
            kind: "http",
            statPrefix: "ingress",
            ignorePortInHost: true,
            clientCertHeader: NO_CLIENT_CERT_HEADER,
            forwarding: { mode: "replace" },
            virtualHosts: [{
              name: "all",
              domains: ["*"],
              routes: [
                {
                  match: {
                    path: { kind: "prefix", value: "/api/" },
                    headers: [{ name: "x-env", exact: "blue" }],
                  },
                  cluster: "api",
                  timeoutMs: 1500,
                  timeoutCovers: "response",
                  prefixRewrite: "/",
                  clientSans: null,
                  maxBodyBytes: 0,
                  upgrades: [],
                },
                {
                  match: { path: { kind: "path", value: "/" }, headers: [] },
                  cluster: "app",
                  timeoutMs: 0,
                  timeoutCovers: "head",
                  prefixRewrite: null,
                  clientSans: null,
                  maxBodyBytes: 0,
                  upgrades: ["websocket"],
                },
              ],
            }],
            accessLog: true,
            acceptHttp10: true,
            defaultHostForHttp10: "app.test",
            limits: { ...HTTP_LIMITS, headBytes: 20_000, requestsPerConnection: 1000 },
            timeouts: { ...HTTP_TIMEOUTS, headMs: 10_000 },
            errors: "short",
            maxHops: 0,
          },
        }],
      },
      {
        name: "raw",
        address: { host: "::1", port: 8443 },
        maxConnections: 500,
        inspectTls: false,
        proxyProtocol: null,
        defaultFilterChain: null,
        filterChains: [{
          name: "",
          match: ANY,
          tls: null,
          filter: {
            kind: "tcp",
            statPrefix: "raw",
            cluster: "app",
            idleTimeoutMs: 3_600_000,
            accessLog: false,
          },
        }],
      },
    ],
    clusters: [
      {
        name: "app",
        discovery: "strict_dns",
        dnsLookupFamily: "v4_preferred",
        endpoints: [{ address: { host: "localhost", port: 3000 }, weight: 3 }],
        loadBalancing: "round_robin",
        connectTimeoutMs: 5_000,
        circuitBreakers: CIRCUIT_BREAKERS,
        proxyProtocol: null,
        tls: null,
      },
      {
        name: "api",
        discovery: "static",
        endpoints: [{ address: { host: "10.0.0.5", port: 8443 }, weight: 1 }],
        loadBalancing: "round_robin",
        connectTimeoutMs: 250,
        circuitBreakers: CIRCUIT_BREAKERS,
        proxyProtocol: null,
        tls: {
          serverName: "api.internal",
          verifyName: null,
          certificate: {
            chain: { path: null, pem: CERTIFICATE + KEY },
            key: { path: "certs/client-key.pem", pem: KEY },
          },
          sans: [],
          ciphers: [],
          verify: "full",
          ca: { path: null, pem: CERTIFICATE + KEY },
          alpn: [],
          minVersion: "TLSv1.2",
          maxVersion: null,
        },
      },
    ],
  };
}

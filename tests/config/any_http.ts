/**
 * Any HTTP filter of a model that the native form can say, for properties.
 *
 * @module
 */

import fc from "fast-check";
import { setsClientCert } from "../../src/config/client_cert_header.ts";
import type {
  ClientCertHeaderConfig,
  ForwardingConfig,
  HttpFilterConfig,
  HttpLimitsConfig,
  RouteConfig,
  VirtualHostConfig,
} from "../../src/config/model.ts";
import { HTTP_LIMITS, NO_CLIENT_CERT_HEADER } from "../../src/config/native/defaults.ts";
import { someSans } from "./any_tls.ts";
import { anyCount, anyMilliseconds, anyName, anySize, oneOf } from "./any_value.ts";

const anyClientCertHeader = fc.record({
  mode: oneOf<ClientCertHeaderConfig["mode"]>(
    "sanitize",
    "forward_only",
    "append_forward",
    "sanitize_set",
    "always_forward_only",
  ),
  details: fc.record({
    subject: fc.boolean(),
    cert: fc.boolean(),
    chain: fc.boolean(),
    dns: fc.boolean(),
    uri: fc.boolean(),
  }),
}).map(({ mode, details }): ClientCertHeaderConfig =>
  setsClientCert(mode) ? { mode, details } : { ...NO_CLIENT_CERT_HEADER, mode }
);

function anyRoute(
  clusters: readonly string[],
  asksForCertificates: boolean,
): fc.Arbitrary<RouteConfig> {
  return fc.record({
    match: fc.record({
      path: fc.oneof(
        fc.record({ kind: fc.constant("prefix" as const), value: oneOf("", "/", "/a", "/a/") }),
        fc.record({ kind: fc.constant("path" as const), value: oneOf("/", "/a", "/a/") }),
      ),
      headers: fc.uniqueArray(
        fc.record({ name: oneOf("x-a", "1"), exact: fc.string({ maxLength: 5 }) }),
        { selector: ({ name }) => name, maxLength: 2 },
      ),
    }),
    cluster: oneOf(...clusters),
    timeoutMs: anyMilliseconds,
    timeoutCovers: oneOf<RouteConfig["timeoutCovers"]>("head", "response"),
    prefixRewrite: oneOf(null, "/", "/b?c"),
    clientSans: asksForCertificates ? fc.option(someSans, { nil: null }) : fc.constant(null),
    maxBodyBytes: fc.oneof(oneOf(0, 1024, 10 * 2 ** 20, 3 * 2 ** 30), fc.nat()),
    upgrades: oneOf<string[]>(["websocket"], [], ["websocket", "irc/6.9"], ["tls/1.0"]),
  });
}

function anyVirtualHosts(
  ...context: Parameters<typeof anyRoute>
): fc.Arbitrary<VirtualHostConfig[]> {
  const domains = ["*", "a.test", "b.test:8443", "*.test", "a.*"];
  const host = (domain: string) =>
    fc.record<VirtualHostConfig>({
      name: anyName,
      domains: fc.constant([domain]),
      routes: fc.array(anyRoute(...context), { maxLength: 3 }),
    });
  return fc.shuffledSubarray(domains).chain((own) => fc.tuple(...own.map(host)));
}

const anyLimits = fc.record<HttpLimitsConfig>({
  headBytes: anySize(1024, 8192 * 1024),
  headFields: fc.integer({ min: 1, max: 1000 }),
  targetBytes: anySize(0, 8192 * 1024),
  requestsPerConnection: anyCount,
  minBodyRate: anySize(0, 2 ** 30),
});

const anyHttp10 = oneOf<Pick<HttpFilterConfig, "acceptHttp10" | "defaultHostForHttp10">>(
  { acceptHttp10: false, defaultHostForHttp10: null },
  { acceptHttp10: true, defaultHostForHttp10: null },
  { acceptHttp10: true, defaultHostForHttp10: "app.test:8080" },
  { acceptHttp10: true, defaultHostForHttp10: "[::1]" },
);

export function anyHttp(...context: Parameters<typeof anyRoute>): fc.Arbitrary<HttpFilterConfig> {
  return fc.record({
    kind: fc.constant("http" as const),
    statPrefix: anyName,
    clientCertHeader: anyClientCertHeader,
    forwarding: fc.record<ForwardingConfig>({ mode: oneOf("replace", "append", "keep") }),
    ignorePortInHost: fc.constant(false),
    virtualHosts: anyVirtualHosts(...context),
    accessLog: fc.boolean(),
    http10: anyHttp10,
    limits: fc.oneof(fc.constant(HTTP_LIMITS), anyLimits),
    timeouts: fc.record({
      headMs: anyMilliseconds,
      requestMs: anyMilliseconds,
      idleMs: anyMilliseconds,
      streamIdleMs: anyMilliseconds,
    }),
    errors: oneOf<HttpFilterConfig["errors"]>("short", "loopback", "detailed"),
    maxHops: oneOf(0, 1, 10, 100),
  }).map(({ http10, ...rest }) => ({ ...rest, ...http10 }));
}

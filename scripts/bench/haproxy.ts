/**
 * HAProxy with one thread.
 *
 * @module
 */

import { KEPT, MAX_CONNECTIONS, notInstalled, type Setup, type Subject, WAYS } from "./subject.ts";

/** HAProxy. */
export const haproxy: Subject = {
  name: "haproxy",
  ways: WAYS,
  async prepare(setup, programs) {
    if (!await programs.isInstalled("haproxy", "-v")) return notInstalled("haproxy");
    const { folder, certificate, plainPort, tlsPort, upstreamPort } = setup;
    const file = `${folder}/haproxy.cfg`;
    await Deno.writeTextFile(
      file,
      `
global
  nbthread 1
  maxconn ${MAX_CONNECTIONS}
  # Otherwise it wants two descriptors for each to be allowed.
  no strict-limits
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
${frontend("web", { ports: [plainPort, tlsPort], certificate: certificate.both, to: "app" })}
backend app
  server app 127.0.0.1:${upstreamPort} pool-max-conn ${KEPT}
${toTls(setup)}
`,
    );
    return ["haproxy", "-db", "-f", file];
  },
};

function frontend(
  name: string,
  { ports: [plain, tls], certificate, to }: {
    ports: readonly number[];
    certificate: string;
    to: string;
  },
): string {
  return `frontend ${name}
  bind 127.0.0.1:${plain}
  bind 127.0.0.1:${tls} ssl crt ${certificate}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  default_backend ${to}`;
}

function toTls({ modes, certificate }: Setup): string {
  if (modes === undefined) return "";
  const { originatePort, reencryptPort, passthroughPort, tlsUpstreamPort } = modes;
  const ports = [originatePort, reencryptPort];
  const verify = `verify required ca-file ${certificate.cert} verifyhost localhost`;
  return `${frontend("inside", { ports, certificate: certificate.both, to: "app_tls" })}
backend app_tls
  server app 127.0.0.1:${tlsUpstreamPort} pool-max-conn ${KEPT} ssl sni str(localhost) ${verify}
listen passthrough
  mode tcp
  bind 127.0.0.1:${passthroughPort}
  server app 127.0.0.1:${tlsUpstreamPort}`;
}

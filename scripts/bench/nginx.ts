/**
 * nginx, with so many workers. nginx-light has no module for passthrough.
 *
 * @module
 */

import type { Programs } from "./process.ts";
import { KEPT, MAX_CONNECTIONS, notInstalled, type Setup, type Subject } from "./subject.ts";

/** nginx with so many workers. */
export function nginx(name: string, workers: number): Subject {
  return {
    name,
    ways: ["plain", "tls", "reencrypt", "originate"],
    prepare: (setup, programs) => prepare(setup, workers, programs),
  };
}

async function prepare(
  setup: Setup,
  workers: number,
  programs: Programs,
): Promise<readonly string[] | string> {
  if (!await programs.isInstalled("nginx", "-v")) return notInstalled("nginx-light");
  const { folder, certificate: { cert, key }, plainPort, tlsPort, upstreamPort } = setup;
  const file = `${folder}/nginx.conf`;
  await Deno.writeTextFile(
    file,
    `
daemon off;
worker_processes ${workers};
error_log ${folder}/nginx.log;
pid ${folder}/nginx.pid;
events { worker_connections ${MAX_CONNECTIONS}; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  ssl_certificate ${cert};
  ssl_certificate_key ${key};
  # TLS 1.3, as with the others: this version's own list ends with 1.2.
  ssl_protocols TLSv1.2 TLSv1.3;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  # Without these a large body is written to the disk first.
  proxy_max_temp_file_size 0;
  proxy_request_buffering off;
  ${upstream("app", upstreamPort)}
  server {
    listen 127.0.0.1:${plainPort};
    listen 127.0.0.1:${tlsPort} ssl;
    location / { proxy_pass http://app; }
  }
  ${toTls(setup)}
}
`,
  );
  return ["nginx", "-p", folder, "-c", file];
}

function upstream(name: string, port: number): string {
  return `upstream ${name} {
    server 127.0.0.1:${port};
    keepalive ${KEPT};
    keepalive_requests 1000000000;
  }`;
}

function toTls({ modes, certificate }: Setup): string {
  if (modes === undefined) return "";
  return `${upstream("app_tls", modes.tlsUpstreamPort)}
  server {
    listen 127.0.0.1:${modes.originatePort};
    listen 127.0.0.1:${modes.reencryptPort} ssl;
    location / {
      proxy_pass https://app_tls;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_name localhost;
      proxy_ssl_server_name on;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${certificate.cert};
    }
  }`;
}

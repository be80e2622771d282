/**
 * The server behind the proxies: 67 bytes at `/`, 64 KiB at `/body64k`, 100 MB at `/bulk`, and at
 * `/upload` the count of the bytes that were sent, once all of them have come. It is nginx where
 * there is one, and otherwise this very file, run by Deno.
 *
 * @module
 */

import type { Certificate } from "./certificate.ts";
import { freePorts } from "./process.ts";
import type { Cores, Launch, Programs } from "./process.ts";

/** The small answer: 67 bytes. */
export const SMALL_BODY = "genkan is the entrance of a house, where shoes are left behind....\n";
/** The size of the middling body, in bytes. */
export const MIDDLING_BYTES = 64 * 1024;
/** The size of the large one, in bytes. */
export const BULK_BYTES = 100_000_000;
/** Above every load's connections. */
const MAX_CONNECTIONS = 12_000;

/** Where the upstream listens. */
export interface UpstreamSetup {
  readonly folder: string;
  readonly port: number;
  readonly cores: Cores;
  /** Where it listens with TLS, and what it presents; absent for nowhere. */
  readonly tls?: { readonly port: number; readonly certificate: Certificate };
}

/** How to start the upstream on `port`, with its files in `folder`. */
export async function upstreamLaunch(
  setup: UpstreamSetup,
  programs: Programs,
): Promise<Launch & { name: string }> {
  const { folder, port, cores, tls } = setup;
  await Deno.writeFile(`${folder}/bulk`, new Uint8Array(BULK_BYTES), { mode: 0o644 });
  await Deno.writeFile(`${folder}/body64k`, new Uint8Array(MIDDLING_BYTES), { mode: 0o644 });
  const ports = tls === undefined ? [port] : [port, tls.port];
  if (!await programs.isInstalled("nginx", "-v")) {
    const script = new URL(import.meta.url).pathname;
    const command = ["deno", "run", "--allow-net=127.0.0.1", `--allow-read=${folder}`, script];
    const more = tls === undefined ? [] : [tls.port, tls.certificate.cert, tls.certificate.key];
    return {
      name: "deno",
      command: [...command, folder, String(port), ...more.map(String)],
      cores,
      ports,
    };
  }
  const file = `${folder}/upstream.conf`;
  await Deno.writeTextFile(file, nginxConfig(setup, freePorts(1)[0]));
  return { name: "nginx", command: ["nginx", "-p", folder, "-c", file], cores, ports };
}

/**
 * Only what nginx passes on has been read to its end, so an upload goes on, without its body, to a
 * server of the same process, which says how long it was.
 */
function nginxConfig({ folder, port, tls }: UpstreamSetup, countPort: number): string {
  return `
daemon off;
worker_processes 1;
error_log ${folder}/upstream.log;
pid ${folder}/upstream.pid;
events { worker_connections ${MAX_CONNECTIONS}; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/upstream-body;
  upstream count {
    server 127.0.0.1:${countPort};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${countPort};
    location / { return 200 "$http_x_length\\n"; }
  }
  server {
    listen 127.0.0.1:${port};
    ${tls === undefined ? "" : tlsLines(tls.port, tls.certificate)}
    default_type text/plain;
    location = / { return 200 "${SMALL_BODY.replace("\n", "\\n")}"; }
    location = /body64k { root ${folder}; }
    location = /bulk { root ${folder}; }
    location = /upload {
      client_max_body_size 0;
      client_body_buffer_size 128k;
      proxy_pass http://count;
      proxy_http_version 1.1;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Length $content_length;
    }
  }
}
`;
}

function tlsLines(port: number, { cert, key }: Certificate): string {
  return `listen 127.0.0.1:${port} ssl;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.3;
    # The same for all, whatever they would like best.
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;`;
}

async function answer(request: Request, folder: string): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/") return new Response(SMALL_BODY);
  if (pathname === "/upload") {
    let count = 0;
    for await (const part of request.body ?? []) count += part.length;
    return new Response(`${count}\n`);
  }
  const size = pathname === "/bulk" ? BULK_BYTES : MIDDLING_BYTES;
  const file = await Deno.open(`${folder}/${pathname === "/bulk" ? "bulk" : "body64k"}`);
  return new Response(file.readable, { headers: { "content-length": String(size) } });
}

if (import.meta.main) {
  const [folder, port, tlsPort, certFile, keyFile] = Deno.args;
  const handler = (request: Request) => answer(request, folder);
  const where = { hostname: "127.0.0.1", onListen: () => {} };
  Deno.serve({ ...where, port: Number(port) }, handler);
  if (tlsPort !== undefined) {
    const [cert, key] = await Promise.all([certFile, keyFile].map((f) => Deno.readTextFile(f)));
    Deno.serve({ ...where, port: Number(tlsPort), cert, key }, handler);
  }
}

/**
 * The servers behind genkan: Node and nginx, whose parsers have nothing in common. Each answers a
 * request with how it read it, in a field `x-reading`, and one that it refuses with `x-refused-by`.
 *
 * @module
 */

import type { Scene } from "../e2e/scene.ts";
import { freePort, httpUpstream } from "../e2e/upstream.ts";
import { sha256 } from "./reading.ts";

/** Another process may take a port between our look and nginx's. */
const PORT_ATTEMPTS = 3;

/** How many requests a server saw in its life. */
export interface Tally {
  /** Those of which at least the first bytes came. */
  readonly begun: number;
  /** Those that it read to their end and accepted. */
  readonly read: number;
}

/** A server behind genkan. */
export interface Peer {
  readonly name: "node" | "nginx";
  readonly port: number;
  /** Stops it, and gives what it saw. */
  stop(): Promise<Tally>;
}

/** Starts Node's server. */
export async function startNode(scene: Scene): Promise<Peer> {
  const script = new URL("node_server.mjs", import.meta.url).pathname;
  const server = scene.spawn([script], { peer: "node" });
  const [, port] = await server.says("stdout", /^listening on (\d+)$/m);
  return {
    name: "node",
    port: Number(port),
    async stop() {
      server.signal("SIGTERM");
      const { stdout } = await server.ended();
      return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    },
  };
}

/** Starts nginx, and behind it the server that tells what nginx made of a request. */
export async function startNginx(scene: Scene): Promise<Peer> {
  let read = 0;
  const recorder = scene.own(httpUpstream(async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    read++;
    const answer = JSON.stringify({
      method: request.headers.get("x-read-method"),
      target: request.headers.get("x-read-target"),
      host: request.headers.get("x-read-host"),
      size: body.length,
      sha256: await sha256(body),
      count: read,
    });
    return new Response(null, { headers: { "x-reading": encodeURIComponent(answer) } });
  }));
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const file = await scene.write("nginx.conf", nginxConfig(port, recorder.port));
    const server = scene.spawn(["-p", scene.folder, "-c", file], { peer: "nginx" });
    // With its listening socket open it looks at its limits.
    const [said] = await server.says("stderr", /getrlimit|Address already in use/);
    if (said !== "getrlimit") {
      if (attempt < PORT_ATTEMPTS) continue;
      throw new Error(`Cannot start nginx: ${server.stderr.text}`);
    }
    return {
      name: "nginx",
      port,
      async stop() {
        server.signal("SIGTERM");
        await server.ended();
        const log = await Deno.readTextFile(scene.path("requests.log"));
        return { begun: log.split("\n").length - 1, read };
      },
    };
  }
}

/** nginx hands a request on when it has read all of it, and says beside how it read the head. */
function nginxConfig(port: number, recorderPort: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
error_log stderr notice;
pid nginx.pid;
events { worker_connections 256; }
http {
  ${temporary.map((name) => `${name}_temp_path temp_${name};`).join("\n  ")}
  log_format status "$status";
  access_log requests.log status;
  client_max_body_size 0;
  client_header_buffer_size 64k;
  large_client_header_buffers 8 64k;
  ignore_invalid_headers off;
  underscores_in_headers on;
  keepalive_timeout 1h;
  keepalive_requests 1000000;
  upstream recorder { server 127.0.0.1:${recorderPort}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    error_page 400 405 411 413 414 494 500 501 505 /refused;
    location = /refused {
      internal;
      add_header x-refused-by nginx always;
      return 400 "";
    }
    location / {
      set $reading /reading;
      proxy_pass http://recorder$reading;
      proxy_method POST;
      proxy_http_version 1.1;
      proxy_pass_request_headers off;
      proxy_set_header Host recorder;
      proxy_set_header Connection "";
      proxy_set_header x-read-method $request_method;
      proxy_set_header x-read-target $request_uri;
      proxy_set_header x-read-host $http_host;
      proxy_buffer_size 64k;
      proxy_buffers 8 64k;
      proxy_busy_buffers_size 128k;
    }
  }
}
`;
}

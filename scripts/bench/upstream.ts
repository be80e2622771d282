/**
 * The server behind the proxies: 67 bytes at `/`, 100 MB at `/bulk`. It is nginx where there is
 * one, and otherwise this very file, run by Deno.
 *
 * @module
 */

import type { Cores, Launch, Programs } from "./process.ts";

/** The small answer: 67 bytes. */
export const SMALL_BODY = "genkan is the entrance of a house, where shoes are left behind....\n";
/** The size of the large answer, in bytes. */
export const BULK_BYTES = 100_000_000;

/** How to start the upstream on `port`, with its files in `folder`. */
export async function upstreamLaunch(
  { folder, port, cores }: { folder: string; port: number; cores: Cores },
  programs: Programs,
): Promise<Launch & { name: string }> {
  const bulk = `${folder}/bulk`;
  await Deno.writeFile(bulk, new Uint8Array(BULK_BYTES), { mode: 0o644 });
  if (!await programs.isInstalled("nginx", "-v")) {
    const script = new URL(import.meta.url).pathname;
    const command = ["deno", "run", "--allow-net=127.0.0.1", `--allow-read=${bulk}`, script];
    return { name: "deno", command: [...command, String(port), bulk], cores, ports: [port] };
  }
  const file = `${folder}/upstream.conf`;
  await Deno.writeTextFile(file, nginxConfig(folder, port));
  return { name: "nginx", command: ["nginx", "-p", folder, "-c", file], cores, ports: [port] };
}

function nginxConfig(folder: string, port: number): string {
  return `
daemon off;
worker_processes 1;
error_log ${folder}/upstream.log;
pid ${folder}/upstream.pid;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port};
    default_type text/plain;
    location = / { return 200 "${SMALL_BODY.replace("\n", "\\n")}"; }
    location = /bulk { root ${folder}; }
  }
}
`;
}

if (import.meta.main) {
  const [port, bulk] = Deno.args;
  Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen: () => {} }, async (request) => {
    if (new URL(request.url).pathname === "/") return new Response(SMALL_BODY);
    const file = await Deno.open(bulk);
    return new Response(file.readable, { headers: { "content-length": String(BULK_BYTES) } });
  });
}

/**
 * The proxies that are compared. Each listens twice, plain and TLS, leads to the same upstream over
 * kept-alive connections, and writes no access log.
 *
 * @module
 */

import { startPermissions } from "../compile.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import type { Programs } from "./process.ts";

/** What a proxy is told. */
export interface Setup {
  /** Where its files may go. */
  readonly folder: string;
  /** The certificate it presents. */
  readonly certificate: Certificate;
  /** The port that it listens on without TLS. */
  readonly plainPort: number;
  /** The port that it listens on with TLS. */
  readonly tlsPort: number;
  /** The port of the upstream on loopback. */
  readonly upstreamPort: number;
}

/** A proxy that can be measured. */
export interface Subject {
  /** As the tables and `--only` call it. */
  readonly name: string;
  /** Writes its configuration and gives the command; a string says why it can't be run here. */
  prepare(setup: Setup, programs: Programs): Promise<readonly string[] | string>;
  /** Whether it listens without TLS only. */
  readonly isPlain?: boolean;
}

const INSTALL = "not installed; apt-get install nginx-light haproxy wrk";
/** Upstream connections kept, as many as the load has connections. */
const KEPT = 64;
/** Above every load's connections, and what they lead to. */
const MAX_CONNECTIONS = 12_000;

/** Compared with one worker of nginx, or counted in tables of their own. */
export const ONE_WORKER: readonly string[] = ["--concurrency", "1"];

/** nginx with so many workers. */
export function nginx(name: string, workers: number): Subject {
  return { name, prepare: (setup, programs) => prepareNginx(setup, programs, workers) };
}

async function prepareNginx(
  setup: Setup,
  programs: Programs,
  workers: number,
): Promise<readonly string[] | string> {
  if (!await programs.isInstalled("nginx", "-v")) return INSTALL;
  const file = `${setup.folder}/nginx.conf`;
  await Deno.writeTextFile(
    file,
    `
daemon off;
worker_processes ${workers};
error_log ${setup.folder}/nginx.log;
pid ${setup.folder}/nginx.pid;
events { worker_connections ${MAX_CONNECTIONS}; }
http {
  access_log off;
  keepalive_requests 1000000000;
  # Idle connections are counted for minutes.
  keepalive_timeout 1h;
  ssl_certificate ${setup.certificate.cert};
  ssl_certificate_key ${setup.certificate.key};
  upstream app {
    server 127.0.0.1:${setup.upstreamPort};
    keepalive ${KEPT};
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${setup.plainPort};
    listen 127.0.0.1:${setup.tlsPort} ssl;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      # Without it a large answer is written to the disk first.
      proxy_max_temp_file_size 0;
    }
  }
}
`,
  );
  return ["nginx", "-p", setup.folder, "-c", file];
}

const haproxy: Subject = {
  name: "haproxy",
  async prepare(setup, programs) {
    if (!await programs.isInstalled("haproxy", "-v")) return INSTALL;
    const file = `${setup.folder}/haproxy.cfg`;
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
  timeout client 1h
  timeout server 60s
  http-reuse always
frontend web
  bind 127.0.0.1:${setup.plainPort}
  bind 127.0.0.1:${setup.tlsPort} ssl crt ${setup.certificate.both}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  default_backend app
backend app
  server app 127.0.0.1:${setup.upstreamPort} pool-max-conn ${KEPT}
`,
    );
    return ["haproxy", "-db", "-f", file];
  },
};

const BINARY = "dist/genkan";

/** How genkan is started on each runtime; a string says why it can't be. */
const GENKAN = {
  "genkan-deno": async () => {
    const permissions = startPermissions(await Deno.readTextFile("deno.json"));
    return ["deno", "run", ...permissions, "main.ts"];
  },
  "genkan-bun": async () => {
    try {
      await Deno.stat(BINARY);
    } catch {
      return `no ${BINARY}; run deno task compile:bun first`;
    }
    return [BINARY];
  },
} as const;

/** genkan on one of its runtimes. */
export type GenkanName = keyof typeof GENKAN;

/** Those that are genkan. */
export function genkanNames(names: readonly string[]): GenkanName[] {
  return names.filter((name): name is GenkanName => name in GENKAN);
}

/** genkan's command line with some arguments; a string says why it can't be run here. */
export async function genkanCommand(
  name: GenkanName,
  args: readonly string[],
): Promise<readonly string[] | string> {
  const command = await GENKAN[name]();
  return typeof command === "string" ? command : [...command, ...args];
}

function genkan(name: GenkanName): Subject {
  return {
    name,
    prepare: async (setup) => {
      const file = await genkanFile(setup, { tls: plainTls(setup) });
      return await genkanCommand(name, ["run", "-c", file, ...ONE_WORKER]);
    },
  };
}

/** On its TLS port two names end here, each with a certificate, and a third is passed through. */
function genkanMixed(name: GenkanName): Subject {
  return {
    name: `${name}-mixed`,
    async prepare(setup, programs) {
      const other = await makeCertificate(setup.folder, programs, { name: "two.test" });
      const file = await genkanFile(setup, { tls: mixedTls(setup, other) });
      return await genkanCommand(name, ["run", "-c", file, ...ONE_WORKER]);
    },
  };
}

/** A listener's lines that end TLS with the run's certificate. */
export function plainTls({ certificate: { cert, key } }: Setup): string {
  return `tls:
      certificates: [{ cert: ${cert}, key: ${key} }]`;
}

function mixedTls({ certificate: { cert, key } }: Setup, other: Certificate): string {
  return `tls:
      - host: localhost
        certificates: [{ cert: ${cert}, key: ${key} }]
      - host: two.test
        certificates: [{ cert: ${other.cert}, key: ${other.key} }]
    tcp:
      - { host: passed.test, cluster: app }`;
}

/** Writes genkan's configuration, and gives its path. */
export async function genkanFile(
  setup: Setup,
  { tls, accessLog = "off" }: { tls: string; accessLog?: "on" | "off" },
): Promise<string> {
  const file = `${setup.folder}/genkan.yaml`;
  await Deno.writeTextFile(
    file,
    `
access_log: ${accessLog}
listeners:
  plain:
    address: 127.0.0.1:${setup.plainPort}
    routes: [{ cluster: app }]
  tls:
    address: 127.0.0.1:${setup.tlsPort}
    ${tls}
    routes: [{ cluster: app }]
clusters:
  app: { endpoints: ["127.0.0.1:${setup.upstreamPort}"] }
`,
  );
  return file;
}

/** In the order of the tables; figures are compared with the first that is measured. */
export const SUBJECTS: readonly Subject[] = [
  nginx("nginx", 1),
  haproxy,
  genkan("genkan-deno"),
  genkan("genkan-bun"),
  genkanMixed("genkan-deno"),
  genkanMixed("genkan-bun"),
];

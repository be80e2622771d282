/**
 * Caddy, which passes nothing through without a plugin. Its worker is one because it is held to one
 * core.
 *
 * @module
 */

import { KEPT, notInstalled, type Setup, type Subject } from "./subject.ts";

/** Caddy. */
export const caddy: Subject = {
  name: "caddy",
  ways: ["plain", "tls", "reencrypt", "originate"],
  async prepare(setup, programs) {
    if (!await programs.isInstalled("caddy", "version")) return notInstalled("caddy");
    const { folder } = setup;
    const file = `${folder}/Caddyfile`;
    await Deno.writeTextFile(file, caddyfile(setup));
    // Otherwise it leaves its configuration behind, in the user's folder.
    const own = [`XDG_CONFIG_HOME=${folder}`, `XDG_DATA_HOME=${folder}`];
    return ["env", ...own, "caddy", "run", "--adapter", "caddyfile", "--config", file];
  },
};

function caddyfile(setup: Setup): string {
  const { plainPort, tlsPort, upstreamPort, modes } = setup;
  const app = `reverse_proxy http://127.0.0.1:${upstreamPort} {
    transport http {
      keepalive_idle_conns_per_host ${KEPT}
      compression off
    }
  }`;
  const options = `{
  admin off
  auto_https off
  log {
    level ERROR
  }
  servers {
    protocols h1
  }
}`;
  const sites = [...site(setup, [plainPort, tlsPort], app)];
  if (modes !== undefined) {
    sites.push(...site(setup, [modes.originatePort, modes.reencryptPort], toTls(setup)));
  }
  return [options, ...sites].join("\n");
}

function toTls({ modes, certificate }: Setup): string {
  return `reverse_proxy https://127.0.0.1:${modes!.tlsUpstreamPort} {
    transport http {
      keepalive_idle_conns_per_host ${KEPT}
      compression off
      versions 1.1
      tls_server_name localhost
      tls_trusted_ca_certs ${certificate.cert}
    }
  }`;
}

function site({ certificate }: Setup, [plain, tls]: readonly number[], proxy: string): string[] {
  return [
    `http://:${plain} {
  bind 127.0.0.1
  ${proxy}
}`,
    `https://:${tls} {
  bind 127.0.0.1
  tls ${certificate.cert} ${certificate.key}
  ${proxy}
}`,
  ];
}

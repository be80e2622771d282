/**
 * The systemd unit as a text (systemd.unit(5), systemd.service(5), systemd.exec(5)), and what a text
 * tells of the choices that it was made with.
 *
 * `Type=notify-reload` would do without ExecReload=, but wants the time by CLOCK_MONOTONIC in every
 * RELOADING=1, which neither Deno nor Bun tells.
 *
 * @module
 */

import { hardening } from "./hardening.ts";

/** Whose systemd runs it: the system's, or a user's own. */
export type UnitScope = "system" | "user";

/** A file that only root may read, handed over under a name. */
export interface Credential {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** What a unit's text depends on. */
export interface UnitSettings {
  readonly scope: UnitScope;
  /** The program's path, as the unit has it: absolute, or beginning with a specifier such as `%h`. */
  readonly program: string;
  /** The configuration's path, in the same way. */
  readonly config: string;
  /** With the scope `system` only. */
  readonly credentials: readonly Credential[];
}

/** The unit's name, and its file's. */
export const UNIT_NAME = "genkan.service";

/** The first line of every unit that genkan has made. */
const MARK = "# Made by genkan: genkan service install";

/** Where keys that are handed over appear. */
const CREDENTIALS = `/run/credentials/${UNIT_NAME}`;

/** The unit, ending with a newline. */
export function unitText(settings: UnitSettings): string {
  const isSystem = settings.scope === "system";
  return `\
${MARK}${isSystem ? "" : " --user"}
# It may be written anew; what you add belongs into a drop-in: systemctl ${
    isSystem ? "" : "--user "
  }edit genkan

[Unit]
Description=genkan TLS edge proxy
Documentation=man:genkan(1)
${isSystem ? "Wants=network-online.target\nAfter=network-online.target\n" : ""}
[Service]
Type=notify
# On Bun it is systemd-notify, a process of the service, that speaks for genkan.
NotifyAccess=all
ExecStart=${settings.program} run -c ${settings.config}
ExecReload=kill -HUP $MAINPID
Restart=on-failure
RestartSec=1s
# Hung is as bad as dead.
WatchdogSec=30s
# Running requests get 30 s to finish after SIGTERM; what takes longer is told by genkan itself.
TimeoutStopSec=45s
KillMode=mixed
# Two descriptors a connection.
LimitNOFILE=1048576
# A core dump would hold the keys.
LimitCORE=0

${isSystem ? credentialLines(settings) : ""}${hardening(settings.scope)}
[Install]
WantedBy=${isSystem ? "multi-user" : "default"}.target
`;
}

function credentialLines({ config, credentials }: UnitSettings): string {
  const folder = config.slice(0, config.lastIndexOf("/"));
  const comment = `\
# Keys that only root may read are handed over at the start; after a renewal restart, don't reload:
#   genkan service install --credential app-key.pem:${folder}/app-key.pem
# The configuration names one by where it appears:
#   key: ${CREDENTIALS}/app-key.pem
`;
  const lines = credentials.map(({ name, path }) => `LoadCredential=${name}:${path}\n`);
  return `${comment}${lines.join("")}\n`;
}

/** Whether genkan has made this unit, in this version or another. */
export function isOurs(text: string): boolean {
  return text.startsWith(MARK);
}

/** The choices that a unit was made with; null when it runs something else than a configuration. */
export function readSettings(text: string, scope: UnitScope): UnitSettings | null {
  const start = text.match(/^ExecStart=(\S+) run -c (\S+)$/m);
  if (start === null) return null;
  const credentials = [...text.matchAll(/^LoadCredential=([^:\s]+):(\S+)$/gm)]
    .map(([, name, path]) => ({ name, path }));
  return { scope, program: start[1], config: start[2], credentials };
}

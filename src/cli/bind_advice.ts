/**
 * What to say of an address that could not be bound, beyond that: who holds it, or how to be
 * allowed to bind it.
 *
 * @module
 */

import type { ConnError } from "../errors.ts";
import { type Host, isUnixPath, type SocketAddress } from "../runtime/mod.ts";
import { type PortHolder, portHolder, type ProcHost } from "./port_holder.ts";
import { shellWord } from "./shell_word.ts";

/** What of the host is looked at. */
export type AdviceHost = ProcHost & Pick<Host, "pid" | "executable">;

/** From here on a port is anybody's (Linux's `ip_unprivileged_port_start`). */
const FIRST_FREE_PORT = 1024;

/**
 * Text to put right behind the message of a failure to listen; empty where there is nothing to say,
 * and for other failures. Never fails.
 */
export async function bindAdvice(error: ConnError, host: AdviceHost): Promise<string> {
  const { code, unbound } = error;
  if (unbound === null) return "";
  if (code === "address_in_use") return await heldBy(unbound, host);
  return code === "permission" ? howToBeAllowed(error, unbound, host) : "";
}

async function heldBy(address: SocketAddress, host: AdviceHost): Promise<string> {
  const holder = await portHolder(address, host);
  const known = holder === null ? "" : ` by ${shown(holder, host.pid)}`;
  return holder?.kind === "process" ? known : `${known}; ${lookUp(address)} shows by whom`;
}

function shown(holder: PortHolder, self: number): string {
  if (holder.kind === "user") {
    return holder.uid === 0 ? "a process of root" : `a process of the user ${holder.uid}`;
  }
  return holder.pid === self
    ? "genkan itself: another listener, or the admin, takes it as well"
    : `${holder.name} (pid ${holder.pid})`;
}

/** The command that tells who listens. */
function lookUp({ host, port }: SocketAddress): string {
  return isUnixPath(host) ? "`sudo ss -lxp`" : `\`sudo ss -ltnp 'sport = :${port}'\``;
}

function howToBeAllowed(error: ConnError, { host, port }: SocketAddress, own: AdviceHost): string {
  // Of the runtime's own permissions the message says all that there is to say.
  if ((error.cause as { name?: unknown } | undefined)?.name === "NotCapable") return "";
  if (isUnixPath(host)) return "; genkan's user must be allowed to write in its folder";
  if (port >= FIRST_FREE_PORT) return "";
  const executable = own.executable();
  const command = executable === null
    ? `\`sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}\``
    : `\`sudo setcap cap_net_bind_service=+ep ${shellWord(executable)}\``;
  return `; ports below ${FIRST_FREE_PORT} need a right: ${command} gives it, and so does ` +
    "AmbientCapabilities=CAP_NET_BIND_SERVICE in a systemd unit; or take a port from " +
    `${FIRST_FREE_PORT} on`;
}

/**
 * Commands that run a program with other rights, or another view of the machine, for
 * `ProgramOptions.through`; and whether they can be had here.
 *
 * @module
 */

/** Without the right to bind ports below 1024, which root has and others don't. */
export const UNPRIVILEGED: readonly string[] = shell(
  'if [ "$(id -u)" = 0 ]; then exec setpriv --bounding-set -net_bind_service "$@"; fi; exec "$@"',
);

/** Why anybody may bind the port here; null when a right is needed. */
export async function whyPrivileged(port: number): Promise<string | null> {
  const first = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start";
  const needsRight = shell(`test "$(${first})" -gt ${port} && exec "$@"`);
  return await succeeds([...needsRight, ...UNPRIVILEGED, "sh", "-c", ":"])
    ? null
    : `the right to bind port ${port} can't be given up`;
}

/** With this file for /etc/hosts: what is written to it later is seen as well. */
export function withHosts(path: string): readonly string[] {
  const inside = 'mount --bind "$0" /etc/hosts && exec "$@"';
  return ["sh", "-c", `exec unshare --map-root-user --mount sh -c '${inside}' "$@"`, "sh", path];
}

/** Why a program can't have an /etc/hosts of its own; null when it can. */
export async function whyNoHosts(): Promise<string | null> {
  return await succeeds([...withHosts("/etc/hosts"), "sh", "-c", ":"])
    ? null
    : "no file can be put in the place of /etc/hosts";
}

/** A command that runs a script; what follows it is the script's `$@`. */
function shell(script: string): string[] {
  return ["sh", "-c", script, "sh"];
}

async function succeeds([program, ...args]: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  return await command.output().then(({ success }) => success, () => false);
}

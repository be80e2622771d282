/**
 * Who listens on an address, as Linux tells it in `/proc`: the sockets with their inodes in
 * `net/tcp`, `net/tcp6` and `net/unix`, and among the open files of each process the same inodes.
 * A user sees the files of his own processes, root those of all. Deno shows `/proc` only to
 * programs that may do everything (`--allow-all`), so that nothing is found there.
 *
 * @module
 */

import { type Host, isUnixPath, type SocketAddress } from "../runtime/mod.ts";

/** Who listens, as far as it can be seen. */
export type PortHolder =
  /** `name` is that of the executable, such as `nginx`. */
  | { readonly kind: "process"; readonly pid: number; readonly name: string }
  /** A process whose files aren't ours to see, and the number of its user. */
  | { readonly kind: "user"; readonly uid: number };

/** A listening socket in a text of `/proc/net`. */
export interface ListeningSocket {
  /** Its inode, as the links of `/proc/PID/fd` write it. */
  readonly inode: string;
  /** The user who made it; null where the text doesn't tell (`unix`). */
  readonly uid: number | null;
}

/** What of the host is read. */
export type ProcHost = Pick<Host, "readFile" | "readFolder" | "readLink">;

/** Finds who holds an address; null when it can't be told. Never fails. */
export async function portHolder(
  address: SocketAddress,
  host: ProcHost,
): Promise<PortHolder | null> {
  const sockets = await listeningSockets(address, host);
  if (sockets.length === 0) return null;
  const inodes = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  const owner = await processWith(inodes, host);
  if (owner !== null) return owner;
  const uid = sockets.find((socket) => socket.uid !== null)?.uid ?? null;
  return uid === null ? null : { kind: "user", uid };
}

async function listeningSockets(
  address: SocketAddress,
  host: ProcHost,
): Promise<readonly ListeningSocket[]> {
  const text = async (name: string) => {
    const bytes = await host.readFile(`/proc/net/${name}`).catch(() => new Uint8Array(0));
    return new TextDecoder().decode(bytes);
  };
  if (isUnixPath(address.host)) return unixListeners(await text("unix"), address.host);
  const [ipv4, ipv6] = await Promise.all([text("tcp"), text("tcp6")]);
  return [...tcpListeners(ipv4, address), ...tcpListeners(ipv6, address)];
}

/** The state LISTEN of `net/tcp` (`TCP_LISTEN` in Linux's `tcp_states.h`). */
const TCP_LISTEN = "0A";

/** The listeners in a text of `net/tcp` or `net/tcp6` that keep others from binding `address`. */
export function tcpListeners(text: string, address: SocketAddress): ListeningSocket[] {
  return text.split("\n").slice(1).flatMap((line) => {
    // sl, local_address, rem_address, st, tx:rx, tr:tm, retrnsmt, uid, timeout, inode
    const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state !== TCP_LISTEN || inode === undefined) return [];
    const [bytes, port] = local.split(":");
    if (parseInt(port, 16) !== address.port || !clash(procAddress(bytes), address.host)) return [];
    return [{ inode, uid: Number(uid) }];
  });
}

/** `0100007F` is 127.0.0.1: words of 32 bits, each with its bytes turned round (little-endian). */
function procAddress(text: string): string {
  const words = text.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => word.match(/../g)!.reverse());
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join(".");
  return bytes.join("");
}

const ANY_IPV6 = "0".repeat(32);

/** Whether two addresses can't be bound side by side. An IPv6 socket may take IPv4 as well. */
function clash(held: string, wanted: string): boolean {
  if (held === "0.0.0.0" || held === ANY_IPV6 || wanted === "0.0.0.0" || wanted === "::") {
    return true;
  }
  return held === wanted || held === ipv6Digits(wanted);
}

/** An IPv6 address as 32 digits; empty for anything else. */
function ipv6Digits(host: string): string {
  if (!host.includes(":") || host.includes(".")) return "";
  const [head, tail] = host.split("::").map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - head.length - (tail?.length ?? 0);
  const groups = tail === undefined ? head : [...head, ...Array(missing).fill("0"), ...tail];
  return groups.map((group) => group.padStart(4, "0")).join("").toUpperCase();
}

/** `__SO_ACCEPTCON` in the flags of `net/unix` (Linux's `net.h`): it listens. */
const UNIX_LISTENS = 0x10000;

/** The listeners in a text of `net/unix` that have the path. */
export function unixListeners(text: string, path: string): ListeningSocket[] {
  return text.split("\n").slice(1).flatMap((line) => {
    // Num, RefCount, Protocol, Flags, Type, St, Inode, Path
    const match = /^\s*\S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (.+)$/.exec(line);
    if (match === null) return [];
    const [, flags, inode, bound] = match;
    const listens = (parseInt(flags, 16) & UNIX_LISTENS) !== 0;
    return listens && bound === path ? [{ inode, uid: null }] : [];
  });
}

/** The process that has one of the files open: the eldest, where children have inherited it. */
async function processWith(
  links: ReadonlySet<string>,
  host: ProcHost,
): Promise<PortHolder | null> {
  const names = await host.readFolder("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`;
    const files = await host.readFolder(folder).catch(() => []);
    for (const file of files) {
      const link = await host.readLink(`${folder}/${file}`).catch(() => "");
      if (links.has(link)) return { kind: "process", pid, name: await nameOf(pid, host) };
    }
  }
  return null;
}

async function nameOf(pid: number, host: ProcHost): Promise<string> {
  const path = await host.readLink(`/proc/${pid}/exe`).catch(() => "a process");
  // What Linux adds to the path of an executable that was replaced since, by an upgrade say.
  return path.replace(/ \(deleted\)$/, "").split("/").at(-1)!;
}

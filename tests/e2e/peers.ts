/**
 * The programs that stand at the other end: which of them are there.
 *
 * @module
 */

/** A program that a test wants, or Linux's `/proc`. */
export type Peer =
  | "curl"
  | "openssl"
  | "node"
  | "nginx"
  | "haproxy"
  | "envoy"
  | "systemd-analyze"
  | "testssl"
  | "/proc";

/** Arguments that make it do nothing. */
const PROBES = [
  ["curl", "--version"],
  ["openssl", "version"],
  ["node", "--version"],
  ["nginx", "-v"],
  ["haproxy", "-v"],
  ["envoy", "--version"],
  ["systemd-analyze", "--version"],
  ["testssl", "--help"],
] as const;

const MISSING = new Map<Peer, string | null>(
  await Promise.all(PROBES.map(async ([peer, argument]) => {
    return [peer, await whyItFails(peer, argument)] as const;
  })),
);

/** Why a peer can't be used; null when it can. */
export function whyMissing(peer: Peer): string | null {
  if (peer === "/proc") return Deno.build.os === "linux" ? null : "there is no /proc";
  return MISSING.get(peer) ?? null;
}

/** Why a program can't be used, seen by running it with an argument that makes it do nothing. */
export async function whyItFails(peer: string, argument: string): Promise<string | null> {
  try {
    const { success } = await new Deno.Command(peer, { args: [argument] }).output();
    return success ? null : `${peer} fails`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${peer} is not installed`;
    if (error instanceof Deno.errors.NotCapable) return `running ${peer} is not permitted`;
    throw error;
  }
}

/**
 * Runs openssl, the other opinion on certificates and handshakes.
 *
 * @module
 */

import { within } from "./deadline.ts";

const WAIT_MS = 15_000;

/** How openssl ended, and what it said. */
export interface OpensslResult {
  readonly success: boolean;
  /** stdout and stderr, one after the other. */
  readonly text: string;
}

/** Runs it; fails when it does. Gives stdout. */
export async function openssl(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await output(args);
  if (!success) throw new Error(`openssl ${args.join(" ")} failed: ${stderr}`);
  return stdout;
}

/** Runs it and tells how that ended. */
export async function tryOpenssl(...args: string[]): Promise<OpensslResult> {
  const { success, stdout, stderr } = await output(args);
  return { success, text: stdout + stderr };
}

/** A handshake with a port of this machine, as `openssl s_client` reports it. */
export async function handshake(port: number, ...options: string[]): Promise<OpensslResult> {
  const address = `127.0.0.1:${port}`;
  return await tryOpenssl(
    "s_client",
    "-connect",
    address,
    "-servername",
    "localhost",
    ...options,
  );
}

async function output(args: string[]) {
  // With an empty stdin s_client leaves after the handshake.
  const command = new Deno.Command("openssl", { args, stdin: "null" });
  const { success, stdout, stderr } = await within(WAIT_MS, command.output(), "openssl's end");
  const text = new TextDecoder();
  return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

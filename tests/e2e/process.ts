/**
 * What Linux tells of a process, through curl: reading `/proc` would take Deno every permission.
 *
 * @module
 */

/** The processes that it started and that still run. */
export async function children(pid: number): Promise<number[]> {
  const text = await read(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((word) => word.trim() !== "").map(Number);
}

/** The most memory that it has held so far, bytes. */
export async function peakMemory(pid: number): Promise<number> {
  const [, kilobytes] = (await read(`/proc/${pid}/status`)).match(/^VmHWM:\s+(\d+) kB$/m) ?? [];
  if (kilobytes === undefined) throw new Error(`Cannot find the peak memory of ${pid}`);
  return Number(kilobytes) * 1024;
}

async function read(path: string): Promise<string> {
  const command = new Deno.Command("curl", { args: ["-q", "-sS", `file://${path}`] });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot read ${path}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout);
}

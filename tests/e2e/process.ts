/**
 * What Linux tells of a process, through other programs: reading `/proc` would take Deno every
 * permission.
 *
 * @module
 */

/** What Linux has told programs for ever, whatever its own clock does. */
const TICKS_PER_SECOND = 100;

/** The processes that it started and that still run. */
export async function children(pid: number): Promise<number[]> {
  const text = await read(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((word) => word.trim() !== "").map(Number);
}

/** The most memory that it has held so far, bytes. */
export async function peakMemory(pid: number): Promise<number> {
  return await memoryOf(pid, "VmHWM");
}

/** The memory that it holds, bytes. */
export async function memory(pid: number): Promise<number> {
  return await memoryOf(pid, "VmRSS");
}

/** How many descriptors it has open. */
export async function openFiles(pid: number): Promise<number> {
  const list = `console.log([...Deno.readDirSync("/proc/${pid}/fd")].length)`;
  return Number(await output("deno", ["eval", list]));
}

/** The processor's time that all of its threads have used, seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await read(`/proc/${pid}/stat`);
  // The name, in brackets, may hold anything; the 14th and 15th field are its time and the kernel's.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function memoryOf(pid: number, field: "VmHWM" | "VmRSS"): Promise<number> {
  const status = await read(`/proc/${pid}/status`);
  const [, kilobytes] = status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m")) ?? [];
  if (kilobytes === undefined) throw new Error(`Cannot find ${field} of ${pid}`);
  return Number(kilobytes) * 1024;
}

async function read(path: string): Promise<string> {
  return await output("curl", ["-q", "-sS", `file://${path}`]);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot ask ${program}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout);
}

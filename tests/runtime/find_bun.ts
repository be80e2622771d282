/**
 * Where Bun is.
 *
 * @module
 */

/** Where it may be: on the path, or laid into node_modules by npm. */
const PLACES = ["bun", "node_modules/.bin/bun"];

/** Bun's command, or why there is none. */
export async function findBun(): Promise<{ command: string } | { missing: string }> {
  const reasons: string[] = [];
  for (const command of PLACES) {
    const { state } = await Deno.permissions.query({ name: "run", command });
    if (state !== "granted") {
      reasons.push(`${command} may not be run`);
      continue;
    }
    try {
      const { success } = await new Deno.Command(command, { args: ["--version"] }).output();
      if (success) return { command };
      reasons.push(`${command} --version failed`);
    } catch {
      reasons.push(`${command} is not there`);
    }
  }
  return { missing: reasons.join(", ") };
}

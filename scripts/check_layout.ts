/**
 * Notes on the shape of `src/`: a folder without a `mod.ts` that says what lives there, and files
 * that grew beyond what one subject needs. Notes, not errors: a long file may have its reason.
 *
 * @module
 */

const MAX_LINES = 300;

if (import.meta.main) {
  const notes: string[] = [];
  for (const folder of ["src", "scripts", "tests"]) await note(folder, folder === "src", notes);
  for (const line of notes.sort()) console.log(`note: ${line}`);
}

async function note(folder: string, needsMod: boolean, notes: string[]): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      if (needsMod && !await exists(`${path}/mod.ts`)) notes.push(`${path}: has no mod.ts`);
      await note(path, needsMod, notes);
    } else if (path.endsWith(".ts")) {
      const lines = (await Deno.readTextFile(path)).split("\n").length - 1;
      if (lines > MAX_LINES) notes.push(`${path}: ${lines} lines, more than ${MAX_LINES}`);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

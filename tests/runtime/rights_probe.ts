/**
 * Run by `rights_test.ts` with the program's own permissions: tries what they should not allow, in the
 * first thread, after it has given up writing, and in a worker's thread. Prints what was allowed.
 *
 * @module
 */

import { denoRuntime } from "../../src/runtime/deno.ts";

/** What can be tried, by a name. `folder` may be written by whoever may write at all. */
export function attempts(folder: string): Readonly<Record<string, () => unknown>> {
  return {
    read: () => Deno.readTextFileSync(`${folder}/there`),
    write: () => Deno.writeTextFileSync(`${folder}/new`, "x"),
    remove: () => Deno.removeSync(`${folder}/there-too`),
    run: () => new Deno.Command("true").outputSync(),
    ffi: () => Deno.dlopen("libc.so.6", {}),
    env: () => {
      // `--ignore-env` hides what may not be read.
      if (Deno.env.get("PATH") === undefined) throw new Deno.errors.NotCapable();
    },
    sys: () => Deno.hostname(),
    listen: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    unix: () => Deno.listen({ transport: "unix", path: `${folder}/socket` }).close(),
  };
}

/** The names of those that were allowed. */
export function allowed(folder: string): string[] {
  return Object.entries(attempts(folder)).filter(([, attempt]) => {
    try {
      attempt();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return false;
      throw error;
    }
  }).map(([name]) => name);
}

if (import.meta.main && !("WorkerGlobalScope" in globalThis)) {
  const [folder] = Deno.args;
  const worker = new URL("./rights_worker.ts", import.meta.url).href;
  const runtime = denoRuntime(worker);
  const inThread = (unixPaths: string[]) =>
    new Promise<unknown>((resolve) => {
      const thread = runtime.startThread({ unixPaths });
      thread.onMessage((found) => {
        thread.terminate();
        resolve(found);
      });
      thread.post(folder);
    });
  const sayAndMend = (found: unknown) => {
    Deno.writeTextFileSync(`${folder}/there-too`, "");
    return found;
  };
  const found = {
    first: sayAndMend(allowed(folder)),
    thread: await inThread([]),
    threadWithSocket: await inThread([`${folder}/socket`]),
    forgone: (runtime.forgoWriting(), allowed(folder)),
  };
  console.log(JSON.stringify(found));
}

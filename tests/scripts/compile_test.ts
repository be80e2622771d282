import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { compileFailure, startPermissions } from "../../scripts/compile.ts";

const DENO_JSON = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));

function withStart(command: string): string {
  return JSON.stringify({ tasks: { start: { command } } });
}

Deno.test("The compiled program has the permissions of the start task", () => {
  assertEquals(startPermissions(withStart("deno run --allow-net --allow-read=x main.ts")), [
    "--allow-net",
    "--allow-read=x",
  ]);
});

Deno.test("A start task that isn't a plain run is refused", () => {
  assertMatch(
    assertThrows(() => startPermissions(withStart("deno task other")), Error).message,
    'found "deno task other"',
  );
});

Deno.test("No task and no compiled program gets every permission", () => {
  for (const flag of startPermissions(DENO_JSON)) assertMatch(flag, /^--(allow|ignore)-/);
  assert(!/(^|[\s"])(-A|--allow-all)\b/m.test(DENO_JSON), "deno.json grants everything somewhere");
});

Deno.test("A missing denort is told in one line that names the ways out", () => {
  const message = compileFailure(
    "error: Writing deno compile executable\n\nCaused by:\n    1: error sending request for url " +
      "(https://dl.deno.land/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip)",
  );
  assertEquals(message.split("\n").length, 1);
  assertMatch(message, "DENORT_BIN");
  assertMatch(message, "compile:bun");
});

Deno.test("Any other failure to compile is told as Deno told it", () => {
  assertMatch(compileFailure("error: Module not found main.ts"), "Module not found main.ts");
});

import { assert, assertEquals, assertMatch } from "../assert.ts";
import plugin, {
  globalFault,
  importFault,
  MAY_IMPORT,
  PACKAGES,
} from "../../scripts/check_imports.ts";

const ROOT = new URL("../../", import.meta.url);

function fault(file: string, specifier: string, typeOnly = false): string {
  return importFault(file, { specifier, typeOnly }) ?? "";
}

/** What the rule says of `source` standing in `file`, as `LINE: message`. */
function lint(file: string, source: string): string[] {
  const path = new URL(file, ROOT).pathname;
  return Deno.lint.runPlugin(plugin, path, source).map(({ range, message }) => {
    const line = source.slice(0, range[0]).split("\n").length;
    return `${line}: ${message}`;
  });
}

Deno.test("A room imports what the table allows and itself", () => {
  assertEquals(fault("src/http1/codec.ts", "../http/mod.ts"), "");
  assertEquals(fault("src/http1/codec.ts", "./reader.ts"), "");
  assertEquals(fault("src/server/mod.ts", "../config/mod.ts"), "");
  assertEquals(fault("src/upstream/pool.ts", "../errors.ts"), "");
});

Deno.test("A room that imports upwards is told what it may import", () => {
  assertEquals(
    fault("src/http1/codec.ts", "../session/mod.ts"),
    "Cannot import ../session/mod.ts: http1 may import errors, http, not session",
  );
  assertMatch(fault("src/proxy/forward.ts", "../server/mod.ts"), "not server");
  assertMatch(fault("src/admin/app.ts", "../server/mod.ts"), "not server");
  assertMatch(fault("src/errors.ts", "./http/mod.ts"), "errors may import nothing");
});

Deno.test("A room that the table doesn't know is a fault", () => {
  assertMatch(fault("src/extra/mod.ts", "../errors.ts"), "the room extra is not in the table");
});

Deno.test("The configuration model is for anyone, as types only", () => {
  assertEquals(fault("src/proxy/route.ts", "../config/model.ts", true), "");
  assertMatch(fault("src/proxy/route.ts", "../config/model.ts"), "not config");
  assertMatch(fault("src/proxy/route.ts", "../config/mod.ts", true), "not config");
});

Deno.test("The command line imports the sandbox's configurations, and nobody else does", () => {
  assertEquals(fault("src/cli/sandbox/configs.ts", "../../../configs/envoy/https-http.yaml"), "");
  assertMatch(fault("src/server/mod.ts", "../../configs/https-http.yaml"), "nothing outside src/");
  assertMatch(fault("src/cli/run.ts", "../../scripts/bun.ts"), "nothing outside src/");
});

Deno.test("Only main.ts names a runtime adapter", () => {
  assertEquals(fault("main.ts", "./src/runtime/deno.ts"), "");
  assertMatch(fault("src/cli/run.ts", "../runtime/bun.ts"), "only main.ts");
  assertMatch(fault("src/runtime/mod.ts", "./deno.ts"), "only main.ts");
  assertMatch(fault("src/upstream/dial.ts", "../runtime/memory.ts"), "mod.ts only");
});

Deno.test("Only one file imports a node: module", () => {
  assertEquals(fault("src/runtime/node_tls.ts", "node:tls"), "");
  assertEquals(fault("src/runtime/node_files.ts", "node:fs/promises"), "");
  assertMatch(fault("src/runtime/deno.ts", "node:tls"), "and src/runtime/node_tls.ts may");
});

Deno.test("A package is imported where the table says, subpaths included", () => {
  assertEquals(fault("src/admin/app.ts", "hono/cors"), "");
  assertEquals(fault("src/cli/mod.ts", "@optique/core/parser"), "");
  assertMatch(fault("src/server/mod.ts", "hono"), "only admin may");
  assertMatch(fault("src/http1/codec.ts", "fast-check"), "only tests may");
  assertMatch(fault("src/config/mod.ts", "npm:yaml@2"), "not a package of");
  assertMatch(fault("src/config/mod.ts", "constructor"), "not a package of");
});

Deno.test("The table and deno.json name the same packages", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  assertEquals(Object.keys(imports).sort(), Object.keys(PACKAGES).sort(), "deno.json names");
});

Deno.test("Nothing in src/ imports tests or scripts", () => {
  assertMatch(fault("src/cli/mod.ts", "../../tests/assert.ts"), "nothing outside src/");
});

Deno.test("Tests and scripts are not bound", () => {
  assertEquals(fault("tests/x_test.ts", "../src/runtime/deno.ts"), "");
  assertEquals(globalFault("scripts/compile.ts", "Deno"), null);
});

Deno.test("Every room in the table's lists has a row", () => {
  for (const [room, allowed] of Object.entries(MAY_IMPORT)) {
    for (const name of allowed) assert(Object.hasOwn(MAY_IMPORT, name), `${room}: ${name}`);
    assert(!allowed.includes("main"), room);
  }
});

Deno.test("The rule sees every form of import, on its line", () => {
  const found = lint(
    "src/http/heads.ts",
    [
      `import { a } from "../proxy/mod.ts";`,
      `import type { B } from "../proxy/mod.ts";`,
      `export { c } from "../proxy/mod.ts";`,
      `export * from "../proxy/mod.ts";`,
      `const d = await import("../proxy/mod.ts");`,
      `type E = import("../proxy/mod.ts").E;`,
      "const f = await import(name);",
    ].join("\n"),
  );
  assertEquals(found.map((line) => line.split(":")[0]), ["1", "2", "3", "4", "5", "6", "7"]);
  assertMatch(found[6], "computed import");
});

Deno.test("The rule sees a runtime's global where it is used, and nowhere else", () => {
  const found = lint(
    "src/http/heads.ts",
    [
      "// Deno and Bun",
      `const text = "Deno.exit" + \`Bun\`;`,
      "const table = { Deno: 1, Bun: 2 };",
      "export const field = table.Deno;",
      "interface Names { Deno: string }",
      "Deno.exit(1);",
      "let conn: Deno.Conn;",
      "globalThis.Deno.pid;",
      "const native = typeof Bun;",
      "export const line = `${Deno.pid}`;",
    ].join("\n"),
  );
  assertEquals(found.map((line) => line.split(":")[0]), ["6", "7", "8", "9", "10"]);
  assertMatch(found[0], "Cannot use the global Deno: only src/runtime/deno.ts may");
});

Deno.test("An import whose names are all types counts as one of types", () => {
  assertEquals(lint("src/proxy/route.ts", `import { type A } from "../config/model.ts";`), []);
  assertEquals(
    lint("src/proxy/route.ts", `import { type A, b } from "../config/model.ts";`).length,
    1,
  );
});

Deno.test("An adapter uses its own global only", () => {
  assertEquals(lint("src/runtime/deno.ts", "Deno.pid;"), []);
  assertEquals(lint("src/runtime/deno.ts", "Bun.version;").length, 1);
  assertEquals(lint("main.ts", "Deno.pid;").length, 1);
});

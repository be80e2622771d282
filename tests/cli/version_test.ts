import config from "../../deno.json" with { type: "json" };
import { VERSION, versionLine } from "../../src/cli/version.ts";
import { assertEquals } from "../assert.ts";

Deno.test("The version is the one in deno.json", () => {
  assertEquals(VERSION, config.version);
});

Deno.test("The version line names the runtime", () => {
  assertEquals(
    versionLine({ name: "deno", version: "2.9.6" }),
    `genkan ${VERSION} (deno 2.9.6)`,
  );
});

import { denoRuntime } from "../../src/runtime/deno.ts";
import { assert, assertEquals } from "../assert.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The rows of the table of what runs on what, cell by cell. */
const ROWS = README.split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("tests/"))
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

Deno.test("Each row of the README's table of features names a test that is there", async () => {
  assert(ROWS.length > 10, `${ROWS.length} rows`);
  for (const [feature, , , , path] of ROWS) {
    const { isFile } = await Deno.stat(new URL(`../../${path}`, import.meta.url));
    assert(isFile, feature);
  }
});

Deno.test("The README tells of Deno's TLS what the runtime port says that it can do", () => {
  const { crl, ciphers } = denoRuntime().supports;
  const told = (feature: string) => ROWS.find(([name]) => name.startsWith(feature))?.[2];
  const word = (can: boolean) => can ? "yes" : "no";
  assertEquals(told("Revocation lists"), word(crl));
  assertEquals(told("Cipher suites"), word(ciphers));
});

import { assert, assertEquals } from "../../assert.ts";
import { everyFailure } from "./failures.ts";

const PAGE = await Deno.readTextFile("docs/observability.md");

/** The rows of the table of codes: code, answer. */
const documented = new Map(
  [...PAGE.matchAll(/^\| `(\w+)` +\| ((?:\d{3}|cut|none)[^|]*?) +\|/gm)]
    .map(([, code, answer]) => [code, answer]),
);

Deno.test("Every code of a failure is documented, with its status and flag", () => {
  for (const { code, status, flag } of everyFailure()) {
    assertEquals(documented.get(code), flag === null ? `${status}` : `${status} ${flag}`, code);
  }
});

Deno.test("Every code of a message that breaks the protocol is documented", async () => {
  const codes = new Set<string>();
  for (const folder of ["src/http1", "src/session", "src/proxy"]) {
    for (const text of await sources(folder)) {
      for (const [, code] of text.matchAll(/new ProtocolError\(\s*"(\w+)"/g)) codes.add(code);
    }
  }
  assert(codes.size > 15, `found ${codes.size} codes only`);
  for (const code of codes) assert(documented.has(code), `docs/observability.md lacks ${code}`);
});

async function sources(folder: string): Promise<string[]> {
  const texts = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) texts.push(await Deno.readTextFile(`${folder}/${name}`));
  }
  return texts;
}

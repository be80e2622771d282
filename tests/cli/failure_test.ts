import { CommandError, explain } from "../../src/cli/failure.ts";
import { UsageError } from "../../src/cli/command.ts";
import { ConfigError, ConnError, FileError, PemError } from "../../src/errors.ts";
import { assert, assertEquals } from "../assert.ts";
import { ProcFiles } from "./proc_files.ts";

const PORT_80 = { host: "127.0.0.1", port: 80 };

const host = new ProcFiles({});

/** An error, the exit code it comes to, and the lines. */
const EXPLAINED: readonly [error: Error, code: number, lines: string[]][] = [
  [
    new UsageError("Cannot read TO: no port"),
    2,
    ["genkan: Cannot read TO: no port. See 'genkan --help'."],
  ],
  [
    new ConnError("address_in_use", "Cannot listen on 127.0.0.1:80: taken", { unbound: PORT_80 }),
    1,
    [
      "genkan: Cannot listen on 127.0.0.1:80: taken; `sudo ss -ltnp 'sport = :80'` shows by whom",
    ],
  ],
  [new ConnError("dns", "Cannot resolve app: no"), 1, ["genkan: Cannot resolve app: no"]],
  [
    new FileError("not_found", "ca.pem", "no such file"),
    1,
    ["genkan: Cannot use the file ca.pem: no such file"],
  ],
  [new PemError("Cannot read a key: found none"), 1, ["genkan: Cannot read a key: found none"]],
  [new CommandError("Cannot issue: no CA"), 1, ["genkan: Cannot issue: no CA"]],
];

for (const [error, code, lines] of EXPLAINED) {
  Deno.test(`A ${error.name} is one line and exit code ${code}: ${error.message}`, async () => {
    assertEquals(await explain(error, host), { code, lines });
  });
}

Deno.test("A ConfigError is told with every problem, at its place", async () => {
  const problem = { file: "a.yaml", line: 2, column: 3, path: "x", message: "no", excerpt: "" };
  const error = new ConfigError([problem, { ...problem, line: 9 }]);
  assertEquals(await explain(error, host), {
    code: 1,
    lines: ["a.yaml:2:3: x: no", "a.yaml:9:3: x: no"],
  });
});

Deno.test("Anything else is told as a bug, with its stack", async () => {
  const { code, lines } = await explain(new TypeError("undefined is not a function"), host);
  assertEquals(code, 1);
  assert(lines[0].includes("a bug in genkan"), lines[0]);
  assert(lines[1].includes("failure_test.ts"), lines[1]);
});

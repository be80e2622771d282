import { assertEquals, assertMatch } from "../../assert.ts";
import { runCommand } from "../run_command.ts";

/** Options that make no sense together, and words of the refusal. */
const REFUSED: readonly [args: string[], words: string][] = [
  [
    ["http://localhost:0", "3000", "--ca", "ca.pem"],
    "--ca has nothing to do: http://localhost:3000",
  ],
  [["http://localhost:0", "3000", "--server-name", "a"], "--server-name has nothing to do"],
  [["http://localhost:0", "3000", "--insecure-skip-verify"], "--insecure-skip-verify has nothing"],
  [
    ["http://localhost:0", "https://a.test", "--ca", "ca.pem", "--insecure-skip-verify"],
    "contradict each other",
  ],
  [["http://localhost:0", "ftp://localhost:21"], 'unknown scheme "ftp"'],
];

for (const [args, words] of REFUSED) {
  Deno.test(`"genkan ${args.join(" ")}" is refused as wrong usage: ${words}`, async () => {
    const { code, stdout, stderr } = await runCommand(args);
    assertEquals([code, stdout, stderr.split("\n").length], [2, "", 2]);
    assertMatch(stderr, words);
  });
}

Deno.test("A --ca that isn't there, or holds no certificate, is one line", async () => {
  const run = (ca: string) => runCommand(["http://localhost:0", "https://a.test", "--ca", ca]);
  assertEquals(await run("no/such.pem"), {
    code: 1,
    stdout: "",
    stderr: "genkan: Cannot use the file no/such.pem: no such file\n",
  });
  const { code, stderr } = await run("deno.json");
  assertEquals([code, stderr.split("\n").length], [1, 2]);
  assertMatch(stderr, "genkan: Cannot read ");
});

Deno.test("A port that is taken is one line that says how to find out by whom", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const { code, stderr } = await runCommand([`tcp://127.0.0.1:${port}`, "3000"]);
  taken.close();
  assertEquals([code, stderr.split("\n").length], [1, 2]);
  assertMatch(stderr, `Cannot listen on 127.0.0.1:${port}: `);
  assertMatch(
    stderr,
    `: the address is in use; \`sudo ss -ltnp 'sport = :${port}'\` shows by whom`,
  );
});

Deno.test("Without a folder for the local CA an https front is one line", async () => {
  const { code, stderr } = await runCommand(["https://localhost:0", "3000"], {});
  assertEquals([code, stderr.split("\n").length], [1, 2]);
  assertMatch(stderr, "neither XDG_DATA_HOME nor HOME is set");
});

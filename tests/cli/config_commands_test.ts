import { assert, assertEquals, assertMatch } from "../assert.ts";
import { runCommand } from "./run_command.ts";

const GOOD = `listeners:
  web: { address: "127.0.0.1:8080", routes: [{ cluster: app }] }
clusters:
  app: { endpoints: ["127.0.0.1:3000"] }
`;

async function withFile(text: string, run: (file: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    await run(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("check says on stdout that a configuration is OK", async () => {
  await withFile(GOOD, async (file) => {
    assertEquals(await runCommand(["check", "-c", file]), {
      code: 0,
      stdout: `configuration '${file}' OK\n`,
      stderr: "",
    });
  });
});

Deno.test("check says every problem on stderr and exits with 1; run says the same", async () => {
  await withFile(GOOD.replace("cluster: app", "cluster: ap").replace(":3000", ""), async (file) => {
    const checked = await runCommand(["check", "-c", file]);
    assertEquals([checked.code, checked.stdout], [1, ""]);
    assertMatch(checked.stderr, `${file}:2:`);
    assertMatch(checked.stderr, `${file}:4:`);
    assertEquals(await runCommand(["run", "-c", file]), checked);
  });
});

Deno.test("check tells of what is unsafe on stderr, and exits with 0 all the same", async () => {
  const unsafe = GOOD.replace('3000"]', '3000"], tls: { verify: insecure_none }');
  await withFile(unsafe, async (file) => {
    const { code, stdout, stderr } = await runCommand(["check", "-c", file]);
    assertEquals([code, stdout], [0, `configuration '${file}' OK\n`]);
    assert(stderr.startsWith(`warning: ${file}:4:`), stderr);
  });
});

Deno.test("adapt prints what check takes again", async () => {
  await withFile(GOOD, async (file) => {
    const { code, stdout } = await runCommand(["adapt", "-c", file]);
    assertEquals(code, 0);
    await withFile(stdout, async (adapted) => {
      assertEquals((await runCommand(["check", "-c", adapted])).code, 0);
    });
  });
});

Deno.test("A file that isn't there is one line", async () => {
  assertEquals(await runCommand(["run", "-c", "no/such.yaml"]), {
    code: 1,
    stdout: "",
    stderr: "no/such.yaml: Cannot read the configuration: no such file\n",
  });
});

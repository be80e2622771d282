import { createLog, type LogFields } from "../../src/observe/mod.ts";
import { assertEquals } from "../assert.ts";

async function logged(message: string, fields?: LogFields): Promise<string> {
  let all = "";
  const log = createLog((text) => Promise.resolve(void (all += text)), {
    now: () => Date.UTC(2026, 10, 22, 12),
  });
  log.warning(message, fields);
  await log.flush();
  return all;
}

Deno.test("A line has its time, its level, its sentence and its fields", async () => {
  assertEquals(
    await logged("Cannot dial app: connection refused", {
      endpoint: "[::1]:3000",
      tries: 2,
      retried: false,
      status: null,
      cause: "two words",
      empty: "",
    }),
    "2026-11-22T12:00:00.000Z warning Cannot dial app: connection refused " +
      'endpoint=[::1]:3000 tries=2 retried=false status=null cause="two words" empty=""\n',
  );
});

Deno.test("Each level says so, and lines keep their order", async () => {
  let all = "";
  const log = createLog((text) => Promise.resolve(void (all += text)), { now: () => 0 });
  log.info("a");
  log.warning("b");
  log.error("c");
  await log.flush();
  assertEquals(
    all.replaceAll("1970-01-01T00:00:00.000Z ", ""),
    "info a\nwarning b\nerror c\n",
  );
});

Deno.test("Nothing in a message or a field can begin a line or drive the terminal", async () => {
  assertEquals(
    await logged("name\nforged \x1b[31m\u2028\u202e", {
      a: "x\ny",
      b: 'say "hi"',
      c: "\x1b]0;t\x07",
      d: "a=b",
      e: "back\\slash",
      f: "\x9b2J",
      g: "玄関",
    }),
    "2026-11-22T12:00:00.000Z warning name\\nforged \\x1b[31m\\u2028\\u202e " +
      'a="x\\ny" b="say \\"hi\\"" c="\\u001b]0;t\\u0007" d="a=b" e="back\\\\slash" f="\\x9b2J" g=玄関\n',
  );
});

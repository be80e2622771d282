import { FileError } from "../../src/errors.ts";
import { TextOutput } from "../../src/runtime/text_output.ts";
import { assertEquals, assertRejects } from "../assert.ts";

Deno.test("Texts that are taken in parts don't mingle", async () => {
  let written = "";
  const output = new TextOutput("stdout", async (bytes) => {
    await Promise.resolve();
    const part = bytes.subarray(0, 3);
    written += new TextDecoder().decode(part);
    return part.length;
  });
  await Promise.all([output.write("first line\n"), output.write(""), output.write("second\n")]);
  assertEquals(written, "first line\nsecond\n");
});

Deno.test("A closed pipe takes nothing and is no error", async () => {
  for (const [name, code] of [["BrokenPipe", undefined], ["Error", "EPIPE"]]) {
    const output = new TextOutput("stdout", () => {
      return Promise.reject(Object.assign(new Error("broken pipe"), { name, code }));
    });
    await output.write("text");
  }
});

Deno.test("A full disk is an error, and the next text is tried again", async () => {
  let isFull = true, written = "";
  const output = new TextOutput("stdout", (bytes) => {
    if (isFull) return Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    written += new TextDecoder().decode(bytes);
    return Promise.resolve(bytes.length);
  });
  const error = await assertRejects(() => output.write("one"), FileError);
  assertEquals([error.code, error.path], ["other", "stdout"]);
  assertEquals(error.message, "no space left on the device");
  isFull = false;
  await output.write("two");
  assertEquals(written, "two");
});

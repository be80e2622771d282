/**
 * Files that are no configuration: one clear line each, in bounded time.
 *
 * @module
 */

import { formatProblem, loadConfig, loadConfigText } from "../../src/config/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { hostOf, NO_FILES } from "./files.ts";

/** What is said of a file with these contents. */
async function saidOf(contents: string | Uint8Array): Promise<string[]> {
  const host = hostOf(new Map([["a.yaml", contents]]));
  const { problems } = await assertRejects(() => loadConfig("a.yaml", host), ConfigError);
  return problems.map(formatProblem);
}

const MEBIBYTE = 1024 * 1024;

Deno.test("A missing file, a folder and an unreadable file are one line each", async () => {
  const said = async (path: string) => {
    const { problems } = await assertRejects(() => loadConfig(path, NO_FILES), ConfigError);
    return problems.map(formatProblem);
  };
  assertEquals(await said("a.yaml"), ["a.yaml: Cannot read the configuration: no such file"]);
  assertEquals(await said("certs"), ["certs: Cannot read the configuration: is a folder"]);
  assertEquals(await said("certs/secret-key.pem"), [
    "certs/secret-key.pem: Cannot read the configuration: permission denied",
  ]);
});

Deno.test("An empty file is said to be empty, whatever it is empty with", async () => {
  for (const text of ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "~", "\ufeff", "null\n"]) {
    assertEquals(await saidOf(text), ["a.yaml: empty: expected a configuration"], text);
  }
});

Deno.test("A file that isn't UTF-8 is told with the first bad byte's place", async () => {
  const bytes = new TextEncoder().encode("admin: x\nä: ß?\n");
  bytes[bytes.indexOf(0x3f)] = 0xff;
  assertEquals(await saidOf(bytes), [
    "a.yaml:2:5: not UTF-8: found the byte 0xff; save it as UTF-8",
  ]);
  assertEquals(await saidOf(Uint8Array.of(0x61, 0xe3, 0x81)), [
    "a.yaml:1:2: not UTF-8: found the byte 0xe3; save it as UTF-8",
  ]);
});

Deno.test("A UTF-16 file is called that", async () => {
  assertEquals(await saidOf(Uint8Array.of(0xff, 0xfe, 0x61, 0x00)), [
    "a.yaml: not UTF-8: found UTF-16; save it as UTF-8",
  ]);
});

Deno.test("Broken YAML is told once, at its place", async () => {
  assertEquals(await saidOf("listeners:\n  web: {\n"), [
    "a.yaml:3:1: Cannot read YAML: flow map in block collection must be sufficiently indented and " +
    "end with a }",
  ]);
  assertEquals(await saidOf("listeners:\n\tweb: x\n"), [
    "a.yaml:2:1: Cannot read YAML: tabs are not allowed as indentation\n\tweb: x\n^",
  ]);
  assertEquals(await saidOf("a: b: c\n"), [
    "a.yaml:1:4: Cannot read YAML: nested mappings are not allowed in compact mappings\n" +
    "a: b: c\n   ^",
  ]);
  assertEquals(await saidOf('a: "b\n'), [
    'a.yaml:2:1: Cannot read YAML: missing closing "quote',
  ]);
  assertEquals(await saidOf("a: !secret x\n"), [
    "a.yaml:1:4: Cannot read YAML: unresolved tag: !secret\na: !secret x\n   ^",
  ]);
});

Deno.test("Text, a list and a mapping without our fields are told what is expected", async () => {
  const expected = '"listeners" and "clusters" (genkan\'s form), or "static_resources" (Envoy\'s)';
  assertEquals(await saidOf("hello\n"), [
    `a.yaml:1:1: expected a mapping with ${expected}, found plain text\nhello\n^`,
  ]);
  assertEquals(await saidOf("- a\n"), [
    `a.yaml:1:1: expected a mapping with ${expected}, found a list\n- a\n^`,
  ]);
  assertEquals(await saidOf("services: {}\n"), [
    `a.yaml:1:1: expected ${expected}, found neither\nservices: {}\n^`,
  ]);
  assertEquals(await saidOf("{}"), [`a.yaml:1:1: expected ${expected}, found neither\n{}\n^`]);
  assertEquals(await saidOf("static_resorces: {}\n"), [
    `a.yaml:1:1: static_resorces: unknown field, did you mean "static_resources"? ` +
    `Expected ${expected}\nstatic_resorces: {}\n^`,
  ]);
});

Deno.test("A file in both forms at once is refused", async () => {
  assertEquals(await saidOf("listeners: {}\nstatic_resources: {}\n"), [
    'a.yaml:2:1: static_resources: "listeners" is of genkan\'s own form and "static_resources" of ' +
    "Envoy's; use one\nstatic_resources: {}\n^",
  ]);
});

Deno.test("A second document is refused", async () => {
  assertEquals(await saidOf("listeners: {}\n---\nclusters: {}\n"), [
    "a.yaml:3:1: Cannot read YAML: a second YAML document; a configuration is one\nclusters: {}\n^",
  ]);
});

Deno.test("Every duplicate name is told, with the line of the first", async () => {
  const said = await saidOf("clusters: {}\nlisteners:\n  a: {}\n  b: {}\n  a: {}\nclusters: {}\n");
  assertEquals(said.filter((line) => line.includes("given twice")), [
    "a.yaml:5:3: listeners.a: given twice, first in line 3\n  a: {}\n  ^",
    "a.yaml:6:1: clusters: given twice, first in line 1\nclusters: {}\n^",
  ]);
});

Deno.test("Names that are no plain text are refused", async () => {
  const said = await saidOf("listeners:\n  [a, b]: x\n  <<: {}\nclusters: {}\n");
  assertMatch(said[0], "a.yaml:2:3: listeners: expected a name before the colon, found a value");
  assertMatch(said[2], 'a.yaml:3:3: listeners."<<": merge keys are not supported');
});

Deno.test("Aliases that multiply are refused before they are followed", async () => {
  const levels = Array.from({ length: 20 }, (_, level) => {
    const item = level === 0 ? "x" : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array(10).fill(item).join(", ")}]\n`;
  });
  const said = await saidOf(levels.join(""));
  assertEquals(said.length, 1);
  assertMatch(said[0], "Cannot read YAML: aliases that stand for more than 1000000 values");
});

Deno.test("An alias without its anchor, or inside of it, is refused", async () => {
  assertMatch((await saidOf("a: *b\n"))[0], /a\.yaml:1:4: .*the alias "\*b" before its anchor/);
  assertMatch(
    (await saidOf("a: &a [*a]\n"))[0],
    /a\.yaml:1:8: .*the alias "\*a" before its anchor/,
  );
});

Deno.test("A file of more than 16 MiB is refused by its size", async () => {
  assertEquals(await saidOf(new Uint8Array(16 * MEBIBYTE + 1).fill(0x61)), [
    "a.yaml: too large: found 16777217 bytes, expected at most 16777216",
  ]);
});

const REPEATED: readonly (readonly [name: string, unit: string])[] = [
  ["opening brackets", "["],
  ["opening braces with names", "{a: "],
  ["dashes", "- "],
  ["question marks", "? "],
  ["closing brackets", "]"],
  ["quotes", '"'],
  ["asterisks", "* "],
  ["percent signs", "%"],
  ["documents", "---\n"],
  ["NUL characters", "\0"],
];

for (const [name, unit] of REPEATED) {
  Deno.test(`10 MB of ${name} are one clear line`, async () => {
    const text = unit.repeat(10_000_000 / unit.length);
    const said = await saidOf(text);
    assertEquals(said.length, 1);
    assert(said[0].length < 600, said[0].slice(0, 600));
    assertMatch(said[0], /^a\.yaml(:\d+:\d+)?: /);
  });
}

Deno.test("10 MB of nested brackets are refused by their depth", async () => {
  const [said] = await saidOf("[".repeat(10_000_000));
  assertMatch(said, "Cannot read YAML: nested more than 100 deep");
});

Deno.test("Twenty thousand wrong fields are told in bounded space", async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `  listenr${index}: 1\n`);
  const said = await saidOf(`listeners:\n${lines.join("")}clusters: {}\n`);
  assertEquals(said.length, 101);
});

Deno.test("Hosts of millions of characters are refused without being taken apart", async () => {
  const host = `${"a.".repeat(2_000_000)}test`;
  const said = await saidOf(
    `listeners: { a: { address: "127.0.0.1:1", routes: [{ host: ${host}, cluster: b }] } }\n` +
      `clusters: { b: { endpoints: ["${host}:80"] } }\n`,
  );
  assertEquals(said.length, 2);
  assertMatch(said[0], 'expected a host name, "*.suffix" or "*", found "a.a.a.');
});

Deno.test("loadConfigText() takes text that is at hand", async () => {
  const text =
    "listeners: { a: { address: '127.0.0.1:1', tcp: b } }\nclusters: { b: { endpoints: [] } }";
  const { config } = await loadConfigText(text, { file: "made up", host: NO_FILES });
  assertEquals([config.file, config.frontEnd], ["made up", "native"]);
});

import { formatProblem } from "../../src/config/mod.ts";
import { quote, Report } from "../../src/config/problem.ts";
import { SourceText } from "../../src/config/source.ts";
import { ConfigError, type Problem } from "../../src/errors.ts";
import { assertEquals, assertMatch, assertThrows } from "../assert.ts";

function problemAt(text: string, part: string): Problem {
  return new SourceText("a.yaml", text).problem(text.indexOf(part), "a.b", "wrong");
}

Deno.test("formatProblem() puts the caret under the place", () => {
  assertEquals(
    formatProblem(problemAt("a:\n  b: c\n", "c")),
    "a.yaml:2:6: a.b: wrong\n  b: c\n     ^",
  );
});

Deno.test("formatProblem() puts the caret under the first and the last character of a line", () => {
  assertEquals(formatProblem(problemAt("x: y", "x")), "a.yaml:1:1: a.b: wrong\nx: y\n^");
  assertEquals(formatProblem(problemAt("x: y\r\nz", "y")), "a.yaml:1:4: a.b: wrong\nx: y\n   ^");
});

Deno.test("formatProblem() repeats tabs before the caret, so that it lines up at any width", () => {
  assertEquals(
    formatProblem(problemAt("a: {\tb:\tc}", "c")),
    "a.yaml:1:9: a.b: wrong\na: {\tb:\tc}\n    \t  \t^",
  );
});

Deno.test("formatProblem() counts characters, not UTF-16 units", () => {
  assertEquals(
    formatProblem(problemAt('{"🚪": x}', "x")),
    'a.yaml:1:7: a.b: wrong\n{"🚪": x}\n      ^',
  );
});

Deno.test("formatProblem() shows the part of a long line around the place", () => {
  const [head, line, caret] = formatProblem(problemAt(`${"a".repeat(500)}!${"b".repeat(500)}`, "!"))
    .split("\n");
  assertEquals(head, "a.yaml:1:501: a.b: wrong");
  assertEquals(line.length, 202);
  assertEquals(line[caret.length - 1], "!");
});

Deno.test("formatProblem() leaves out a line that is longer than anyone reads", () => {
  assertEquals(
    formatProblem(problemAt(`${"a".repeat(20_000)}!`, "!")),
    "a.yaml:1:20001: a.b: wrong",
  );
});

Deno.test("formatProblem() lets no control character through to the terminal", () => {
  const shown = formatProblem(problemAt("a: \x1b[31mred\u202e x", "x"));
  assertMatch(shown, "a: \ufffd[31mred\ufffd x");
});

Deno.test("formatProblem() hides what could be a line of a private key", () => {
  const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC2GdiSpVAFf5aD";
  const shown = formatProblem(problemAt(`key: ${line} x`, "x"));
  assertMatch(shown, `key: ${"*".repeat(64)} x`);
});

Deno.test("formatProblem() gives one line for a problem of the whole file", () => {
  const problem = { file: "a", line: 0, column: 0, path: "", message: "no such file", excerpt: "" };
  assertEquals(formatProblem(problem), "a: no such file");
});

Deno.test("quote() escapes what a terminal would act on, and cuts what is long", () => {
  assertEquals(quote('a"b\n\x9b\u202e'), '"a\\"b\\n\\u009b\\u202e"');
  assertEquals(quote("x".repeat(100)), `"${"x".repeat(60)}"…`);
});

Deno.test("Report.close() gives the problems by place, each one once", () => {
  const report = new Report(new SourceText("a.yaml", "x\ny\n"));
  report.error(2, "y", "second");
  report.error(0, "x", "first");
  report.error(2, "z", "second");
  const { problems } = assertThrows(() => report.close(), ConfigError);
  assertEquals(problems.map(({ message }) => message), ["first", "second"]);
});

Deno.test("Report.close() shows a hundred problems and counts the rest", () => {
  const report = new Report(new SourceText("a.yaml", "x".repeat(5000)));
  for (let at = 0; at < 5000; at++) report.error(at, "", "wrong");
  const { problems } = assertThrows(() => report.close(), ConfigError);
  assertEquals(problems.length, 101);
  assertEquals(formatProblem(problems[100]), "a.yaml: 4900 more problems are not shown");
});

Deno.test("Report.close() gives the warnings when nothing is wrong", () => {
  const report = new Report(new SourceText("a.yaml", "x"));
  report.warning(0, "x", "careful");
  assertEquals(report.close().map(({ message }) => message), ["careful"]);
});

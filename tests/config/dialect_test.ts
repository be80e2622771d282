import { ENVOY, formatDuration, formatSize, NATIVE, parseSize } from "../../src/config/dialect.ts";
import fc from "fast-check";
import { assertEquals } from "../assert.ts";

const plain = (text: string) => ({ kind: "scalar", at: 0, text, plain: true }) as const;
const quoted = (text: string) => ({ kind: "scalar", at: 0, text, plain: false }) as const;

const DURATION = "a duration with its unit, such as 30s, 500ms, 1m30s or 1h";

Deno.test("NATIVE reads durations of one or several units, and 0", () => {
  const cases: [string, number][] = [
    ["30s", 30_000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1h", 3_600_000],
    ["1.5h", 5_400_000],
    ["0.25s", 250],
    ["1h1m1s1ms", 3_661_001],
    ["0", 0],
    ["0s", 0],
    ["0.0001s", 1],
    ["576h", 2_073_600_000],
  ];
  for (const [text, value] of cases) assertEquals(NATIVE.duration(plain(text)), { value }, text);
});

Deno.test("NATIVE refuses a duration without a unit, out of order, negative or too long", () => {
  for (const text of ["30", "", "s", "1s1m", "-1s", "1d", "1 s", "1e3s", ".5s", "1.5ms"]) {
    assertEquals(NATIVE.duration(plain(text)), { expected: DURATION }, text);
  }
  assertEquals(NATIVE.duration(plain("577h")), { expected: "at most 24 days (576h)" });
});

Deno.test("formatDuration() writes what NATIVE reads back", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2_073_600_000 }), (milliseconds) => {
    assertEquals(NATIVE.duration(plain(formatDuration(milliseconds))), { value: milliseconds });
  }));
});

const ANY_SIZE = { min: 0, max: 2 ** 50 };

Deno.test("parseSize() reads bytes, KiB, MiB and GiB, rounded up to whole bytes", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["500", 500],
    ["60KiB", 61_440],
    ["10MiB", 10_485_760],
    ["2GiB", 2_147_483_648],
    ["1.5KiB", 1536],
    ["0.0001KiB", 1],
    ["0KiB", 0],
  ];
  for (const [text, value] of cases) assertEquals(parseSize(text, ANY_SIZE), { value }, text);
});

Deno.test("parseSize() tells how to write a unit that may be 1000 or 1024", () => {
  const expected = "a size in bytes, or in KiB, MiB or GiB";
  const cases: [string, string][] = [
    ["10MB", "; write 10MiB"],
    ["10m", "; write 10MiB"],
    ["1.5 GB", "; write 1.5GiB"],
    ["8 KiB", "; write 8KiB"],
    ["64k", "; write 64KiB"],
    ["1kib", "; write 1KiB"],
  ];
  for (const [text, hint] of cases) {
    assertEquals(parseSize(text, ANY_SIZE), { expected, hint }, text);
  }
  for (
    const text of ["", "1.5", "-1", "+1", "1e3", "0x10", "10TiB", ".5KiB", "1.KiB", "KiB", " 1"]
  ) {
    assertEquals(parseSize(text, ANY_SIZE), { expected, hint: "" }, text);
  }
});

Deno.test("parseSize() keeps to its bounds", () => {
  const bounds = { min: 1024, max: 8 * 1024 * 1024 };
  const expected = "a size from 1KiB to 8MiB";
  for (const text of ["1023", "0", "8388609", "9MiB", "9".repeat(400)]) {
    assertEquals(parseSize(text, bounds), { expected }, text);
  }
  assertEquals(parseSize("1024", bounds), { value: 1024 });
  assertEquals(parseSize("8MiB", bounds), { value: bounds.max });
});

Deno.test("formatSize() writes what parseSize() reads back, in the largest even unit", () => {
  assertEquals([0, 500, 1024, 1536, 61_440, 2 ** 20, 3 * 2 ** 30].map(formatSize), [
    "0",
    "500",
    "1KiB",
    "1536",
    "60KiB",
    "1MiB",
    "3GiB",
  ]);
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
    assertEquals(parseSize(formatSize(bytes), ANY_SIZE), { value: bytes });
  }));
});

Deno.test("ENVOY reads durations as proto3 JSON has them", () => {
  const cases: [string, number][] = [["15s", 15_000], ["0.25s", 250], ["0s", 0], [
    "1.000000001s",
    1001,
  ]];
  for (const [text, value] of cases) assertEquals(ENVOY.duration(plain(text)), { value }, text);
  for (const text of ["15", "1m", "250ms", ".5s", "-1s", "1.0000000001s", "s"]) {
    const expected = "a duration in seconds, such as 15s or 0.25s";
    assertEquals(ENVOY.duration(plain(text)), { expected }, text);
  }
});

Deno.test("ENVOY reads YAML 1.1 booleans in their three spellings, in quotes or not", () => {
  for (const text of ["y", "Y", "yes", "Yes", "YES", "on", "ON", "true", "True", "TRUE"]) {
    assertEquals(ENVOY.boolean(plain(text)), { value: true }, text);
  }
  for (const text of ["n", "N", "no", "No", "NO", "off", "Off", "false", "FALSE"]) {
    assertEquals(ENVOY.boolean(quoted(text)), { value: false }, text);
  }
  for (const text of ["oFf", "yEs", "1", "0", "maybe"]) {
    assertEquals(ENVOY.boolean(plain(text)), { expected: "true or false" }, text);
  }
});

Deno.test("ENVOY takes no whole number and no boolean for text, unless in quotes", () => {
  const hint = "; put it in quotes";
  assertEquals(ENVOY.text(plain("on")), { expected: "text", found: "the boolean on", hint });
  assertEquals(ENVOY.text(plain("0x1F")), { expected: "text", found: "the number 0x1F", hint });
  assertEquals(ENVOY.text(quoted("on")), { value: "on" });
  assertEquals(ENVOY.text(plain("1.5")), { value: "1.5" });
});

Deno.test("NATIVE takes a number for text, but no boolean", () => {
  assertEquals(NATIVE.text(plain("8080")), { value: "8080" });
  assertEquals(NATIVE.text(plain("no")), { value: "no" });
  assertEquals(NATIVE.text(quoted("true")), { value: "true" });
  const hint = "; put it in quotes";
  assertEquals(NATIVE.text(plain("true")), { expected: "text", found: "the boolean true", hint });
});

Deno.test("ENVOY takes numbers as text and with a zero fraction, NATIVE as they are", () => {
  assertEquals(ENVOY.integer(quoted("80")), { value: 80 });
  assertEquals(ENVOY.integer(plain("80.0")), { value: 80 });
  assertEquals(NATIVE.integer(plain("80")), { value: 80 });
  for (const text of ["80.5", "-1", "1e3", "0x50", "", "9".repeat(20)]) {
    assertEquals(ENVOY.integer(plain(text)), { expected: "a whole number" }, text);
  }
  assertEquals(NATIVE.integer(quoted("80")), { expected: "a whole number" });
});

Deno.test("ENVOY takes camelCase for its names, NATIVE doesn't", () => {
  assertEquals(ENVOY.field("filterChainMatch"), "filter_chain_match");
  assertEquals(ENVOY.field("filter_chain_match"), "filter_chain_match");
  assertEquals(NATIVE.field("connectTimeout"), "connectTimeout");
});

import { HeaderMap } from "../../src/http/mod.ts";
import { assertEquals } from "../assert.ts";

/** Two fields of one name, around another. */
function mixed(): HeaderMap {
  return HeaderMap.of(["set-cookie", "a=1"], ["date", "now"], ["set-cookie", "b=2"]);
}

Deno.test("HeaderMap keeps the order of fields, and duplicates (RFC 9110 §5.3)", () => {
  const map = mixed();
  map.append("date", "later");
  assertEquals([...map], [
    ["set-cookie", "a=1"],
    ["date", "now"],
    ["set-cookie", "b=2"],
    ["date", "later"],
  ]);
  assertEquals(map.size, 4);
});

Deno.test("HeaderMap.get() gives the first value, or null", () => {
  assertEquals(mixed().get("set-cookie"), "a=1");
  assertEquals(mixed().get("cookie"), null);
  assertEquals(HeaderMap.of(["x", ""]).get("x"), "");
});

Deno.test("HeaderMap.getAll() gives the values of one name, in order", () => {
  assertEquals(mixed().getAll("set-cookie"), ["a=1", "b=2"]);
  assertEquals(mixed().getAll("cookie"), []);
});

Deno.test("HeaderMap.joined() makes one list of several fields (RFC 9110 §5.3)", () => {
  assertEquals(mixed().joined("set-cookie"), "a=1, b=2");
  assertEquals(mixed().joined("date"), "now");
  assertEquals(mixed().joined("cookie"), null);
  assertEquals(HeaderMap.of(["x", ""], ["x", ""]).joined("x"), ", ");
});

Deno.test("HeaderMap.has() is true for an empty value too", () => {
  assertEquals(HeaderMap.of(["x", ""]).has("x"), true);
  assertEquals(mixed().has("date"), true);
  assertEquals(mixed().has("x"), false);
});

Deno.test("HeaderMap.set() leaves one field of the name, in place of the first", () => {
  const map = mixed();
  map.set("set-cookie", "c=3");
  assertEquals([...map], [["set-cookie", "c=3"], ["date", "now"]]);
});

Deno.test("HeaderMap.set() appends a name that isn't there", () => {
  const map = mixed();
  map.set("via", "x");
  assertEquals(map.names, ["set-cookie", "date", "set-cookie", "via"]);
  assertEquals(map.values.at(-1), "x");
});

Deno.test("HeaderMap.remove() takes every field of the name and no other", () => {
  const map = mixed();
  map.remove("set-cookie");
  assertEquals([...map], [["date", "now"]]);
  map.remove("set-cookie");
  assertEquals(map.size, 1);
});

Deno.test("HeaderMap takes names that an object would trip over", () => {
  const map = HeaderMap.of(["__proto__", "1"], ["constructor", "2"]);
  assertEquals(map.get("__proto__"), "1");
  assertEquals(map.get("constructor"), "2");
  assertEquals(map.get("toString"), null);
});

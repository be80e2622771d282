import { closest } from "../../src/config/suggest.ts";
import { assertEquals } from "../assert.ts";

const FIELDS = ["address", "access_log", "connect_timeout", "name", "tls"];

Deno.test("closest() finds letters that are missing, too many, wrong or swapped", () => {
  for (const word of ["adress", "addresss", "addrezs", "addrses"]) {
    assertEquals(closest(word, FIELDS), "address", word);
  }
});

Deno.test("closest() takes other ways to join words for the same name", () => {
  assertEquals(closest("connectTimeout", FIELDS), "connect_timeout");
  assertEquals(closest("Access-Log", FIELDS), "access_log");
});

Deno.test("closest() suggests nothing for a word that is far from all", () => {
  assertEquals(closest("ciphers", FIELDS), null);
  assertEquals(closest("address".repeat(20), FIELDS), null);
  assertEquals(closest("x", []), null);
});

Deno.test("closest() prefers the nearer of two", () => {
  assertEquals(closest("prefx", ["path", "prefix", "prefixes"]), "prefix");
});

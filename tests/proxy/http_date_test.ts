import { HttpDate } from "../../src/proxy/http_date.ts";
import { assertEquals } from "../assert.ts";

Deno.test("A date is written as HTTP writes it, and follows the clock by the second", () => {
  let now = Date.UTC(1994, 10, 6, 8, 49, 37, 0);
  const date = new HttpDate(() => now);
  assertEquals(date.current(), "Sun, 06 Nov 1994 08:49:37 GMT");
  now += 999;
  assertEquals(date.current(), "Sun, 06 Nov 1994 08:49:37 GMT");
  now += 1;
  assertEquals(date.current(), "Sun, 06 Nov 1994 08:49:38 GMT");
  now -= 1_000;
  assertEquals(date.current(), "Sun, 06 Nov 1994 08:49:37 GMT");
});

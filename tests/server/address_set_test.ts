import { AddressSet } from "../../src/server/address_set.ts";
import { assertEquals } from "../assert.ts";

const CASES: readonly (readonly [network: string, address: string, isIn: boolean])[] = [
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["192.0.2.128/25", "192.0.2.128", true],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.8", false],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["::/0", "::1", true],
  ["127.0.0.0/8", "::ffff:127.0.0.1", true],
  ["::1", "127.0.0.1", false],
  ["0.0.0.0/0", "/run/genkan.sock", false],
];

for (const [network, address, isIn] of CASES) {
  Deno.test(`${address} is ${isIn ? "" : "not "}in ${network}`, () => {
    assertEquals(new AddressSet([network]).has(address), isIn);
  });
}

Deno.test("Any of several networks will do, and of none no address is in", () => {
  const set = new AddressSet(["10.0.0.0/8", "fd00::/8"]);
  assertEquals([set.has("10.1.1.1"), set.has("fd12::1"), set.has("9.9.9.9")], [true, true, false]);
  assertEquals(new AddressSet([]).has("127.0.0.1"), false);
});

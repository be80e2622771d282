import { reasonPhrase } from "../../src/http/mod.ts";
import { assertEquals } from "../assert.ts";

const PHRASES: readonly (readonly [status: number, phrase: string])[] = [
  [100, "Continue"],
  [200, "OK"],
  [207, "Multi-Status"],
  [302, "Found"],
  [400, "Bad Request"],
  [408, "Request Timeout"],
  [413, "Payload Too Large"],
  [426, "Upgrade Required"],
  [431, "Request Header Fields Too Large"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [507, "Insufficient Storage"],
  [511, "Network Authentication Required"],
];

for (const [status, phrase] of PHRASES) {
  Deno.test(`${status} is ${phrase}, as Envoy writes it`, () => {
    assertEquals(reasonPhrase(status), phrase);
  });
}

Deno.test("A status that isn't registered is Unknown, as Envoy writes it", () => {
  assertEquals(reasonPhrase(299), "Unknown");
  assertEquals(reasonPhrase(598), "Unknown");
});

Deno.test("451 has its phrase, though Envoy doesn't know it (RFC 7725 §3)", () => {
  assertEquals(reasonPhrase(451), "Unavailable For Legal Reasons");
});

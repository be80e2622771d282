import { HeaderMap } from "../../../src/http/mod.ts";
import { mayKnow } from "../../../src/proxy/explain/mod.ts";
import { assertEquals } from "../../assert.ts";

const NONE = new HeaderMap();

function withField(name: string): HeaderMap {
  const headers = new HeaderMap();
  headers.append(name, "127.0.0.1");
  return headers;
}

Deno.test("Clients on this machine may know, by any of its loopback addresses", () => {
  for (const peer of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "::FFFF:127.0.0.1"]) {
    assertEquals(mayKnow("loopback", { peer, headers: NONE }), true, peer);
  }
});

Deno.test("Clients elsewhere may not, however alike their address looks", () => {
  const peers = [
    "192.0.2.1",
    "128.0.0.1",
    "10.127.0.1",
    "::2",
    "::ffff:10.0.0.1",
    "1::1",
    "127.0.0.1.example",
    "127.0.0",
    "2127.0.0.1",
    "::ffff:127.0.0.1:80",
    "",
  ];
  for (const peer of peers) {
    assertEquals(mayKnow("loopback", { peer, headers: NONE }), false, peer);
  }
});

Deno.test("A request that came through a proxy on this machine is not from this machine", () => {
  const fields = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
  ];
  for (const field of fields) {
    const headers = withField(field);
    assertEquals(mayKnow("loopback", { peer: "127.0.0.1", headers }), false, field);
    assertEquals(mayKnow("detailed", { peer: "127.0.0.1", headers }), true, field);
  }
  assertEquals(mayKnow("loopback", { peer: "::1", headers: withField("x-other") }), true);
});

Deno.test("Short tells nobody and detailed tells everybody", () => {
  for (const peer of ["127.0.0.1", "192.0.2.1"]) {
    assertEquals(mayKnow("short", { peer, headers: NONE }), false);
    assertEquals(mayKnow("detailed", { peer, headers: NONE }), true);
  }
});

import { HeaderMap, type RequestHead } from "../../src/http/mod.ts";
import { ProtocolError } from "../../src/errors.ts";
import { httpsLocation } from "../../src/proxy/https_redirect.ts";
import { assertEquals, assertThrows } from "../assert.ts";

/** A GET for that path at that authority. */
function head(authority: string, path = "/"): RequestHead {
  return {
    method: "GET",
    target: path,
    path,
    authority,
    minorVersion: 1,
    headers: HeaderMap.of(["host", authority]),
    framing: { kind: "none" },
  };
}

Deno.test("httpsLocation() keeps host, path and query, and the port that the client came to", () => {
  const cases: readonly (readonly [authority: string, path: string, location: string])[] = [
    ["app.test:10000", "/a?b=c", "https://app.test:10000/a?b=c"],
    ["app.test:8443", "/", "https://app.test:8443/"],
    ["app.test", "/", "https://app.test:10000/"],
    ["app.test:443", "/", "https://app.test/"],
    ["[::1]", "/", "https://[::1]:10000/"],
    ["[::1]:9", "/", "https://[::1]:9/"],
    ["app.test", "//evil.test/x", "https://app.test:10000//evil.test/x"],
    ["app.test", "*", "https://app.test:10000"],
  ];
  for (const [authority, path, location] of cases) {
    assertEquals(httpsLocation(head(authority, path), 10000), location);
  }
});

Deno.test("httpsLocation() leaves out the port that https:// has anyway", () => {
  assertEquals(httpsLocation(head("app.test", "/x"), 443), "https://app.test/x");
});

Deno.test("httpsLocation() has nowhere to lead without a host, as HTTP/1.0 may come", () => {
  const error = assertThrows(() => httpsLocation(head(""), 443), ProtocolError);
  assertEquals([error.code, error.status], ["no_host", 400]);
});

import { echoAnswer, type EchoRequest } from "../../../src/cli/echo/answer.ts";
import { HeaderMap } from "../../../src/http/mod.ts";
import { assertEquals } from "../../assert.ts";

function request(parts: Partial<EchoRequest>): EchoRequest {
  return {
    method: "GET",
    path: "/",
    headers: HeaderMap.of(["host", "localhost:10000"]),
    body: new Uint8Array(),
    peer: "127.0.0.1",
    serverName: undefined,
    ...parts,
  };
}

Deno.test("The echo says what arrived, with the sandbox's field names in its order", () => {
  const answer = echoAnswer(
    request({
      method: "POST",
      path: "/a%20b?x=1&y=2&x=3",
      headers: HeaderMap.of(["host", "a.b.app.test:10000"], ["x-forwarded-proto", "https"]),
      body: new TextEncoder().encode("grüße"),
    }),
    "service-http",
  );
  assertEquals(answer, {
    path: "/a%20b",
    headers: { host: "a.b.app.test:10000", "x-forwarded-proto": "https" },
    method: "POST",
    body: "grüße",
    fresh: false,
    hostname: "a.b.app.test",
    ip: "127.0.0.1",
    ips: [],
    protocol: "https",
    query: { x: ["1", "3"], y: "2" },
    subdomains: ["b", "a"],
    xhr: false,
    os: { hostname: "service-http" },
    connection: {},
  });
  assertEquals(Object.keys(answer), [
    "path",
    "headers",
    "method",
    "body",
    "fresh",
    "hostname",
    "ip",
    "ips",
    "protocol",
    "query",
    "subdomains",
    "xhr",
    "os",
    "connection",
  ]);
});

Deno.test("connection.servername is the name asked for, false without SNI, absent without TLS", () => {
  const servername = (serverName: string | false | undefined) =>
    echoAnswer(request({ serverName }), "s").connection;
  assertEquals(servername("localhost"), { servername: "localhost" });
  assertEquals(servername(false), { servername: false });
  assertEquals(servername(undefined), {});
});

Deno.test("Behind TLS the protocol is https without x-forwarded-proto", () => {
  assertEquals(echoAnswer(request({ serverName: false }), "s").protocol, "https");
  assertEquals(echoAnswer(request({}), "s").protocol, "http");
});

Deno.test("x-forwarded-for is believed from private addresses, as far as it is private", () => {
  const seen = (peer: string, forwarded: string) => {
    const headers = HeaderMap.of(["host", "a"], ["x-forwarded-for", forwarded]);
    const { ip, ips } = echoAnswer(request({ peer, headers }), "s");
    return [ip, ...ips];
  };
  assertEquals(seen("127.0.0.1", "203.0.113.9"), ["203.0.113.9", "203.0.113.9"]);
  assertEquals(seen("10.1.1.1", "1.1.1.1, 2.2.2.2, 192.168.0.9"), [
    "2.2.2.2",
    "2.2.2.2",
    "192.168.0.9",
  ]);
  assertEquals(seen("203.0.113.1", "1.1.1.1"), ["203.0.113.1"]);
});

Deno.test("Fields of one name are joined, except those that make no sense twice", () => {
  const headers = HeaderMap.of(
    ["host", "a"],
    ["x-tag", "1"],
    ["cookie", "a=1"],
    ["x-tag", "2"],
    ["cookie", "b=2"],
    ["user-agent", "first"],
    ["user-agent", "second"],
    ["__proto__", "odd"],
  );
  const { headers: joined } = echoAnswer(request({ headers }), "s");
  assertEquals(Object.entries(joined), [
    ["host", "a"],
    ["x-tag", "1, 2"],
    ["cookie", "a=1; b=2"],
    ["user-agent", "first"],
    ["__proto__", "odd"],
  ]);
});

Deno.test("A JSON body is there once more as json, unless it isn't JSON after all", () => {
  const answer = (body: string) =>
    echoAnswer(
      request({
        headers: HeaderMap.of(["host", "a"], ["content-type", "Application/JSON; charset=utf-8"]),
        body: new TextEncoder().encode(body),
      }),
      "s",
    );
  assertEquals(answer('{"a":[1]}').json, { a: [1] });
  assertEquals("json" in answer("{"), false);
});

Deno.test("An address has no subdomains, and hostname has no port", () => {
  const of = (host: string) => {
    const { hostname, subdomains } = echoAnswer(
      request({ headers: HeaderMap.of(["host", host]) }),
      "s",
    );
    return [hostname, ...subdomains];
  };
  assertEquals(of("10.20.30.40:8080"), ["10.20.30.40"]);
  assertEquals(of("[::1]:8080"), ["[::1]"]);
  assertEquals(of("localhost"), ["localhost"]);
});

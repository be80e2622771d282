import { ProtocolError } from "../../src/errors.ts";
import { HeaderMap, type RequestHead } from "../../src/http/mod.ts";
import { parseConnection } from "../../src/http1/mod.ts";
import { NO_CLIENT_CERTIFICATE } from "../../src/proxy/client_certificate.ts";
import {
  type ForwardedRequest,
  type ForwardOptions,
  forwardRequest,
} from "../../src/proxy/forward_request.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

type Field = readonly [name: string, value: string];
type Mode = ForwardOptions["mode"];

const MODES: readonly Mode[] = ["replace", "append", "keep"];

/** Forwards a GET with these fields besides its Host, as the exchange does. */
function forward(
  fields: readonly Field[],
  options: Partial<ForwardOptions> & { path?: string | null; tls?: boolean } = {},
): ForwardedRequest {
  const headers = HeaderMap.of(["host", "app.test"], ...fields);
  const head: RequestHead = {
    method: "GET",
    target: "/a?b=c",
    path: "/a?b=c",
    authority: "app.test",
    minorVersion: 1,
    headers,
    framing: { kind: "none" },
  };
  return forwardRequest(head, {
    mode: "keep",
    clientCert: "sanitize",
    downstream: { peer: "192.0.2.7", tls: options.tls ?? false, client: NO_CLIENT_CERTIFICATE },
    timeoutMs: 15_000,
    path: null,
    nominated: parseConnection(headers).nominated,
    upgrade: null,
    hops: 0,
    newId: () => "new-id",
    ...options,
  });
}

/** What became of one field: its values as the upstream gets them. */
function sent(field: Field, mode: Mode = "keep"): string[] {
  return forward([field], { mode }).headers.getAll(field[0]);
}

Deno.test("What a hop keeps to itself never reaches the upstream", () => {
  for (
    const field of [
      ["connection", "close"],
      ["connection", "keep-alive"],
      ["keep-alive", "timeout=5"],
      ["proxy-connection", "keep-alive"],
      ["transfer-encoding", "chunked"],
      ["content-length", "5"],
      ["upgrade", "websocket"],
      ["http2-settings", "AAMAAABk"],
      ["expect", "100-continue"],
      ["x-forwarded-client-cert", "Hash=00"],
    ] as const
  ) {
    for (const mode of MODES) assertEquals(sent(field, mode), [], `${field[0]}, ${mode}`);
  }
});

Deno.test("Every other field goes on as it came, in order and with its duplicates", () => {
  const fields: Field[] = [
    ["accept", "*/*"],
    ["cookie", "a=1"],
    ["x-custom", "one"],
    ["cookie", "b=2"],
    ["x-custom", "two"],
    ["authorization", "Basic eDp5"],
    ["forwarded", "for=192.0.2.1"],
  ];
  const { names, values } = forward(fields).headers;
  const all = names.map((name, at): Field => [name, values[at]]);
  assertEquals(all.slice(0, fields.length + 1), [["host", "app.test"], ...fields]);
});

Deno.test("TE is reduced to trailers or removed", () => {
  for (
    const [value, expected] of [
      ["trailers", ["trailers"]],
      ["Trailers", ["trailers"]],
      ["gzip, trailers;q=0.5", ["trailers"]],
      ["gzip", []],
      ["deflate;q=0.5, x-trailers", []],
      ["", []],
    ] as const
  ) {
    assertEquals(sent(["te", value]), expected, value);
  }
});

Deno.test("A Referer that no browser would send is dropped", () => {
  for (
    const [value, kept] of [
      ["https://app.test/page?x=1", true],
      ["https://app.test", true],
      ["/page", true],
      ["/a:b", true],
      ["", true],
      ["https://app.test/page#part", false],
      ["https://user@app.test/", false],
      ["https://user:secret@app.test/", false],
      ["javascript:alert(1)", false],
      ['https://my_app.test/a[b]|c?d="e"', true],
      ["http://[::1]:80/x", true],
      ["android-app://com.example", true],
      ["?a=b", true],
      ["not a url", false],
      ["/a[b]", false],
      ["https://app.test:port/", false],
      ["https://app.test/a b", false],
      ["https://app.test/caf\xe9", false],
      ["https:///page", false],
      ["about:blank", false],
    ] as const
  ) {
    assertEquals(sent(["referer", value]), kept ? [value] : [], value);
  }
});

Deno.test("Client-sent fields that steer Envoy are stripped in every mode", () => {
  for (
    const name of [
      "x-envoy-internal",
      "x-envoy-retry-on",
      "x-envoy-max-retries",
      "x-envoy-upstream-rq-timeout-ms",
      "x-envoy-upstream-alt-stat-name",
      "x-envoy-expected-rq-timeout-ms",
    ]
  ) {
    for (const mode of MODES) {
      const values = sent([name, "forged"], mode);
      assert(!values.includes("forged"), `${name}, ${mode}: ${values}`);
    }
  }
});

Deno.test("What another Envoy tells of the client passes in keep mode alone", () => {
  for (const name of ["x-envoy-external-address", "x-envoy-original-path", "x-envoy-other"]) {
    assertEquals(sent([name, "told"], "keep"), ["told"], name);
    for (const mode of ["append", "replace"] as const) {
      assert(!sent([name, "told"], mode).includes("told"), `${name}, ${mode}`);
    }
  }
  const rewritten = forward([["x-envoy-original-path", "/other"]], { path: "/inside" });
  assertEquals(rewritten.headers.getAll("x-envoy-original-path"), ["/a?b=c"]);
});

Deno.test("An expectation other than 100-continue is the upstream's to answer", () => {
  assertEquals(sent(["expect", "100-Continue"]), []);
  assertEquals(sent(["expect", "something"]), ["something"]);
});

Deno.test("An empty forwarding field or request id counts as none", () => {
  assertEquals(sent(["x-forwarded-for", ""], "append"), ["192.0.2.7"]);
  assertEquals(sent(["x-forwarded-proto", ""], "keep"), ["http"]);
  assertEquals(sent(["x-request-id", ""], "keep"), ["new-id"]);
});

Deno.test("keep leaves x-forwarded-for alone and sets x-forwarded-proto only when missing", () => {
  assertEquals(sent(["x-forwarded-for", "198.51.100.1"]), ["198.51.100.1"]);
  assertEquals(forward([]).headers.get("x-forwarded-for"), null);
  assertEquals(sent(["x-forwarded-proto", "https"]), ["https"]);
  assertEquals(forward([]).headers.get("x-forwarded-proto"), "http");
  assertEquals(forward([], { tls: true }).headers.get("x-forwarded-proto"), "https");
  assertEquals(sent(["x-forwarded-host", "other.test"]), ["other.test"]);
  assertEquals(forward([]).headers.get("x-envoy-external-address"), null);
});

Deno.test("append adds the peer to x-forwarded-for, overwrites the proto, tells the address", () => {
  const fields: Field[] = [["x-forwarded-for", "198.51.100.1"], ["x-forwarded-proto", "https"]];
  const { headers } = forward(fields, { mode: "append" });
  assertEquals(headers.getAll("x-forwarded-for"), ["198.51.100.1,192.0.2.7"]);
  assertEquals(headers.getAll("x-forwarded-proto"), ["http"]);
  assertEquals(headers.getAll("x-envoy-external-address"), ["192.0.2.7"]);
  const bare = forward([], { mode: "append" }).headers;
  assertEquals(bare.getAll("x-forwarded-for"), ["192.0.2.7"]);
});

Deno.test("append joins x-forwarded-for that came in several fields, in their order", () => {
  const fields: Field[] = [["x-forwarded-for", "198.51.100.1"], ["x-forwarded-for", "10.0.0.1"]];
  const { headers } = forward(fields, { mode: "append" });
  assertEquals(headers.getAll("x-forwarded-for"), ["198.51.100.1,10.0.0.1,192.0.2.7"]);
});

Deno.test("replace believes nothing of what a client says of where it comes from", () => {
  const forged: Field[] = [
    ["x-forwarded-for", "198.51.100.1"],
    ["x-forwarded-proto", "https"],
    ["x-forwarded-host", "other.test"],
    ["x-forwarded-port", "1"],
    ["x-real-ip", "198.51.100.1"],
    ["forwarded", "for=198.51.100.1"],
    ["x-request-id", "forged"],
  ];
  const { headers } = forward(forged, { mode: "replace" });
  assertEquals(headers.getAll("x-forwarded-for"), ["192.0.2.7"]);
  assertEquals(headers.getAll("x-forwarded-host"), ["app.test"]);
  assertEquals(headers.getAll("x-forwarded-proto"), ["http"]);
  assertEquals(headers.getAll("x-request-id"), ["new-id"]);
  for (const name of ["x-forwarded-port", "x-real-ip", "forwarded"]) {
    assertEquals(headers.getAll(name), [], name);
  }
});

Deno.test("x-request-id is kept in keep mode, and made where it is missing or at the edge", () => {
  for (
    const [mode, expected] of [["keep", "theirs"], ["append", "new-id"], [
      "replace",
      "new-id",
    ]] as const
  ) {
    const kept = forward([["x-request-id", "theirs"]], { mode });
    assertEquals(kept.headers.getAll("x-request-id"), [expected], mode);
    assertEquals(kept.id, expected, mode);
    const made = forward([], { mode });
    assertEquals([made.headers.getAll("x-request-id"), made.id], [["new-id"], "new-id"], mode);
  }
});

Deno.test("The upstream is told the route's timeout, unless there is none", () => {
  const name = "x-envoy-expected-rq-timeout-ms";
  assertEquals(forward([]).headers.getAll(name), ["15000"]);
  assertEquals(forward([[name, "1"]], { timeoutMs: 30_000 }).headers.getAll(name), ["30000"]);
  assertEquals(forward([], { timeoutMs: 0 }).headers.getAll(name), []);
});

Deno.test("A field that Connection nominates is removed, and no other", () => {
  const fields: Field[] = [
    ["connection", "X-Hop, keep-alive"],
    ["x-hop", "1"],
    ["x-hop", "2"],
    ["x-end", "3"],
  ];
  const { headers } = forward(fields);
  assertEquals(headers.getAll("x-hop"), []);
  assertEquals(headers.getAll("x-end"), ["3"]);
});

Deno.test("Ten tokens in Connection are refused with 400, and nine are not", () => {
  const tokens = Array.from({ length: 10 }, (_, at) => `x-${at}`);
  assertEquals(forward([["connection", tokens.slice(1).join(", ")]]).method, "GET");
  const error = assertThrows(() => forward([["connection", tokens.join(",")]]), ProtocolError);
  assertEquals(error.status, 400);
  const spread = tokens.map((token): Field => ["connection", token]);
  assertEquals(assertThrows(() => forward(spread), ProtocolError).status, 400, "in ten fields");
});

Deno.test("To nominate what the next hop needs is refused with 400", () => {
  for (
    const name of ["x-forwarded-for", "X-Forwarded-Host", "x-forwarded-proto", ":path", "host"]
  ) {
    const run = () => forward([["connection", `close, ${name}`]]);
    assertEquals(assertThrows(run, ProtocolError).status, 400, name);
  }
});

Deno.test("A rewritten path is sent, and the one that came is told", () => {
  const rewritten = forward([], { path: "/inside?b=c" });
  assertEquals(rewritten.target, "/inside?b=c");
  assertEquals(rewritten.headers.getAll("x-envoy-original-path"), ["/a?b=c"]);
  const same = forward([]);
  assertEquals(same.target, "/a?b=c");
  assertEquals(same.headers.getAll("x-envoy-original-path"), []);
});

Deno.test("The incoming head is not changed", () => {
  const fields: Field[] = [["connection", "x-hop"], ["x-hop", "1"], ["te", "gzip"]];
  const headers = HeaderMap.of(["host", "app.test"], ...fields);
  const before = JSON.stringify([headers.names, headers.values]);
  forwardRequest({
    method: "GET",
    target: "/",
    path: "/",
    authority: "app.test",
    minorVersion: 1,
    headers,
    framing: { kind: "none" },
  }, {
    mode: "replace",
    clientCert: "sanitize",
    downstream: { peer: "192.0.2.7", tls: true, client: NO_CLIENT_CERTIFICATE },
    timeoutMs: 1,
    path: "/other",
    nominated: ["x-hop"],
    upgrade: null,
    hops: 0,
    newId: () => "id",
  });
  assertEquals(JSON.stringify([headers.names, headers.values]), before);
});

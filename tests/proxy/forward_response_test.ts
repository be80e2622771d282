import { type Framing, HeaderMap } from "../../src/http/mod.ts";
import {
  forwardInformational,
  forwardResponse,
  type ForwardResponseOptions,
  forwardSwitch,
} from "../../src/proxy/forward_response.ts";
import { assertEquals } from "../assert.ts";

type Field = readonly [name: string, value: string];

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

/** A session that says so of its connection. */
function sessionThat(connectionOption: "close" | "keep-alive" | null) {
  return { connectionOption, willClose: () => {} };
}

/** Forwards a response with these fields. */
function forward(
  fields: readonly Field[],
  given: Partial<ForwardResponseOptions> & { status?: number; framing?: Framing } = {},
) {
  const { status = 200, framing = { kind: "none" }, ...options } = given;
  const headers = HeaderMap.of(...fields);
  return forwardResponse({ status, reason: "Fine", minorVersion: 1, headers, framing }, {
    method: "GET",
    minorVersion: 1,
    session: sessionThat(null),
    serviceTimeMs: 12,
    date: DATE,
    ...options,
  });
}

Deno.test("What a hop keeps to itself never reaches the client", () => {
  for (
    const [name, value] of [
      ["connection", "keep-alive"],
      ["connection", "close"],
      ["keep-alive", "timeout=5"],
      ["proxy-connection", "close"],
      ["transfer-encoding", "chunked"],
      ["content-length", "5"],
      ["upgrade", "h2c"],
    ] as const
  ) {
    assertEquals(forward([[name, value]]).headers.getAll(name), [], name);
  }
});

Deno.test("Every other field goes on as it came, in order and with its duplicates", () => {
  const fields: Field[] = [
    ["set-cookie", "a=1"],
    ["content-type", "text/html"],
    ["set-cookie", "b=2"],
    ["content-encoding", "gzip"],
    ["date", "yesterday"],
  ];
  const { names, values } = forward(fields).headers;
  const all = names.map((name, at): Field => [name, values[at]]);
  assertEquals(all.slice(0, fields.length), fields);
});

Deno.test("server is overwritten", () => {
  assertEquals(forward([["server", "nginx"]]).headers.getAll("server"), ["genkan"]);
  assertEquals(forward([]).headers.getAll("server"), ["genkan"]);
});

Deno.test("date is added only where it is missing", () => {
  assertEquals(forward([["date", "theirs"]]).headers.getAll("date"), ["theirs"]);
  assertEquals(forward([]).headers.getAll("date"), [DATE]);
});

Deno.test("x-envoy-upstream-service-time is ours alone", () => {
  const name = "x-envoy-upstream-service-time";
  assertEquals(forward([[name, "forged"]]).headers.getAll(name), ["12"]);
});

Deno.test("A field that the upstream's Connection nominates is removed", () => {
  const { headers } = forward([["connection", "X-Hop"], ["x-hop", "1"], ["x-end", "2"]]);
  assertEquals([headers.getAll("x-hop"), headers.getAll("x-end")], [[], ["2"]]);
});

Deno.test("connection: close is told exactly when the connection ends", () => {
  assertEquals(forward([], { session: sessionThat("close") }).headers.getAll("connection"), [
    "close",
  ]);
  assertEquals(forward([], { session: sessionThat(null) }).headers.getAll("connection"), []);
});

Deno.test("The length of a body that doesn't come is passed on for HEAD and 304 only", () => {
  const length: Field[] = [["content-length", "42"]];
  const told = (options: Parameters<typeof forward>[1]) =>
    forward(length, options).headers.getAll("content-length");
  assertEquals(told({ method: "HEAD" }), ["42"]);
  assertEquals(told({ status: 304 }), ["42"]);
  // RFC 9110 §8.6: never in a 204.
  assertEquals(told({ status: 204 }), []);
  // The encoder writes it, from the framing.
  assertEquals(told({ framing: { kind: "length", size: 42 } }), []);
});

Deno.test("A length that the upstream repeats is told once", () => {
  const twice: Field[] = [["content-length", "42"], ["content-length", "42"]];
  assertEquals(forward(twice, { method: "HEAD" }).headers.getAll("content-length"), ["42"]);
});

Deno.test("A body that ends with the upstream's connection becomes chunked, others stay", () => {
  const framed = (framing: Framing) => forward([], { framing }).framing;
  assertEquals(framed({ kind: "eof" }), { kind: "chunked" });
  for (
    const framing of [
      { kind: "none" },
      { kind: "length", size: 0 },
      { kind: "length", size: 9 },
      { kind: "chunked" },
    ] as const
  ) {
    assertEquals(framed(framing), framing);
  }
});

Deno.test("Status and reason go on as they came", () => {
  const { status, reason } = forward([], { status: 299 });
  assertEquals([status, reason], [299, "Fine"]);
});

Deno.test("An informational response keeps its fields and loses those of the hop", () => {
  const headers = HeaderMap.of(
    ["link", "</a.css>; rel=preload"],
    ["connection", "x-hop"],
    ["x-hop", "1"],
    ["keep-alive", "timeout=5"],
    ["upgrade", "h2c"],
    ["transfer-encoding", "chunked"],
    ["content-length", "5"],
    ["link", "</b.js>; rel=preload"],
  );
  const { status, framing, headers: sent } = forwardInformational({
    status: 103,
    reason: "Early Hints",
    minorVersion: 1,
    headers,
    framing: { kind: "none" },
  });
  assertEquals([status, framing], [103, { kind: "none" }]);
  assertEquals([...sent], [["link", "</a.css>; rel=preload"], ["link", "</b.js>; rel=preload"]]);
});

Deno.test("A 101 keeps what belongs to the new protocol, and has genkan's own server and a date", () => {
  const headers = HeaderMap.of(
    ["server", "theirs"],
    ["connection", "Upgrade"],
    ["upgrade", "websocket"],
    ["sec-websocket-accept", "abc"],
  );
  const framing: Framing = { kind: "none" };
  const head = { status: 101, reason: "Switching", minorVersion: 1, headers, framing } as const;
  assertEquals([...forwardSwitch(head, DATE).headers], [
    ["sec-websocket-accept", "abc"],
    ["date", DATE],
    ["server", "genkan"],
    ["connection", "upgrade"],
    ["upgrade", "websocket"],
  ]);
});

/**
 * Requests that a proxy must not pass on: what each of the two does with them.
 *
 * @module
 */

import { KEY, request } from "./case.ts";
import type { Difference } from "./differences.ts";

/** One such request. An outcome is a status and a body, `-` for none, and `open` if it stays so. */
export interface Refusal {
  /** What is wrong with it; unique. */
  readonly name: string;
  /** What the client sends, one char a byte, with `KEY` for the User-Agent. */
  readonly send: string;
  /** What the upstream answers, and closes behind; by default it is content. */
  readonly answer?: string;
  /** The listener's name in `configuration()`. */
  readonly listener: string;
  /** What genkan makes of it. */
  readonly genkan: string;
  /** What Envoy makes of it. */
  readonly envoy: string;
  /** Why they differ; null where they don't. */
  readonly why: Difference | null;
}

const BAD = "400 Bad Request";
const TAKEN = "200 ok, open";
const NOT_KNOWN = "501 Not Implemented";
const NO_ROUTE = "404 -, open";

/** Why Envoy does something else, and what; by default both do the same. */
type Otherwise = readonly [why: Difference, envoy: string];

function refused(name: string, send: string, genkan: string, otherwise: Otherwise | null): Refusal {
  const [why, envoy] = otherwise ?? [null, genkan];
  return {
    name,
    send,
    listener: "plain",
    genkan,
    envoy,
    why,
  };
}

function bad(name: string, send: string, otherwise: Otherwise | null = null): Refusal {
  return refused(name, send, BAD, otherwise);
}

function host(name: string, value: string, envoy = BAD): Refusal {
  const otherwise = envoy === BAD ? null : ["strict host", envoy] as const;
  return bad(name, request("GET /", [`host: ${value}`]), otherwise);
}

function target(name: string, value: string, otherwise: Otherwise | null = null): Refusal {
  return bad(name, request(`GET ${value} HTTP/1.1`), otherwise);
}

function field(name: string, line: string, otherwise: Otherwise | null = null): Refusal {
  return bad(name, request("POST /", [line]), otherwise);
}

function coded(name: string, coding: string): Refusal {
  return field(name, `transfer-encoding: ${coding}`, ["strict coding", NOT_KNOWN]);
}

function tooLarge(name: string, line: string, fields: readonly string[] = []): Refusal {
  return refused(name, request(line, fields), "431 Request Header Fields Too Large", null);
}

function chunked(name: string, body: string, otherwise: Otherwise | null = null): Refusal {
  return bad(name, request("POST /", ["transfer-encoding: chunked"], body), otherwise);
}

const CHUNK = "5\r\nhello\r\n0\r\n\r\n";
const UNKNOWN_VERSION: Otherwise = ["unknown version", "426 Upgrade Required"];
const LAX_CHUNKS: Otherwise = ["strict chunks", TAKEN];
const LAX_TRAILERS: Otherwise = ["strict trailers", TAKEN];
const NOMINATED: Otherwise = ["strict nomination", TAKEN];

const UPGRADE = ["connection: upgrade", "upgrade: websocket"];
const CHUNKED = "transfer-encoding: chunked";

function on(listener: string, refusal: Refusal): Refusal {
  return { ...refusal, listener };
}

/** The table. */
export const REFUSALS: readonly Refusal[] = [
  refused("no Host", `GET / HTTP/1.1\r\nuser-agent: ${KEY}\r\n\r\n`, "400 -", null),
  host("an empty Host", "", NO_ROUTE),
  bad("two Hosts", request("GET /", ["host: a.test", "host: b.test"]), ["strict host", NO_ROUTE]),
  bad("a Host twice", request("GET /", ["host: a.test", "host: a.test"]), [
    "strict host",
    NO_ROUTE,
  ]),
  host("a Host with a space", "a test"),
  host("a Host with a path", "a.test/x"),
  host("a Host with a user", "me@a.test", NO_ROUTE),
  host("a Host with a bad port", "a.test:port", TAKEN),
  host("a list of Hosts", "a.test, b.test"),
  host("a Host with percent encoding", "a%2etest", NO_ROUTE),
  target("a target of another host", "http://b.a.test/", ["contradicting target", TAKEN]),
  target("a target with a port, a Host without", "http://a.test:81/", [
    "contradicting target",
    TAKEN,
  ]),
  target("a target with a user", "http://me@a.test/", ["strict request line", TAKEN]),
  target("a target of another scheme", "ftp://a.test/"),
  target("a target without a slash", "path"),
  target("authority-form", "a.test:80"),
  target("an asterisk for GET", "*"),
  target("a fragment", "/a#b", ["refusal's body", "400 -"]),
  target("bytes over 127 in the target", "/caf\xe9"),
  target("a control in the target", "/a\x01b"),
  target("a DEL in the target", "/a\x7fb"),
  target("a tab in the target", "/a\tb"),
  target("a space in the target", "/a b"),
  target("two spaces before the target", " /", ["strict request line", TAKEN]),
  target("two spaces behind the target", "/ ", ["strict request line", TAKEN]),
  refused(
    "an absolute target with a query and no path",
    request("GET http://a.test?q"),
    TAKEN,
    ["empty path", NO_ROUTE],
  ),
  on(
    "edge",
    refused("a target over https on a plain port", request("GET https://a.test/"), TAKEN, [
      "https on plain",
      "403 Forbidden",
    ]),
  ),
  refused(
    "an empty x-forwarded-proto",
    request("GET /", ["x-forwarded-proto:"]),
    TAKEN,
    ["empty proto", NO_ROUTE],
  ),
  bad("a space behind the version", request("GET / HTTP/1.1 "), ["strict request line", TAKEN]),
  bad("a space before the method", request(" GET /")),
  bad("a tab behind the method", request("GET\t/"), ["strict request line", TAKEN]),
  bad("a method that is no token", request("G(T /")),
  bad("no method", request("/ HTTP/1.1")),
  refused("an unknown method", request("HELLO /"), TAKEN, ["any method", BAD]),
  refused("a method in lower case", request("get /"), TAKEN, ["any method", BAD]),
  refused("CONNECT", request("CONNECT a.test:80"), "405 Method Not Allowed", [
    "no CONNECT",
    "404 -",
  ]),
  refused(
    "HTTP/1.0 where it isn't accepted",
    request("GET / HTTP/1.0"),
    "426 Upgrade Required",
    null,
  ),
  bad("HTTP/1.2", request("GET / HTTP/1.2"), UNKNOWN_VERSION),
  bad("HTTP/2.0", request("GET / HTTP/2.0"), UNKNOWN_VERSION),
  bad("HTTP/0.9", "GET /\r\n\r\n", UNKNOWN_VERSION),
  bad("http/1.1 in lower case", request("GET / http/1.1")),
  bad("TLS on a plain port", "\x16\x03\x01\x00\x05hello\r\n\r\n"),
  bad("bare line feeds", `GET / HTTP/1.1\nhost: a.test\nuser-agent: ${KEY}\n\n`, [
    "strict lines",
    TAKEN,
  ]),
  field("a bare carriage return in a value", "x-a: b\rc", ["strict lines", TAKEN]),
  field("a bare line feed in the head", "x-a: b\nx-c: d", ["strict lines", TAKEN]),
  field("a folded line", "x-a: b\r\n c", ["strict lines", TAKEN]),
  bad("a folded first line", request("GET / HTTP/1.1\r\n x-a: b")),
  field("a NUL in a value", "x-a: b\0c"),
  field("a control in a value", "x-a: b\x01c"),
  field("a DEL in a value", "x-a: b\x7fc"),
  field("white space before a colon", "x-a : b"),
  field("a field without a name", ": b"),
  field("a field without a colon", "nonsense"),
  field("a name with a space", "x a: b"),
  field("a name that is no token", "x(a): b"),
  field("a name over 127", "x-\xe9: b"),
  tooLarge(
    "a hundred and one fields",
    "GET /",
    Array.from({ length: 101 }, (_, at) => `x-${at}: b`),
  ),
  tooLarge("a head beyond 60 KiB", "GET /", [`x-a: ${"v".repeat(62_000)}`]),
  tooLarge("a target beyond 60 KiB", `GET /${"v".repeat(62_000)}`),
  field("a length and chunks", "content-length: 5\r\ntransfer-encoding: chunked"),
  field("two lengths", "content-length: 5\r\ncontent-length: 6"),
  refused(
    "two equal lengths",
    request("POST /", ["content-length: 0", "content-length: 0"]),
    TAKEN,
    ["equal lengths", BAD],
  ),
  field("a list of equal lengths", "content-length: 0, 0"),
  field("a signed length", "content-length: +0"),
  field("a negative length", "content-length: -1"),
  field("a length in hex", "content-length: 0x0"),
  field("an empty length", "content-length:"),
  field("a length with a space", "content-length: 0 0"),
  field("a length that is no number", "content-length: five"),
  field("a length over 2^64", "content-length: 18446744073709551616"),
  refused("another coding", request("POST /", ["transfer-encoding: gzip"]), NOT_KNOWN, null),
  refused(
    "gzip, chunked",
    request("POST /", ["transfer-encoding: gzip, chunked"]),
    NOT_KNOWN,
    null,
  ),
  refused("identity", request("POST /", ["transfer-encoding: identity"]), NOT_KNOWN, null),
  refused("xchunked", request("POST /", ["transfer-encoding: xchunked"]), NOT_KNOWN, null),
  coded("chunked twice", "chunked, chunked"),
  coded("chunked in two fields", "chunked\r\ntransfer-encoding: chunked"),
  coded("chunked with a comma", "chunked,"),
  coded("chunked behind a comma", ",chunked"),
  coded("chunked in quotes", '"chunked"'),
  coded("chunked with a parameter", "chunked;a=b"),
  coded("an empty coding", ""),
  field("chunked with a vertical tab", "transfer-encoding: \x0bchunked"),
  bad(
    "chunks in HTTP/1.0",
    request("POST / HTTP/1.0", ["transfer-encoding: chunked"], CHUNK),
    UNKNOWN_VERSION,
  ),
  chunked("a chunk size with a sign", "+5\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk size behind a space", " 5\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk size before a space", "5 \r\nhello\r\n0\r\n\r\n", LAX_CHUNKS),
  chunked("an empty chunk size", "\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk size that is no number", "hi\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk size of 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", LAX_CHUNKS),
  chunked("a chunk size over 2^64", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
  chunked("a chunk line that ends with a bare line feed", "5\nhello\r\n0\r\n\r\n"),
  chunked("no line's end behind a chunk", "5\r\nhello0\r\n\r\n"),
  chunked("a bare line feed behind a chunk", "5\r\nhello\n0\r\n\r\n", LAX_CHUNKS),
  chunked("a bare line feed in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
  chunked("a control in an extension", "5;a=\x01\r\nhello\r\n0\r\n\r\n", LAX_CHUNKS),
  chunked("an extension that is no token", "5;a b=(c)\r\nhello\r\n0\r\n\r\n", LAX_CHUNKS),
  chunked("a trailer that frames", "5\r\nhello\r\n0\r\ncontent-length: 5\r\n\r\n", LAX_TRAILERS),
  chunked("a trailer that routes", "5\r\nhello\r\n0\r\nhost: b.test\r\n\r\n", LAX_TRAILERS),
  chunked("a trailer with a space before its colon", "5\r\nhello\r\n0\r\nx-a : b\r\n\r\n"),
  field("ten tokens in Connection", "connection: a,b,c,d,e,f,g,h,i,j"),
  field("x-forwarded-for nominated", "connection: x-forwarded-for"),
  field("a pseudo field nominated", "connection: :path"),
  field("Host nominated", "connection: host", ["refusal's body", "400 -"]),
  field("content-length nominated", "connection: content-length\r\ncontent-length: 0", NOMINATED),
  field("authorization nominated", "connection: authorization\r\nauthorization: a", NOMINATED),
  field("cookie nominated", "connection: cookie\r\ncookie: a", NOMINATED),
  on(
    "switching",
    bad("an upgrade with chunks", request("POST /", [...UPGRADE, CHUNKED], "0\r\n\r\n"), [
      "upgrade with a body",
      "200 -",
    ]),
  ),
  on(
    "switching",
    bad("bytes behind an upgrade", `${request("GET /", UPGRADE)}ping`, [
      "upgrade with a body",
      "200 -",
    ]),
  ),
];

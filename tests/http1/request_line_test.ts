import { assertEquals } from "../assert.ts";
import { decodeRequests, errorOf, requestHead } from "./driver.ts";

/** A request that is fine but for its first line. */
function withLine(line: string): string {
  return `${line}\r\nHost: a.test\r\n\r\n`;
}

Deno.test("A request line gives method, target and version (RFC 9112 §3)", () => {
  const head = requestHead(withLine("GET /a?b=c HTTP/1.1"));
  assertEquals([head.method, head.target, head.minorVersion], ["GET", "/a?b=c", 1]);
});

Deno.test("HTTP/1.0 is minor version 0 (RFC 9112 §2.3)", () => {
  assertEquals(requestHead(withLine("GET / HTTP/1.0")).minorVersion, 0);
});

const METHODS: readonly (readonly [claim: string, method: string])[] = [
  ["A method that nobody registered is taken (RFC 9110 §9.1)", "BREW"],
  ["A method keeps its case (RFC 9110 §9.1)", "gEt"],
  ["A method may have every token character (RFC 9110 §5.6.2)", "!#$%&'*+-.^_`|~09azAZ"],
];
for (const [claim, method] of METHODS) {
  Deno.test(claim, () => {
    assertEquals(requestHead(withLine(`${method} / HTTP/1.1`)).method, method);
  });
}

Deno.test("A target may have every visible character but # (what browsers send, not RFC 3986)", () => {
  const target = `/!"$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;
  assertEquals(requestHead(withLine(`GET ${target} HTTP/1.1`)).target, target);
});

/** The claim, the line, and the error; each is a 400. */
const REFUSED: readonly (readonly [claim: string, line: string, error: string])[] = [
  ["A line without a method is refused (RFC 9112 §3)", " / HTTP/1.1", "bad_request_line"],
  ["Space before the method is refused (RFC 9112 §3)", " GET / HTTP/1.1", "bad_request_line"],
  ["A method that is no token is refused (RFC 9112 §3.1)", "G@T / HTTP/1.1", "bad_request_line"],
  ["obs-text in the method is refused (RFC 9112 §3.1)", "G\xc9T / HTTP/1.1", "bad_request_line"],
  ["A method alone is refused (RFC 9112 §3)", "GET", "bad_request_line"],
  ["A line without a target is refused (RFC 9112 §3)", "GET HTTP/1.1", "bad_request_line"],
  ["Two spaces before the target are refused (RFC 9112 §3)", "GET  / HTTP/1.1", "bad_request_line"],
  ["Two spaces behind the target are refused (RFC 9112 §3)", "GET /  HTTP/1.1", "bad_version"],
  ["A tab for a space is refused (RFC 9112 §3)", "GET\t/ HTTP/1.1", "bad_request_line"],
  ["A space in the target is refused (RFC 9112 §3.2)", "GET /a b HTTP/1.1", "bad_version"],
  ["A fragment in the target is refused (RFC 9112 §3.2)", "GET /#a HTTP/1.1", "bad_request_line"],
  ["obs-text in the target is refused (RFC 9112 §3.2)", "GET /\xe9 HTTP/1.1", "bad_request_line"],
  ["A line without a version, HTTP/0.9, is refused (RFC 9112 §2.3)", "GET /", "bad_request_line"],
  ["An empty version is refused (RFC 9112 §2.3)", "GET / ", "bad_version"],
  ["A version cut short is refused (RFC 9112 §2.3)", "GET / HTTP/1.", "bad_version"],
  ["Space behind the version is refused (RFC 9112 §3)", "GET / HTTP/1.1 ", "bad_version"],
  ["A version in lower case is refused (RFC 9112 §2.3)", "GET / http/1.1", "bad_version"],
  ["A version with two digits is refused (RFC 9112 §2.3)", "GET / HTTP/1.10", "bad_version"],
  ["A version with a zero in front is refused (RFC 9112 §2.3)", "GET / HTTP/01.1", "bad_version"],
  ["HTTP/1.2 is refused: nobody knows what it means", "GET / HTTP/1.2", "bad_version"],
  ["HTTP/2.0 on a line is refused (RFC 9112 §2.3)", "PRI * HTTP/2.0", "bad_version"],
];
for (const [claim, line, error] of REFUSED) {
  Deno.test(claim, () => {
    assertEquals(errorOf(decodeRequests(withLine(line))), `400 ${error}`);
  });
}

Deno.test("A TLS ClientHello on a plain port is named at its first byte (RFC 8446 §5.1)", () => {
  assertEquals(errorOf(decodeRequests("\x16")), "400 tls_on_plain_port");
});

Deno.test("A TLS ClientHello is only one where a head begins", () => {
  assertEquals(errorOf(decodeRequests("G\x16")), "400 bad_line");
  assertEquals(errorOf(decodeRequests("\x15")), "400 bad_line");
});

Deno.test("HTTP/2's preface is named (RFC 9113 §3.4)", () => {
  assertEquals(errorOf(decodeRequests("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), "400 http2_preface");
});

Deno.test("One empty line before a request is skipped (RFC 9112 §2.2)", () => {
  assertEquals(requestHead(`\r\n${withLine("GET / HTTP/1.1")}`).method, "GET");
});

Deno.test("Each request on a connection may have an empty line before it (RFC 9112 §2.2)", () => {
  const request = `\r\n${withLine("GET / HTTP/1.1")}`;
  assertEquals(decodeRequests(request + request).length, 4);
});

const BEFORE: readonly (readonly [claim: string, before: string])[] = [
  ["Two empty lines before a request are refused (RFC 9112 §2.2 asks for one)", "\r\n\r\n"],
  ["An empty line without its CR before a request is refused (RFC 9112 §2.2)", "\n"],
  ["A CR alone before a request is refused (RFC 9112 §2.2)", "\r"],
];
for (const [claim, before] of BEFORE) {
  Deno.test(claim, () => {
    assertEquals(errorOf(decodeRequests(before + withLine("GET / HTTP/1.1"))), "400 bad_line");
  });
}

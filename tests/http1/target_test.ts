import { assertEquals } from "../assert.ts";
import { decodeRequests, errorOf, requestHead } from "./driver.ts";

/** A request for `target` with these Host lines. */
function request(line: string, hosts: string): string {
  return `${line} HTTP/1.1\r\n${hosts}\r\n`;
}

/** The claim, what is asked for, the Host field, then path and authority as they are read. */
const TARGETS: readonly (readonly [
  claim: string,
  line: string,
  host: string,
  path: string,
  authority: string,
])[] = [
  ["Origin-form is path and query (RFC 9112 §3.2.1)", "GET /a?b", "a.test", "/a?b", "a.test"],
  [
    "Origin-form may begin with two slashes (RFC 9112 §3.2.1)",
    "GET //b",
    "a.test",
    "//b",
    "a.test",
  ],
  ["Asterisk-form is for OPTIONS (RFC 9112 §3.2.4)", "OPTIONS *", "a.test", "*", "a.test"],
  [
    "Absolute-form gives path and query (RFC 9112 §3.2.2)",
    "GET http://a.test/a?b",
    "a.test",
    "/a?b",
    "a.test",
  ],
  [
    "Absolute-form without a path asks for / (RFC 9112 §3.2.1)",
    "GET http://a.test",
    "a.test",
    "/",
    "a.test",
  ],
  [
    "Absolute-form with a query alone asks for / (RFC 9112 §3.2.1)",
    "GET http://a.test?b",
    "a.test",
    "/?b",
    "a.test",
  ],
  [
    "Absolute-form takes https and a port (RFC 9112 §3.2.2)",
    "GET https://a.test:8443/",
    "a.test:8443",
    "/",
    "a.test:8443",
  ],
  [
    "Scheme and host have no case (RFC 3986 §6.2.2.1)",
    "GET HTTP://A.test/",
    "a.TEST",
    "/",
    "A.test",
  ],
];
for (const [claim, line, host, path, authority] of TARGETS) {
  Deno.test(claim, () => {
    const head = requestHead(request(line, `Host: ${host}\r\n`));
    assertEquals([head.path, head.authority], [path, authority]);
    assertEquals(head.target, line.split(" ")[1], "the target stays as it was sent");
  });
}

const REFUSED_TARGETS: readonly (readonly [claim: string, line: string, host: string])[] = [
  ["A relative target is refused (RFC 9112 §3.2.1)", "GET a", "a.test"],
  ["A query without a path is refused (RFC 9112 §3.2.1)", "GET ?a", "a.test"],
  ["Asterisk-form is refused but for OPTIONS (RFC 9112 §3.2.4)", "GET *", "a.test"],
  ["Authority-form is refused but for CONNECT (RFC 9112 §3.2.3)", "GET a.test:80", "a.test:80"],
  ["A scheme other than http and https is refused", "GET ftp://a.test/", "a.test"],
  ["Absolute-form without a host is refused (RFC 9110 §4.2.1)", "GET http:///a", "a.test"],
  ["User information is refused (RFC 9110 §4.2.4)", "GET http://u@a.test/", "a.test"],
  ["A target that names another host than Host is refused", "GET http://b.test/", "a.test"],
  ["A target that names another port than Host is refused", "GET http://a.test:81/", "a.test"],
];
for (const [claim, line, host] of REFUSED_TARGETS) {
  Deno.test(claim, () => {
    const events = decodeRequests(request(line, `Host: ${host}\r\n`));
    assertEquals(errorOf(events), "400 bad_target");
  });
}

Deno.test("CONNECT is answered 405: this is no forward proxy (RFC 9110 §9.3.6)", () => {
  const events = decodeRequests(request("CONNECT a.test:443", "Host: a.test:443\r\n"));
  assertEquals(errorOf(events), "405 connect");
});

const HOSTS: readonly (readonly [claim: string, host: string])[] = [
  ["Host may be a name", "a.test"],
  ["Host may have a port (RFC 9110 §7.2)", "a.test:8080"],
  ["Host may be an IPv4 address (RFC 3986 §3.2.2)", "127.0.0.1"],
  ["Host may be an IPv6 address with a port (RFC 3986 §3.2.2)", "[::1]:8080"],
  ["Host may have an IPv4 address in IPv6 (RFC 3986 §3.2.2)", "[::ffff:127.0.0.1]"],
  ["Host may have a trailing dot (RFC 3986 §3.2.2)", "a.test."],
  ["Host may have an underscore, as private names do", "my_app.test"],
];
for (const [claim, host] of HOSTS) {
  Deno.test(claim, () => {
    assertEquals(requestHead(request("GET /", `Host: ${host}\r\n`)).authority, host);
  });
}

/** The claim, the Host lines, and the error; each is a 400 (RFC 9112 §3.2). */
const REFUSED_HOSTS: readonly (readonly [claim: string, lines: string, error: string])[] = [
  ["A request without Host is refused (RFC 9112 §3.2)", "", "no_host"],
  ["Two Hosts are refused (RFC 9112 §3.2)", "Host: a\r\nHost: b\r\n", "two_hosts"],
  ["Two equal Hosts are refused (RFC 9112 §3.2)", "Host: a\r\nhost: a\r\n", "two_hosts"],
  ["An empty Host is refused (RFC 9110 §4.2.1)", "Host:\r\n", "bad_host"],
  ["A Host of a port alone is refused (RFC 9110 §4.2.1)", "Host: :80\r\n", "bad_host"],
  ["A space in Host is refused (RFC 3986 §3.2.2)", "Host: a b\r\n", "bad_host"],
  ["User information in Host is refused (RFC 9110 §7.2)", "Host: u@a.test\r\n", "bad_host"],
  ["A path in Host is refused (RFC 9110 §7.2)", "Host: a.test/b\r\n", "bad_host"],
  ["A port that is no number is refused (RFC 3986 §3.2.3)", "Host: a:8x\r\n", "bad_host"],
  ["Two ports are refused (RFC 3986 §3.2.3)", "Host: a:80:80\r\n", "bad_host"],
  ["An IPv6 address without brackets is refused (RFC 3986 §3.2.2)", "Host: ::1\r\n", "bad_host"],
  ["Brackets around no address are refused (RFC 3986 §3.2.2)", "Host: [a.test]\r\n", "bad_host"],
  ["Percent-encoding in Host is refused: parsers disagree on it", "Host: a%2eb\r\n", "bad_host"],
  ["obs-text in Host is refused (RFC 3986 §3.2.2)", "Host: \xe9.test\r\n", "bad_host"],
];
for (const [claim, lines, error] of REFUSED_HOSTS) {
  Deno.test(claim, () => {
    assertEquals(errorOf(decodeRequests(request("GET /", lines))), `400 ${error}`);
  });
}

Deno.test("A port may be empty (RFC 3986 §3.2.3)", () => {
  assertEquals(requestHead(request("GET /", "Host: a.test:\r\n")).authority, "a.test:");
});

Deno.test("Host may stand anywhere among the fields (RFC 9110 §7.2)", () => {
  assertEquals(
    requestHead(request("GET /", "A: 1\r\nHOST: a.test\r\nB: 2\r\n")).authority,
    "a.test",
  );
});

Deno.test("A request in HTTP/1.0 needs no Host (RFC 9112 §3.2)", () => {
  const head = requestHead("GET /a HTTP/1.0\r\n\r\n");
  assertEquals([head.path, head.authority], ["/a", ""]);
  const absolute = requestHead("GET http://a.test/a HTTP/1.0\r\n\r\n");
  assertEquals([absolute.path, absolute.authority], ["/a", "a.test"]);
});

Deno.test("A Host in HTTP/1.0 is checked like any other (RFC 9112 §3.2)", () => {
  for (const hosts of ["Host:\r\n", "Host: a b\r\n"]) {
    assertEquals(errorOf(decodeRequests(`GET / HTTP/1.0\r\n${hosts}\r\n`)), "400 bad_host");
  }
  const twice = "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n";
  assertEquals(errorOf(decodeRequests(twice)), "400 two_hosts");
});

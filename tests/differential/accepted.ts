/**
 * Requests that are valid though they look odd, with how they are to be read. What is in doubt
 * between two servers is what a smuggler tries first, so each stands on an edge of some parser.
 *
 * @module
 */

/** How one request is to be read: method, target, Host, body. */
export type Expected = readonly [method: string, target: string, host: string, body: string];

/** Bytes that genkan lets through. */
export interface Accepted {
  /** What is odd about them; unique. */
  readonly claim: string;
  /** Latin1. */
  readonly bytes: string;
  /** The requests in them. */
  readonly reads: readonly Expected[];
  /** Servers that answer 400 to the first request, which is strict, and no other reading. */
  readonly refusedBy?: readonly ("node" | "nginx")[];
}

const HOST = "Host: a.test\r\n";
const LENGTH_5 = "Content-Length: 5\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";
/** What would be a request if a body ended before it. */
const BAIT = "GET /bait HTTP/1.1\r\nHost: a.test\r\n\r\n";
const HEADLESS: Expected = ["GET", "/", "a.test", ""];

/** `GET /` with more fields. */
function fields(lines: string): string {
  return `GET / HTTP/1.1\r\n${HOST}${lines}\r\n`;
}

function target(claim: string, target: string, more: Partial<Accepted> = {}): Accepted {
  const bytes = `GET ${target} HTTP/1.1\r\n${HOST}\r\n`;
  return { claim, bytes, reads: [["GET", target, "a.test", ""]], ...more };
}

/** A target in absolute-form and the path that it leaves for the server. */
function absolute(claim: string, target: string, path: string, host = "a.test"): Accepted {
  return {
    claim,
    bytes: `GET ${target} HTTP/1.1\r\n${HOST}\r\n`,
    reads: [["GET", path, host, ""]],
  };
}

function host(claim: string, name: string): Accepted {
  const bytes = `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`;
  return { claim, bytes, reads: [["GET", "/", name.trim(), ""]] };
}

function get(claim: string, lines: string): Accepted {
  return { claim, bytes: fields(lines), reads: [HEADLESS] };
}

function method(name: string, more: Partial<Accepted> = {}): Accepted {
  const bytes = `${name} / HTTP/1.1\r\n${HOST}\r\n`;
  return { claim: `the method ${name}`, bytes, reads: [[name, "/", "a.test", ""]], ...more };
}

/** A POST whose head has `lines`, with a body as it is on the wire and as it is meant. */
function post(claim: string, lines: string, wire: string, body: string): Accepted {
  const bytes = `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${wire}`;
  return { claim, bytes, reads: [["POST", "/", "a.test", body]] };
}

function chunked(claim: string, wire: string, body: string): Accepted {
  return post(claim, CHUNKED, wire, body);
}

const TARGETS: readonly Accepted[] = [
  target("a target of one slash", "/"),
  target("a query alone", "/?"),
  target("two question marks", "/a?b?c=d"),
  target("a query with a URL in it", "/a?to=http://b.test/x"),
  target("a path with a URL in it", "/http://b.test/x"),
  target("a path that begins with two slashes", "//b.test/x"),
  target("doubled slashes", "/a//b///c"),
  target("dot segments", "/a/../b/./c"),
  target("dot segments above the root", "/../../b", { refusedBy: ["nginx"] }),
  target("encoded dot segments", "/a/%2e%2E/b"),
  target("an encoded slash", "/a%2Fb"),
  target("an encoded line end", "/a%0d%0aHost:%20b.test"),
  target("an encoded NUL", "/a%00b", { refusedBy: ["nginx"] }),
  target("a percent sign that encodes nothing", "/a%zz", { refusedBy: ["nginx"] }),
  target("a percent sign at the end", "/a%", { refusedBy: ["nginx"] }),
  target("a percent sign in a query", "/a?50%"),
  target("path parameters", "/a;b=c/d;e"),
  target("a backslash", "/a\\b"),
  target("quotes and angle brackets", `/a"b'<c>`),
  target("braces, bars, carets and backticks", "/{a}|^`"),
  target("brackets", "/a[0]?b[]=1"),
  target("a colon and an at sign", "/u:p@b.test/"),
  target("a target of 8000 bytes", `/${"a".repeat(7999)}`),
  absolute("absolute-form", "http://a.test/x?y", "/x?y"),
  absolute("absolute-form of https", "https://a.test/x", "/x"),
  absolute("absolute-form in capitals", "HTTP://A.TEST/x", "/x", "A.TEST"),
  absolute("absolute-form without a path", "http://a.test", "/"),
  absolute("absolute-form with a query but no path", "http://a.test?x", "/?x"),
  absolute("absolute-form with a path of two slashes", "http://a.test//b.test/", "//b.test/"),
  {
    claim: "asterisk-form",
    bytes: `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
    reads: [["OPTIONS", "*", "a.test", ""]],
    refusedBy: ["nginx"],
  },
];

const METHODS: readonly Accepted[] = [
  ...["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "M-SEARCH"].map((name) =>
    method(name)
  ),
  method("BREW", { refusedBy: ["node"] }),
  method("get", { refusedBy: ["node", "nginx"] }),
  method("GET.", { refusedBy: ["node", "nginx"] }),
  method("TRACE", { refusedBy: ["nginx"] }),
];

const HOSTS: readonly Accepted[] = [
  host("a Host with a port", "a.test:8080"),
  host("a Host in capitals", "A.Test"),
  host("a Host of an IPv4 address", "127.0.0.1:80"),
  host("a Host of an IPv6 address", "[::1]:8080"),
  host("a Host with an underscore", "my_app.test"),
  host("a Host with a dot at its end", "a.test."),
  host("a Host in blanks", " \t a.test \t "),
  {
    claim: "a Host without a blank",
    bytes: "GET / HTTP/1.1\r\nhost:a.test\r\n\r\n",
    reads: [HEADLESS],
  },
  {
    claim: "a Host as the last field",
    bytes: `GET / HTTP/1.1\r\nX: y\r\nHOST: a.test\r\n\r\n`,
    reads: [HEADLESS],
  },
];

const FIELDS: readonly Accepted[] = [
  get("an empty value", "X:\r\n"),
  get("a value of blanks", "X: \t \r\n"),
  get("a value with tabs inside", "X: a\tb\r\n"),
  get("a value with bytes above 0x7f", "X: \xe9\xff\x80\r\n"),
  get("a value that looks like a field", "X: Content-Length: 5\r\n"),
  get("a name of every punctuation mark", "!#$%&'*+-.^_`|~: x\r\n"),
  get("a name of one digit", "0: x\r\n"),
  get("a length with an underscore in its name", "Content_Length: 5\r\n"),
  get("a length with a letter in front of its name", "XContent-Length: 5\r\n"),
  get("a length with something behind its name", "Content-Length-: 5\r\n"),
  get("a coding with an underscore in its name", "Transfer_Encoding: chunked\r\n"),
  get("a coding with something behind its name", "Transfer-Encoding2: chunked\r\n"),
  get("a coding that is only accepted", "TE: trailers, chunked;q=0.5\r\n"),
  get("a trailer that is only announced", "Trailer: Content-Length\r\n"),
  get("the same field a hundred times, but for two", "X: y\r\n".repeat(98)),
  get("a value of 50,000 bytes", `X: ${"a".repeat(50_000)}\r\n`),
  get("a connection field that nominates another", "Connection: X-Secret\r\nX-Secret: 1\r\n"),
  get("a connection field with empty members", "Connection: , keep-alive,\r\n"),
  get("a connection field that nominates the coding", "Connection: transfer-encoding\r\n"),
  get("a proxy's connection field", "Proxy-Connection: close\r\n"),
  get("an upgrade that isn't nominated", "Upgrade: websocket\r\n"),
  get("a nominated upgrade that isn't named", "Connection: upgrade\r\n"),
  get("an upgrade to HTTP/2, which is ignored", "Connection: upgrade\r\nUpgrade: h2c\r\n"),
  get("a forwarded host", "X-Forwarded-Host: b.test\r\nForwarded: host=b.test\r\n"),
  get("a method to use instead", "X-HTTP-Method-Override: DELETE\r\n"),
  get("a URL to use instead", "X-Original-URL: /b\r\nX-Rewrite-URL: /b\r\n"),
];

const LENGTHS: readonly Accepted[] = [
  post("a length of 0", "Content-Length: 0\r\n", "", ""),
  post("a length", LENGTH_5, "hello", "hello"),
  post("a length in blanks", "Content-Length: \t5 \r\n", "hello", "hello"),
  post("a length in capitals", "CONTENT-LENGTH: 5\r\n", "hello", "hello"),
  post("a length without a blank", "content-length:5\r\n", "hello", "hello"),
  post("a length over a request", `Content-Length: ${BAIT.length}\r\n`, BAIT, BAIT),
  post("a length over what ends a chunked body", LENGTH_5, "0\r\n\r\n", "0\r\n\r\n"),
  post("a length over line ends", LENGTH_5, "\r\n\r\n\n", "\r\n\r\n\n"),
  post("a length over NUL and high bytes", LENGTH_5, "\0\xff\0\xfe\r", "\0\xff\0\xfe\r"),
  post(
    "a length over 100,000 bytes",
    "Content-Length: 100000\r\n",
    "b".repeat(1e5),
    "b".repeat(1e5),
  ),
  post("a body that is waited with", `Expect: 100-continue\r\n${LENGTH_5}`, "hello", "hello"),
  post("no length at all", "", "", ""),
  {
    claim: "a GET with a length",
    bytes: `${fields(LENGTH_5)}hello`,
    reads: [["GET", "/", "a.test", "hello"]],
  },
  {
    claim: "a GET with a request for its body",
    bytes: `${fields(`Content-Length: ${BAIT.length}\r\n`)}${BAIT}`,
    reads: [["GET", "/", "a.test", BAIT]],
  },
  {
    claim: "a HEAD with a length",
    bytes: `HEAD / HTTP/1.1\r\n${HOST}${LENGTH_5}\r\nhello`,
    reads: [["HEAD", "/", "a.test", "hello"]],
  },
  {
    claim: "a DELETE with chunks",
    bytes: `DELETE / HTTP/1.1\r\n${HOST}${CHUNKED}\r\n5\r\nhello\r\n0\r\n\r\n`,
    reads: [["DELETE", "/", "a.test", "hello"]],
  },
  {
    claim: "a GET with chunks",
    bytes: `${fields(CHUNKED)}5\r\nhello\r\n0\r\n\r\n`,
    reads: [["GET", "/", "a.test", "hello"]],
  },
];

const HELLO = "5\r\nhello\r\n";
const LAST = "0\r\n\r\n";

const CHUNKS: readonly Accepted[] = [
  chunked("chunks", `${HELLO}${LAST}`, "hello"),
  post("chunks in capitals", "TRANSFER-ENCODING: CHUNKED\r\n", `${HELLO}${LAST}`, "hello"),
  post("chunks in blanks", "Transfer-Encoding: \t chunked \t\r\n", `${HELLO}${LAST}`, "hello"),
  chunked("no chunk but the last", LAST, ""),
  chunked("a last chunk of many zeros", `${HELLO}0000000000000000\r\n\r\n`, "hello"),
  chunked("a size with zeros before it", `0000000000000005\r\nhello\r\n${LAST}`, "hello"),
  chunked("a size in small letters", `a\r\n0123456789\r\n${LAST}`, "0123456789"),
  chunked("a size in capitals", `A\r\n0123456789\r\n${LAST}`, "0123456789"),
  chunked("chunks of a byte", "1\r\nx\r\n".repeat(500) + LAST, "x".repeat(500)),
  chunked("a chunk of 100,000 bytes", `186a0\r\n${"c".repeat(1e5)}\r\n${LAST}`, "c".repeat(1e5)),
  chunked("a chunk of a last chunk", `5\r\n${LAST}\r\n${LAST}`, LAST),
  chunked("a chunk of line ends", `4\r\n\r\n\r\n\r\n${LAST}`, "\r\n\r\n"),
  chunked("a chunk of a request", `${BAIT.length.toString(16)}\r\n${BAIT}\r\n${LAST}`, BAIT),
  chunked("a chunk of NUL and high bytes", `3\r\n\0\xff\n\r\n${LAST}`, "\0\xff\n"),
  chunked("an extension", `5;a=b\r\nhello\r\n${LAST}`, "hello"),
  chunked("an extension without a value", `5;a\r\nhello\r\n${LAST}`, "hello"),
  chunked("three extensions", `5;a=b;c;d="e"\r\nhello\r\n${LAST}`, "hello"),
  chunked("an extension of quoted blanks", `5;a=" b ; c "\r\nhello\r\n${LAST}`, "hello"),
  chunked("an extension of the last chunk", `${HELLO}0;a=b\r\n\r\n`, "hello"),
  chunked("a trailer", `${HELLO}0\r\nX-Sum: 1\r\n\r\n`, "hello"),
  chunked("a trailer with an empty value", `${HELLO}0\r\nX-Sum:\r\n\r\n`, "hello"),
  chunked("ten trailers", `${HELLO}0\r\n${"X: y\r\n".repeat(10)}\r\n`, "hello"),
  chunked("a trailer that looks like a request", `${HELLO}0\r\nX: GET / HTTP/1.1\r\n\r\n`, "hello"),
  post("chunks that are waited with", `${CHUNKED}Expect: 100-Continue\r\n`, HELLO + LAST, "hello"),
];

const PIPELINES: readonly Accepted[] = [
  {
    claim: "an empty line before a request",
    bytes: `\r\n${fields("")}`,
    reads: [HEADLESS],
  },
  {
    claim: "an empty line between requests",
    bytes: `${fields("")}\r\n${fields("")}`,
    reads: [HEADLESS, HEADLESS],
  },
  {
    claim: "ten requests at once",
    bytes: fields("").repeat(10),
    reads: Array<Expected>(10).fill(HEADLESS),
  },
  {
    claim: "a body of each framing, one behind the other",
    bytes: [
      `POST /1 HTTP/1.1\r\n${HOST}${LENGTH_5}\r\nhello`,
      `POST /2 HTTP/1.1\r\n${HOST}${CHUNKED}\r\n${HELLO}${LAST}`,
      `POST /3 HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
      `HEAD /4 HTTP/1.1\r\n${HOST}\r\n`,
      `POST /5 HTTP/1.1\r\n${HOST}${LENGTH_5}\r\nworld`,
    ].join(""),
    reads: [
      ["POST", "/1", "a.test", "hello"],
      ["POST", "/2", "a.test", "hello"],
      ["POST", "/3", "a.test", ""],
      ["HEAD", "/4", "a.test", ""],
      ["POST", "/5", "a.test", "world"],
    ],
  },
  {
    claim: "requests to different hosts on one connection",
    bytes: `GET / HTTP/1.1\r\nHost: b.test\r\n\r\nGET / HTTP/1.1\r\nHost: c.test:1\r\n\r\n`,
    reads: [["GET", "/", "b.test", ""], ["GET", "/", "c.test:1", ""]],
  },
  {
    claim: "a request behind trailers",
    bytes: `POST / HTTP/1.1\r\n${HOST}${CHUNKED}\r\n${HELLO}0\r\nX: y\r\n\r\n${fields("")}`,
    reads: [["POST", "/", "a.test", "hello"], HEADLESS],
  },
];

/** All of them, well over eighty. */
export const ACCEPTED: readonly Accepted[] = [
  ...TARGETS,
  ...METHODS,
  ...HOSTS,
  ...FIELDS,
  ...LENGTHS,
  ...CHUNKS,
  ...PIPELINES,
];

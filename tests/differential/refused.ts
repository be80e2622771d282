/**
 * Requests that two parsers could read differently, or that no server should see: genkan refuses
 * them. Those of `HEADS` are refused before a byte reaches a server; those of `BODIES` may have
 * their head there by then, but never their end.
 *
 * @module
 */

/** Bytes that genkan refuses. */
export interface Refused {
  /** What is wrong with them; unique. */
  readonly claim: string;
  /** Latin1. */
  readonly bytes: string;
}

const HOST = "Host: a.test\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";

function head(claim: string, lines: string, rest = ""): Refused {
  return { claim, bytes: `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${rest}` };
}

function line(claim: string, first: string): Refused {
  return { claim, bytes: `${first}\r\n${HOST}\r\n` };
}

function coding(value: string): Refused {
  return head(`Transfer-Encoding: ${value}`, `Transfer-Encoding: ${value}\r\n`, "0\r\n\r\n");
}

function length(value: string): Refused {
  return head(`Content-Length: ${value}`, `Content-Length: ${value}\r\n`, "hello");
}

/** Refused by their head. */
export const HEADS: readonly Refused[] = [
  head("a length and a coding", `Content-Length: 5\r\n${CHUNKED}`, "0\r\n\r\n"),
  head("a coding and a length", `${CHUNKED}Content-Length: 5\r\n`, "0\r\n\r\n"),
  head("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
  ...["5, 5", "+5", "-5", "0x5", "5.0", "5e0", "", "five", "5 5", "9007199254740992"].map(length),
  head("two codings", `${CHUNKED}${CHUNKED}`, "0\r\n\r\n"),
  ...["", "gzip", "identity", "chunked, chunked", "gzip, chunked", "chunked, identity"].map(coding),
  ...["xchunked", "chunked;a=b", '"chunked"', "chun\tked", "\x0bchunked", ",chunked"].map(coding),
  head("a blank before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
  head("a tab before the colon", "Content-Length\t: 5\r\n", "hello"),
  head("a folded line", "X: a\r\n b\r\n"),
  head("a folded coding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
  head("a bare LF between fields", "X: a\nContent-Length: 5\r\n", "hello"),
  head("a bare CR in a value", "X: a\rContent-Length: 5\r\n", "hello"),
  head("a NUL in a value", "X: a\0b\r\n"),
  head("a DEL in a value", "X: a\x7fb\r\n"),
  head("a field without a name", ": a\r\n"),
  head("a line without a colon", "chunked\r\n"),
  head("a name with a high byte", "X\xe9: a\r\n"),
  head("a name with a slash", "X/Y: a\r\n"),
  head("a second Host", "Host: b.test\r\n"),
  head("a Host nominated by the connection", "Connection: host\r\n"),
  head(
    "an upgrade with a length",
    "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n",
    "hello",
  ),
  head(
    "an upgrade with chunks",
    `Connection: upgrade\r\nUpgrade: websocket\r\n${CHUNKED}`,
    "0\r\n\r\n",
  ),
  head("an upgrade with a request behind it", "Connection: upgrade\r\nUpgrade: websocket\r\n"),
  head("an upgrade to something else", "Connection: upgrade\r\nUpgrade: genkan\r\n"),
  head("a length nominated by the connection", "Connection: content-length\r\n"),
  { claim: "no Host", bytes: "GET / HTTP/1.1\r\n\r\n" },
  { claim: "an empty Host", bytes: "GET / HTTP/1.1\r\nHost:\r\n\r\n" },
  { claim: "a list of Hosts", bytes: "GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n" },
  { claim: "a Host with a path", bytes: "GET / HTTP/1.1\r\nHost: a.test/b\r\n\r\n" },
  { claim: "a Host with a user", bytes: "GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n" },
  { claim: "a Host with a blank", bytes: "GET / HTTP/1.1\r\nHost: a.test b.test\r\n\r\n" },
  { claim: "a bare LF behind the first line", bytes: "GET / HTTP/1.1\nHost: a.test\r\n\r\n" },
  { claim: "line ends of LF alone", bytes: "GET / HTTP/1.1\nHost: a.test\n\n" },
  { claim: "two empty lines before it", bytes: `\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n` },
  { claim: "a bare LF before it", bytes: `\nGET / HTTP/1.1\r\n${HOST}\r\n` },
  line("absolute-form for another Host", "GET http://b.test/ HTTP/1.1"),
  line("absolute-form with a user", "GET http://u@a.test/ HTTP/1.1"),
  line("another scheme", "GET ftp://a.test/ HTTP/1.1"),
  line("authority-form", "GET a.test:80 HTTP/1.1"),
  line("CONNECT", "CONNECT a.test:80 HTTP/1.1"),
  line("asterisk-form of GET", "GET * HTTP/1.1"),
  line("a fragment", "GET /a#b HTTP/1.1"),
  line("a high byte in the target", "GET /\xe9 HTTP/1.1"),
  line("a tab for a blank", "GET\t/ HTTP/1.1"),
  line("two blanks", "GET  / HTTP/1.1"),
  line("a blank in the target", "GET /a b HTTP/1.1"),
  line("a blank behind the version", "GET / HTTP/1.1 "),
  line("a blank before the method", " GET / HTTP/1.1"),
  line("no version", "GET /"),
  line("HTTP/1.0", "GET / HTTP/1.0"),
  line("HTTP/1.2", "GET / HTTP/1.2"),
  line("HTTP/2.0", "GET / HTTP/2.0"),
  line("http/1.1 in small letters", "GET / http/1.1"),
  line("HTTP/1.10", "GET / HTTP/1.10"),
];

function chunks(claim: string, wire: string): Refused {
  return head(claim, CHUNKED, wire);
}

const LAST = "0\r\n\r\n";

/** Refused by their body. */
export const BODIES: readonly Refused[] = [
  chunks("a size with a sign", `+5\r\nhello\r\n${LAST}`),
  chunks("a size with 0x", `0x5\r\nhello\r\n${LAST}`),
  chunks("a size with an underscore", `1_0\r\n0123456789abcdef\r\n${LAST}`),
  chunks("a size behind a blank", ` 5\r\nhello\r\n${LAST}`),
  chunks("a size before a blank", `5 \r\nhello\r\n${LAST}`),
  chunks("a size of 17 digits", `00000000000000005\r\nhello\r\n${LAST}`),
  chunks("a size of 2^64", `ffffffffffffffff\r\nhello\r\n${LAST}`),
  chunks("no size", `\r\nhello\r\n${LAST}`),
  chunks("a size that ends in LF alone", `5\nhello\r\n${LAST}`),
  chunks("a size that ends in CR alone", `5\rhello\r\n${LAST}`),
  chunks("data longer than its size", `4\r\nhello\r\n${LAST}`),
  chunks("data that ends in LF alone", `5\r\nhello\n${LAST}`),
  chunks("data that ends in CR alone", `5\r\nhello\r0\r\n\r\n`),
  chunks("an extension without a name", `5;\r\nhello\r\n${LAST}`),
  chunks("an extension with a control", `5;a=\x01\r\nhello\r\n${LAST}`),
  chunks("an extension with a bare LF", `5;a\nhello\r\n${LAST}`),
  chunks("an extension whose quotes don't close", `5;a="b\r\nhello\r\n${LAST}`),
  chunks("a trailer of length", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
  chunks("a trailer of Host", "5\r\nhello\r\n0\r\nHost: b.test\r\n\r\n"),
  chunks("a folded trailer", "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n"),
  chunks("a trailer section that ends in LF alone", "5\r\nhello\r\n0\r\n\n"),
  chunks("a trailer without a colon", "5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n"),
];

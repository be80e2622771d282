/**
 * Versions, and other protocols on a connection that speaks HTTP/1.1.
 *
 * @module
 */

import {
  accepts,
  expected,
  get,
  head,
  HOST,
  post,
  refuses,
  type RequestCase,
} from "../request_case.ts";

export const VERSION: readonly RequestCase[] = [
  ...refuses("RFC 9112 §2.3", {
    "version: HTTP/1.2": head("GET / HTTP/1.2", HOST),
    "version: HTTP/2.0": head("GET / HTTP/2.0", HOST),
    "version: HTTP/0.9": head("GET / HTTP/0.9", HOST),
    "version: HTTP/3": head("GET / HTTP/3", HOST),
    "version: lower case": head("GET / http/1.1", HOST),
    "version: two digits": head("GET / HTTP/1.10", HOST),
    "version: a leading zero": head("GET / HTTP/01.1", HOST),
    "version: no minor": head("GET / HTTP/1", HOST),
    "version: no dot": head("GET / HTTP/11", HOST),
    "version: a comma": head("GET / HTTP/1,1", HOST),
    "version: another protocol's": head("GET / ICAP/1.0", HOST),
    "version: HTTP/1.1 glued to a letter": head("GET / HTTP/1.1x", HOST),
  }),
  ...refuses("Envoy: accept_http_10", {
    "HTTP/1.0: 426 unless configured": head("GET / HTTP/1.0", HOST),
    "HTTP/1.0: 426 without a Host": head("GET / HTTP/1.0"),
    "HTTP/1.0: 426 with keep-alive": head("GET / HTTP/1.0", HOST, "Connection: keep-alive"),
  }, { status: 426 }),
  ...refuses("RFC 9112 §6.1", {
    "Transfer-Encoding with HTTP/1.0": head(
      "POST / HTTP/1.0",
      HOST,
      "Transfer-Encoding: chunked",
    ) + "0\r\n\r\n",
  }),
  ...accepts("RFC 7540 §3.2", {
    "an offer of h2c is not taken": [
      get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
      expected(),
    ],
  }),
];

/** Starts in a handshake, as a browser sends it to a plain port by mistake. */
const CLIENT_HELLO = "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + "\xa5".repeat(32) + "\x20";

/** Other protocols: answered or closed, and named in the log. */
export const FOREIGN: readonly RequestCase[] = [
  {
    name: "HTTP/2's preface on a connection that speaks 1.1",
    clause: "RFC 9113 §3.4",
    send: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    outcome: { kind: "closed" },
    logged: /^.*(HTTP\/2|http2).*preface.*$/im,
  },
  {
    name: "TLS on a plain port",
    clause: "RFC 8446 §4.1.2",
    send: CLIENT_HELLO,
    outcome: { kind: "closed" },
    logged: /^.*\bTLS\b.*$/im,
  },
];

/** With `accept_http_10`. */
export const HTTP_10: readonly RequestCase[] = [
  ...accepts("RFC 9112 §9.3", {
    "HTTP/1.0 accepted: closed behind the answer": [head("GET / HTTP/1.0", HOST), expected()],
    "HTTP/1.0 accepted: with a Content-Length": [
      head("POST / HTTP/1.0", HOST, "Content-Length: 5") + "hello",
      expected({ method: "POST", body: "hello" }),
    ],
    "HTTP/1.0 accepted: keep-alive dressed as something else": [
      head("GET / HTTP/1.0", HOST, "Connection: keep-alive-ish"),
      expected(),
    ],
    "HTTP/1.0 accepted: keep-alive and close": [
      head("GET / HTTP/1.0", HOST, "Connection: keep-alive, close"),
      expected(),
    ],
    "HTTP/1.0 accepted: an Upgrade is ignored": [
      head("GET / HTTP/1.0", HOST, "Connection: Upgrade", "Upgrade: websocket"),
      expected(),
    ],
    "HTTP/1.0 accepted: an expectation is ignored": [
      head("POST / HTTP/1.0", HOST, "Expect: 100-continue", "Content-Length: 5") + "hello",
      expected({ method: "POST", body: "hello" }),
    ],
    "HTTP/1.0 accepted: a second request on a connection that ends": [
      head("GET / HTTP/1.0", HOST) + head("GET /second HTTP/1.0", HOST),
      expected(),
    ],
  }, { closes: true }),
  ...accepts("RFC 9112 §9.3", {
    "HTTP/1.0 accepted: keep-alive": [
      head("GET / HTTP/1.0", HOST, "Connection: keep-alive"),
      expected(),
    ],
    "HTTP/1.0 accepted: keep-alive in capitals": [
      head("GET /1 HTTP/1.0", HOST, "Connection: Keep-Alive") + get(),
      expected({ target: "/1" }),
      expected(),
    ],
    "HTTP/1.0 accepted: HTTP/1.1 as ever": [
      post(["Transfer-Encoding: chunked"], "1\r\na\r\n0\r\n\r\n"),
      expected({ method: "POST", body: "a" }),
    ],
  }),
  ...refuses("RFC 9112 §3.2", {
    "HTTP/1.0 accepted: without a Host": head("GET / HTTP/1.0"),
  }, { body: "" }),
  ...refuses("RFC 9112 §3.2", {
    "HTTP/1.0 accepted: two Hosts": head("GET / HTTP/1.0", HOST, HOST),
    "HTTP/1.0 accepted: an invalid Host": head("GET / HTTP/1.0", "Host: a b"),
  }),
  ...refuses("RFC 9112 §6.1", {
    "HTTP/1.0 accepted: Transfer-Encoding": head(
      "POST / HTTP/1.0",
      HOST,
      "Transfer-Encoding: chunked",
    ) + "0\r\n\r\n",
  }),
  ...refuses("RFC 9112 §2.3", {
    "HTTP/1.0 accepted: not HTTP/0.9": "GET /\r\n\r\n",
    "HTTP/1.0 accepted: not HTTP/1.2": head("GET / HTTP/1.2", HOST),
  }),
];

/** With `default_host_for_http_10`, `old.test`. */
export const HTTP_10_HOST: readonly RequestCase[] = [
  ...accepts("RFC 9112 §3.2", {
    "HTTP/1.0 accepted: without a Host, where one is given": [
      head("GET / HTTP/1.0"),
      expected({ host: "old.test" }),
    ],
    "HTTP/1.0 accepted: its own Host comes first": [head("GET / HTTP/1.0", HOST), expected()],
    "HTTP/1.0 accepted: absolute-form without a Host": [
      head("GET http://a.test/b HTTP/1.0"),
      expected({ target: "/b" }),
    ],
  }, { closes: true }),
  ...refuses("RFC 9112 §3.2", {
    "HTTP/1.0 accepted: HTTP/1.1 still needs a Host": head("GET / HTTP/1.1"),
  }, { body: "" }),
];

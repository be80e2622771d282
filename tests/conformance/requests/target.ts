/**
 * The request target's four forms and its characters.
 *
 * @module
 */

import {
  type AcceptedRow,
  accepts,
  expected,
  head,
  HOST,
  refuses,
  type RequestCase,
} from "../request_case.ts";

/** A GET for a target with a Host. */
function ask(target: string, host = "a.test", method = "GET"): string {
  return head(`${method} ${target} HTTP/1.1`, `Host: ${host}`);
}

/** A target that passes as it is. */
function asIs(target: string): AcceptedRow {
  return [ask(target), expected({ target })];
}

export const TARGET: readonly RequestCase[] = [
  ...accepts("RFC 9112 §3.2.1", {
    "origin-form: a path": asIs("/a/b"),
    "origin-form: a query": asIs("/a?b=c&d=/?"),
    "origin-form: an empty query": asIs("/?"),
    "origin-form: two slashes": asIs("//a.test/b"),
    "origin-form: percent-encoding isn't touched": asIs("/%41%2f%2F..%00"),
    "origin-form: dot segments aren't touched": asIs("/a/../b/./c"),
    "origin-form: all of path's characters": asIs("/-._~!$&'()*+,;=:@"),
    "origin-form: a backslash isn't touched": asIs("/a\\b"),
    "origin-form: an absolute form in a path": asIs("/http://b.test/"),
  }),
  ...accepts("RFC 9112 §3.2.2", {
    "absolute-form: becomes origin-form": [
      ask("http://a.test/b?c"),
      expected({ target: "/b?c" }),
    ],
    "absolute-form: without a path": [ask("http://a.test"), expected()],
    "absolute-form: a query without a path": [
      ask("http://a.test?b"),
      expected({ target: "/?b" }),
    ],
    "absolute-form: the scheme's letter case": [ask("HTTP://a.test/"), expected()],
    "absolute-form: the host's letter case": [
      ask("http://A.TEST/", "a.test"),
      expected({ host: "A.TEST" }),
    ],
    "absolute-form: https": [ask("https://a.test/"), expected()],
    "absolute-form: a port": [
      ask("http://a.test:81/", "a.test:81"),
      expected({ host: "a.test:81" }),
    ],
  }),
  ...accepts("RFC 9112 §3.2.4", {
    "asterisk-form: OPTIONS is forwarded": [
      ask("*", "a.test", "OPTIONS"),
      expected({ method: "OPTIONS", target: "*" }),
    ],
  }),
  ...accepts("RFC 9110 §9.3.7", {
    "OPTIONS for a path": [
      ask("/a", "a.test", "OPTIONS"),
      expected({ method: "OPTIONS", target: "/a" }),
    ],
  }),
  ...refuses("RFC 9112 §3.2.2", {
    "absolute-form: an authority that disagrees with Host": ask("http://b.test/", "a.test"),
    "absolute-form: a port that disagrees with Host": ask("http://a.test:81/", "a.test:82"),
    "absolute-form: a port that Host lacks": ask("http://a.test:81/", "a.test"),
    "absolute-form: two Hosts beside it": head("GET http://a.test/ HTTP/1.1", HOST, HOST),
    "absolute-form: user information": ask("http://user@a.test/"),
    "absolute-form: user information that names another host": ask("http://a.test@b.test/"),
    "absolute-form: no authority": ask("http:///a"),
    "absolute-form: one slash": ask("http:/a.test/"),
    "absolute-form: another scheme": ask("ftp://a.test/"),
    "absolute-form: a scheme without slashes": ask("mailto:a@a.test"),
    "absolute-form: a backslash in the authority": ask("http://a.test\\b.test/"),
  }),
  ...refuses("RFC 9112 §3.2.2", {
    "absolute-form: no Host beside it": head("GET http://a.test/ HTTP/1.1"),
  }, { body: "" }),
  ...refuses("RFC 9112 §3.2.3", {
    "authority-form without CONNECT": ask("a.test:80"),
    "authority-form without CONNECT: POST": ask("a.test:80", "a.test:80", "POST"),
    "authority-form without CONNECT: a name alone": ask("a.test"),
  }),
  ...refuses("RFC 9112 §3.2.4", {
    "asterisk-form without OPTIONS": ask("*"),
    "asterisk-form without OPTIONS: HEAD": ask("*", "a.test", "HEAD"),
    "asterisk-form: a path behind the asterisk": ask("*/a", "a.test", "OPTIONS"),
    "asterisk-form: two asterisks": ask("**", "a.test", "OPTIONS"),
  }),
  ...refuses("RFC 9110 §7.1", {
    "fragment: in origin-form": ask("/a#b"),
    "fragment: empty": ask("/a#"),
    "fragment: in absolute-form": ask("http://a.test/a#b"),
    "fragment: in the authority": ask("http://a.test#@b.test/"),
    "fragment: alone": ask("#"),
  }),
  ...refuses("RFC 9112 §3.2", {
    "target: raw bytes ≥ 0x80": ask("/caf\xc3\xa9"),
    "target: a raw byte 0xA0": ask("/\xa0"),
    "target: a control": ask("/a\x1fb"),
    "target: DEL": ask("/a\x7f"),
    "target: a tab": ask("/a\tb"),
    "target: a path without its slash": ask("a/b"),
    "target: a query without its path": ask("?a"),
    "target: raw bytes ≥ 0x80 in the authority": ask("http://\xe4.test/", "\xe4.test"),
  }),
];

/** Bytes of the longest target that the native form takes. */
const TARGET_BYTES = 8 * 1024;
const LONGEST = `/${"x".repeat(TARGET_BYTES - 1)}`;

/** The native form's own limit on the target's length. */
export const LONG_TARGET: readonly RequestCase[] = [
  ...accepts("RFC 9110 §15.5.15", { "target length: exactly at the limit": asIs(LONGEST) }),
  ...refuses("RFC 9110 §15.5.15", {
    "target length: one over the limit": ask(`${LONGEST}x`),
    "target length: a query over the limit": ask(`/?${"x".repeat(TARGET_BYTES - 1)}`),
  }, { status: 414 }),
];

/** Envoy's form knows no such limit. */
export const LONG_TARGET_ENVOY: readonly RequestCase[] = accepts("Envoy: max_request_headers_kb", {
  "target length: over the native form's limit, in Envoy's": asIs(`${LONGEST}x`),
});

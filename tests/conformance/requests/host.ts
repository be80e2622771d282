/**
 * The Host field.
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

/** A Host that passes as it is. */
function asIs(host: string): AcceptedRow {
  return [ask(`Host: ${host}`), expected({ host })];
}

function ask(...lines: readonly string[]): string {
  return head("GET / HTTP/1.1", ...lines);
}

export const HOSTS: readonly RequestCase[] = [
  ...accepts("RFC 9112 §3.2", {
    "Host: a name": asIs("a.test"),
    "Host: a port": asIs("a.test:8080"),
    "Host: an empty port (RFC 3986 §3.2.3)": asIs("a.test:"),
    "Host: letter case is kept": asIs("A.Test"),
    "Host: an underscore": asIs("a_b.test"),
    "Host: IPv4": asIs("127.0.0.1:80"),
    "Host: IPv6": asIs("[::1]:80"),
    "Host: the field name's letter case": [ask("hOsT: a.test"), expected()],
    "Host: behind other fields": [
      ask("X-A: 1", HOST),
      expected({ fields: [["x-a", "1"]] }),
    ],
    "Host: white space around it": [ask("Host: \t a.test\t "), expected()],
  }),
  ...refuses("RFC 9112 §3.2", {
    "Host missing": ask(),
    "Host missing, with other fields": ask("X-Host: a.test"),
  }, { body: "" }),
  ...refuses("RFC 9112 §3.2", {
    "Host repeated: different": ask(HOST, "Host: b.test"),
    "Host repeated: the same": ask(HOST, HOST),
    "Host repeated: apart and in another letter case": ask(HOST, "X-A: 1", "hOST: b.test"),
    "Host invalid: empty": ask("Host:"),
    "Host invalid: white space alone": ask("Host:  \t "),
    "Host invalid: a space": ask("Host: a b"),
    "Host invalid: a list": ask("Host: a.test, b.test"),
    "Host invalid: a path": ask("Host: a.test/b"),
    "Host invalid: a query": ask("Host: a.test?b"),
    "Host invalid: a fragment": ask("Host: a.test#b"),
    "Host invalid: user information": ask("Host: user@a.test"),
    "Host invalid: a backslash": ask("Host: a.test\\b"),
    "Host invalid: a scheme": ask("Host: http://a.test"),
    "Host invalid: a port that is no number": ask("Host: a.test:http"),
    "Host invalid: a signed port": ask("Host: a.test:+80"),
    "Host invalid: two ports": ask("Host: a.test:80:80"),
    "Host invalid: a port alone": ask("Host: :80"),
    "Host invalid: IPv6 without brackets": ask("Host: ::1"),
    "Host invalid: half a bracket": ask("Host: [::1"),
    "Host invalid: something behind the bracket": ask("Host: [::1]a"),
    "Host invalid: no address in brackets": ask("Host: [a.test]"),
    "Host invalid: a byte ≥ 0x80": ask("Host: \xe4.test"),
    "Host invalid: a quote": ask('Host: "a.test"'),
    "Host invalid: percent-encoding, which parsers read differently": ask("Host: a%2eb.test"),
  }),
];

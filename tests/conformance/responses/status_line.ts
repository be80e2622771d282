/**
 * Status lines.
 *
 * @module
 */

import { answer, forwards, HELLO, rejects, response, type ResponseCase } from "../response_case.ts";

/** Five bytes behind this status line. */
function line(text: string): string {
  return `${text}\r\nContent-Length: 5\r\n\r\nhello`;
}

export const STATUS_LINE: readonly ResponseCase[] = [
  ...forwards("RFC 9112 §4", {
    "status line: as ever": [HELLO, response()],
    "status line: an empty reason": [line("HTTP/1.1 200 "), response({ reason: "" })],
    "status line: an empty reason without its space": [
      line("HTTP/1.1 200"),
      response({ reason: "" }),
    ],
    "status line: a reason of its own": [
      line("HTTP/1.1 200 All\tis well"),
      response({ reason: "All\tis well" }),
    ],
    "status line: bytes ≥ 0x80 in the reason": [
      line("HTTP/1.1 200 \xc3\xa9"),
      response({ reason: "\xc3\xa9" }),
    ],
  }),
  ...forwards("RFC 9110 §15", {
    "status: one that nobody knows": [
      line("HTTP/1.1 299 Odd"),
      response({ status: 299, reason: "Odd" }),
    ],
    "status: 599": [line("HTTP/1.1 599 Odd"), response({ status: 599, reason: "Odd" })],
    "status: 404": [line("HTTP/1.1 404 No"), response({ status: 404, reason: "No" })],
  }),
  ...forwards("RFC 9112 §9.3", {
    "HTTP/1.0 response with keep-alive": [
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
      response(),
    ],
  }),
  ...forwards("RFC 9112 §9.3", {
    "HTTP/1.0 response": [line("HTTP/1.0 200 OK"), response()],
  }, { reused: false }),
  ...rejects("RFC 9112 §4", {
    "status line: no version": line("200 OK"),
    "status line: no status": line("HTTP/1.1 OK"),
    "status line: nothing but the version": line("HTTP/1.1"),
    "status line: two spaces before the status": line("HTTP/1.1  200 OK"),
    "status line: a tab before the status": line("HTTP/1.1\t200 OK"),
    "status line: a tab behind the status": line("HTTP/1.1 200\tOK"),
    "status line: two digits": line("HTTP/1.1 20 OK"),
    "status line: four digits": line("HTTP/1.1 2000 OK"),
    "status line: a sign": line("HTTP/1.1 +20 OK"),
    "status line: hex": line("HTTP/1.1 0x1 OK"),
    "status line: letters": line("HTTP/1.1 abc OK"),
    "status line: a reason glued to the status": line("HTTP/1.1 200OK"),
    "status line: another protocol": line("ICY 200 OK"),
    "status line: no HTTP at all": "220 mail.test ESMTP\r\n\r\n",
    "status line: white space before": ` ${HELLO}`,
    "status line: an empty line before": `\r\n${HELLO}`,
  }),
  ...rejects("RFC 9110 §15", {
    "status: 000": line("HTTP/1.1 000 Odd"),
    "status: 099": line("HTTP/1.1 099 Odd"),
    "status: 600": line("HTTP/1.1 600 Odd"),
    "status: 999": line("HTTP/1.1 999 Odd"),
  }),
  ...rejects("RFC 9112 §2.3", {
    "version of a response: HTTP/2.0": line("HTTP/2.0 200 OK"),
    "version of a response: HTTP/1.2": line("HTTP/1.2 200 OK"),
    "version of a response: HTTP/0.9's page": "<html>\r\n<p>hello</p>\r\n\r\n",
    "version of a response: lower case": line("http/1.1 200 OK"),
    "version of a response: two digits": line("HTTP/1.10 200 OK"),
  }),
  ...rejects("RFC 9112 §2.2", {
    "bare LF behind the status line": "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello",
    "bare LF for all lines of a response": "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "bare CR in the reason": line("HTTP/1.1 200 O\rK"),
    "NUL in the reason": line("HTTP/1.1 200 O\0K"),
    "a control in the reason": line("HTTP/1.1 200 O\x1bK"),
  }),
  ...rejects("RFC 9113 §3.4", {
    "a response in HTTP/2's frames": "\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64",
  }),
  ...rejects("RFC 8446 §6", { "a TLS alert for a response": "\x15\x03\x03\0\x02\x02\x46" }),
  ...rejects("RFC 9110 §7.8", {
    "101 unasked": "HTTP/1.1 101 Switching Protocols\r\n" +
      "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "101 unasked, without an Upgrade": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "101 unasked, with a response behind it":
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n${answer([], "x")}`,
  }),
];

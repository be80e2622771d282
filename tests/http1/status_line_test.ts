import { assertEquals } from "../assert.ts";
import { decodeResponses, errorOf, responseHead } from "./driver.ts";

Deno.test("A status line gives status, reason and version (RFC 9112 §4)", () => {
  const head = responseHead("HTTP/1.1 404 Not Found\r\n\r\n");
  assertEquals([head.status, head.reason, head.minorVersion], [404, "Not Found", 1]);
});

Deno.test("A response in HTTP/1.0 is minor version 0 (RFC 9112 §2.3)", () => {
  assertEquals(responseHead("HTTP/1.0 200 OK\r\n\r\n").minorVersion, 0);
});

const REASONS: readonly (readonly [claim: string, behind: string, reason: string])[] = [
  ["A reason may be empty (RFC 9112 §4)", " ", ""],
  ["The space before an empty reason may be missing, as servers do", "", ""],
  ["A reason may have spaces and tabs (RFC 9112 §4)", " a \tb ", "a \tb "],
  ["A reason keeps its obs-text byte for byte (RFC 9112 §4)", " \x80\xff", "\x80\xff"],
];
for (const [claim, behind, reason] of REASONS) {
  Deno.test(claim, () => {
    assertEquals(responseHead(`HTTP/1.1 200${behind}\r\n\r\n`).reason, reason);
  });
}

Deno.test("Every status from 100 to 599 is taken (RFC 9110 §15)", () => {
  for (let status = 100; status <= 599; status++) {
    assertEquals(responseHead(`HTTP/1.1 ${status} \r\n\r\n`).status, status);
  }
});

/** The claim, the line, and the error. */
const REFUSED: readonly (readonly [claim: string, line: string, error: string])[] = [
  ["A status below 100 is refused (RFC 9110 §15)", "HTTP/1.1 099 x", "bad_status_line"],
  ["A status above 599 is refused (RFC 9110 §15)", "HTTP/1.1 600 x", "bad_status_line"],
  ["A status of two digits is refused (RFC 9112 §4)", "HTTP/1.1 20 x", "bad_status_line"],
  ["A status of four digits is refused (RFC 9112 §4)", "HTTP/1.1 2000 x", "bad_status_line"],
  ["A status that is no number is refused (RFC 9112 §4)", "HTTP/1.1 2x0 x", "bad_status_line"],
  ["A status with a sign is refused (RFC 9112 §4)", "HTTP/1.1 +20 x", "bad_status_line"],
  ["A status in another notation is refused (RFC 9112 §4)", "HTTP/1.1 1e2 x", "bad_status_line"],
  ["Two spaces before a status are refused (RFC 9112 §4)", "HTTP/1.1  200", "bad_status_line"],
  ["A tab behind a status is refused (RFC 9112 §4)", "HTTP/1.1 200\tOK", "bad_status_line"],
  ["A line without a status is refused (RFC 9112 §4)", "HTTP/1.1 ", "bad_status_line"],
  ["A version alone is refused (RFC 9112 §4)", "HTTP/1.1", "bad_version"],
  ["Space before a version is refused (RFC 9112 §4)", " HTTP/1.1 200 OK", "bad_version"],
  ["HTTP/2.0 on a status line is refused (RFC 9112 §4)", "HTTP/2.0 200 OK", "bad_version"],
  ["Another protocol is refused (RFC 9112 §4)", "ICY 200 OK", "bad_version"],
];
for (const [claim, line, error] of REFUSED) {
  Deno.test(claim, () => {
    assertEquals(errorOf(decodeResponses(`${line}\r\n\r\n`)), `400 ${error}`);
  });
}

Deno.test("An empty line before a response is refused (RFC 9112 §2.2 speaks of servers)", () => {
  assertEquals(errorOf(decodeResponses("\r\nHTTP/1.1 200 OK\r\n\r\n")), "400 bad_version");
});

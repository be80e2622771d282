/**
 * The messages that the micro-benchmarks read and write: as short as they get, and as browsers and
 * applications send them.
 *
 * @module
 */

const ENCODER = new TextEncoder();

function message(...lines: readonly string[]): Uint8Array {
  return ENCODER.encode(lines.map((line) => `${line}\r\n`).join("") + "\r\n");
}

/** What a load generator asks. */
export const SMALL_REQUEST = message("GET / HTTP/1.1", "Host: localhost:8080");

/** What a browser asks. */
export const BROWSER_REQUEST = message(
  "GET /articles/2026/11/a-proxy-in-typescript?page=2&sort=newest HTTP/1.1",
  "Host: www.example.com",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Referer: https://www.example.com/articles",
  "Connection: keep-alive",
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; seen=1699999999",
  "Upgrade-Insecure-Requests: 1",
  "Sec-Fetch-Dest: document",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-User: ?1",
  "Priority: u=0, i",
);

/** The least that a server answers. */
export const SMALL_RESPONSE = message("HTTP/1.1 204 No Content");

/** What an application answers, without its body. */
export const USUAL_RESPONSE = message(
  "HTTP/1.1 200 OK",
  "Server: nginx/1.22.1",
  "Date: Sun, 22 Nov 2026 12:00:00 GMT",
  "Content-Type: text/html; charset=utf-8",
  "Content-Length: 0",
  "Connection: keep-alive",
  "Cache-Control: private, max-age=0, must-revalidate",
  'ETag: W/"5e8d-0123456789abcdef"',
  "Vary: Accept-Encoding, Cookie",
  "Set-Cookie: session=0123456789abcdef; Path=/; HttpOnly; Secure; SameSite=Lax",
  "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload",
  "X-Content-Type-Options: nosniff",
  "X-Frame-Options: SAMEORIGIN",
);

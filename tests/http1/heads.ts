/**
 * Heads as they come in practice, for the benchmarks: `deno bench tests/http1`.
 *
 * @module
 */

function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** What curl sends: 84 bytes, 3 fields. */
export const CURL_REQUEST = head(
  "GET /status HTTP/1.1",
  "Host: localhost:10000",
  "User-Agent: curl/8.5.0",
  "Accept: */*",
);

/** What a browser sends: 594 bytes, 14 fields. */
export const BROWSER_REQUEST = head(
  "GET /assets/app.js?v=3f2a9c HTTP/1.1",
  "Host: app.example.test",
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"',
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: no-cors",
  "Sec-Fetch-Dest: script",
  "Referer: https://app.example.test/",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9",
  "Cookie: session=0b5c1b7e9f2d4a61",
);

/** What a small upstream answers: 192 bytes, 6 fields. */
export const RESPONSE = head(
  "HTTP/1.1 200 OK",
  "Date: Sun, 06 Nov 1994 08:49:37 GMT",
  "Content-Type: application/json; charset=utf-8",
  "Content-Length: 67",
  'ETag: W/"43-8zvpXbM"',
  "Vary: Accept-Encoding",
  "Connection: keep-alive",
);

import { HeaderMap } from "../../src/http/mod.ts";
import { requestHead } from "./driver.ts";
import { BROWSER_REQUEST, CURL_REQUEST } from "./heads.ts";

// Looked up for each request that a proxy forwards.
const NAMES = ["transfer-encoding", "content-length", "host", "connection", "expect", "upgrade"];

function benchLookups(name: string, text: string): void {
  const { headers } = requestHead(text);
  Deno.bench(`look up ${NAMES.length} names in ${name}`, () => {
    for (const name of NAMES) headers.has(name);
  });
  Deno.bench(`copy ${name}'s fields, telling some by name`, () => {
    const copy = new HeaderMap();
    const { names, values } = headers;
    for (let at = 0; at < names.length; at++) {
      switch (names[at]) {
        case "connection":
        case "keep-alive":
        case "transfer-encoding":
        case "content-length":
        case "upgrade":
        case "expect":
        case "te":
        case "x-forwarded-for":
        case "x-request-id":
          continue;
      }
      copy.append(names[at], values[at]);
    }
  });
}

benchLookups("curl's request", CURL_REQUEST);
benchLookups("a browser's request", BROWSER_REQUEST);

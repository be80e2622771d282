import {
  CHUNK_END,
  encodeChunkStart,
  encodeRequestHead,
  encodeResponseHead,
  OutputBuffer,
} from "../../src/http1/mod.ts";
import { requestHead, responseHead } from "./driver.ts";
import { BROWSER_REQUEST, CURL_REQUEST, RESPONSE } from "./heads.ts";

const out = new OutputBuffer();

function benchRequest(name: string, text: string): void {
  const head = requestHead(text);
  Deno.bench(`write ${name} (${text.length} bytes)`, () => {
    encodeRequestHead(out, head);
    out.clear();
  });
}

benchRequest("curl's request", CURL_REQUEST);
benchRequest("a browser's request", BROWSER_REQUEST);
benchRequest(
  "a browser's request with obs-text",
  BROWSER_REQUEST.replace("session=", "session=\xe9"),
);

{
  const head = responseHead(RESPONSE, "HEAD");
  Deno.bench(`write a response (${RESPONSE.length} bytes)`, () => {
    encodeResponseHead(out, head);
    out.clear();
  });
}

{
  const data = new Uint8Array(1024);
  Deno.bench("write a chunk of 1 KiB", () => {
    encodeChunkStart(out, data.length);
    out.append(data);
    out.text(CHUNK_END);
    out.clear();
  });
}

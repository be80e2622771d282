import { RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";
import { latin1Bytes } from "./driver.ts";
import { BROWSER_REQUEST, CURL_REQUEST, RESPONSE } from "./heads.ts";

/** Reads the same head again and again, as a kept-alive connection does. */
function benchRequest(name: string, text: string): void {
  const bytes = latin1Bytes(text);
  const decoder = new RequestDecoder();
  Deno.bench(`read ${name} (${bytes.length} bytes)`, () => {
    decoder.input.space().set(bytes);
    decoder.input.commit(bytes.length);
    decoder.nextHead();
    decoder.reset();
  });
}

benchRequest("curl's request", CURL_REQUEST);
benchRequest("a browser's request", BROWSER_REQUEST);
benchRequest(
  "a browser's request with obs-text",
  BROWSER_REQUEST.replace("session=", "session=\xe9"),
);

{
  const bytes = latin1Bytes(RESPONSE);
  const decoder = new ResponseDecoder();
  decoder.expect("HEAD");
  Deno.bench(`read a response (${bytes.length} bytes)`, () => {
    decoder.input.space().set(bytes);
    decoder.input.commit(bytes.length);
    decoder.nextHead();
    decoder.reset();
  });
}

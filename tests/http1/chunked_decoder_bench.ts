import { END, RequestDecoder } from "../../src/http1/mod.ts";
import { latin1Bytes } from "./driver.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Reads a body of 32 KiB in chunks of that size. */
function benchChunks(size: number, extension: string): void {
  const chunk = `${size.toString(16)}${extension}\r\n${"a".repeat(size)}\r\n`;
  const bytes = latin1Bytes(`${HEAD}${chunk.repeat(32 * 1024 / size)}0\r\n\r\n`);
  const decoder = new RequestDecoder();
  decoder.input.reserve(bytes.length);
  const storage = decoder.input.bytes;
  const label = extension === "" ? "" : ` with ${extension}`;
  Deno.bench(`read 32 KiB in chunks of ${size} bytes${label}`, () => {
    decoder.input.bytes = storage;
    decoder.input.space().set(bytes);
    decoder.input.commit(bytes.length);
    decoder.nextHead();
    while (decoder.nextBody() !== END);
    decoder.reset();
  });
}

benchChunks(64, "");
benchChunks(1024, "");
benchChunks(16 * 1024, "");
benchChunks(1024, ";a=b");

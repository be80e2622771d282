/**
 * Plain HTTP on a port for TLS: a redirect where the bytes can be seen before the handshake (on
 * Deno), else the end of the connection. Nothing of it goes upstream.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "../e2e/certificates.ts";
import { BINARY } from "../e2e/program.ts";
import { e2e } from "../e2e/scene.ts";
import { Wire } from "../e2e/wire.ts";
import { native } from "./lane_config.ts";
import { RecordingUpstream } from "./recording_upstream.ts";
import { get, head, HOST, post } from "./request_case.ts";
import { splitsOf } from "./splits.ts";
import { readResponse, requestLine, statusOf, valuesOf } from "./strict_reader.ts";

/** What is sent, and where the answer leads; null where there is no telling. */
const PLAIN: Readonly<Record<string, readonly [send: string, location: RegExp | null]>> = {
  "a request": [get(), /^https:\/\/a\.test:\d+\/$/],
  "a request with a body": [post(["Content-Length: 5"], "hello", "/a?b"), /\/a\?b$/],
  "two requests": [get() + get(), /^https:\/\/a\.test:\d+\/$/],
  "a request without a Host": [head("GET / HTTP/1.1"), null],
  "a request that can't be framed": [post(["Content-Length: 5", "Content-Length: 6"], ""), null],
  "a bad first line": [head("GET /", HOST), null],
};

/** RFC 8446 §5.1: the type of a record with an alert. */
const ALERT = "\x15";

e2e("Plain HTTP on a TLS port is redirected or ended, and never forwarded", async (scene) => {
  await scene.writeCertificates();
  const upstream = scene.own(new RecordingUpstream());
  const tls = "tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }";
  const program = await scene.serve(native({ filter: tls })([upstream.port]));
  const port = program.port("lane0");
  for (const [name, [send, location]] of Object.entries(PLAIN)) {
    for (const split of splitsOf(send)) {
      using wire = await Wire.connect(port);
      const sending = (async () => {
        for (const piece of split.pieces) await wire.send(piece);
      })().catch(() => {});
      const text = await wire.toEnd();
      await sending;
      const title = `${name}, ${split.name}: ${JSON.stringify(text)}`;
      if (text.startsWith("HTTP/")) {
        const answer = readResponse(text, { method: "GET" });
        assertEquals(answer?.size, text.length, title);
        assertEquals(valuesOf(answer!.fields, "connection"), ["close"], title);
        assertEquals(statusOf(answer!), location === null ? 400 : 308, title);
        const [found] = valuesOf(answer!.fields, "location");
        if (location !== null) assertMatch(found, location);
      } else {
        assert(BINARY !== null, title);
        assert(text === "" || text.startsWith(ALERT), title);
      }
    }
  }
  const { ca } = await localhostCertificate();
  using wire = await Wire.connect(port, ca);
  await wire.send("GET /barrier HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
  assertMatch(await wire.toEnd(), /^HTTP\/1\.1 200 OK\r\n/);
  const { requests, scraps } = upstream.take();
  assertEquals(requests.map((request) => requestLine(request).target), ["/barrier"]);
  assertEquals(scraps, []);
});

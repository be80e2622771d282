/**
 * What a client may put on the wire: pipelines, and bytes that break the protocol.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";
import { isLost, Wire } from "./wire.ts";

/** A proxy that can be reached in every way, before an upstream that says what it was asked. */
async function startProxy(scene: Scene): Promise<Program> {
  await scene.writeCertificates();
  const { port } = scene.own(httpUpstream(async (request) => {
    // A client may leave in the middle.
    const body = await request.text().catch(() => "");
    return new Response(`${request.method} ${new URL(request.url).pathname} ${body}\n`);
  }));
  return await scene.serve(`
admin: 127.0.0.1:0
listeners:
  tls:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app }]
  web: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  raw: { address: 127.0.0.1:0, tcp: app }
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`);
}

/** Asks once more, to show that the program is still well. */
async function expectWell(program: Program): Promise<void> {
  const { ca } = await localhostCertificate();
  for (const [name, trust] of [["web", null], ["tls", ca], ["raw", null]] as const) {
    using wire = await Wire.connect(program.port(name), trust);
    await wire.send("GET /well HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assertMatch(await wire.toEnd(), /^HTTP\/1\.1 200 OK\r\n[^]*GET \/well /);
  }
}

e2e("Pipelined requests are answered in their order", async (scene) => {
  const program = await startProxy(scene);
  using wire = await Wire.connect(program.port("web"));
  await wire.send([
    "GET /1 HTTP/1.1\r\nhost: a\r\n\r\n",
    "POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello",
    "POST /3 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "GET /4 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
  ].join(""));
  const responses = await wire.toEnd();
  const answered = Array.from(responses.matchAll(/\r\n\r\n(\w+ \/\d \w*)\n/g), ([, text]) => text);
  assertEquals(answered, ["GET /1 ", "POST /2 hello", "POST /3 hello", "GET /4 "]);
});

const LONG = "x".repeat(61 * 1024);

/** Requests that break the rules, and the response's first line. */
const BROKEN: readonly (readonly [claim: string, request: string, answer: string])[] = [
  ["no request at all", "hello\r\n\r\n", "400 Bad Request"],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request"],
  ["two Hosts", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "400 Bad Request"],
  [
    "both Content-Length and Transfer-Encoding",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "400 Bad Request",
  ],
  [
    "two Content-Lengths",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "400 Bad Request",
  ],
  [
    "a space before the colon",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "400 Bad Request",
  ],
  [
    "a chunk size that is none",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5g\r\nhello\r\n0\r\n\r\n",
    "400 Bad Request",
  ],
  [
    "a transfer coding other than chunked",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
    "501 Not Implemented",
  ],
  ["HTTP/1.0", "GET / HTTP/1.0\r\nhost: a\r\n\r\n", "426 Upgrade Required"],
  [
    "a head of more than 60 KiB",
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${LONG}\r\n\r\n`,
    "431 Request Header Fields Too Large",
  ],
  [
    "more than 100 headers",
    `GET / HTTP/1.1\r\nhost: a\r\n${"x: y\r\n".repeat(101)}\r\n`,
    "431 Request Header Fields Too Large",
  ],
];

e2e(
  "A request that breaks the protocol is refused as Envoy does, and its connection closed",
  async (scene) => {
    const program = await startProxy(scene);
    for (const [claim, request, answer] of BROKEN) {
      using wire = await Wire.connect(program.port("web"));
      // What follows must not be taken for a request.
      await wire.send(`${request}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n`);
      const response = await wire.toEnd();
      assertEquals(response.split("\r\n", 1)[0], `HTTP/1.1 ${answer}`, claim);
      assertMatch(response, /\r\nconnection: close\r\n/);
      assertEquals(response.match(/smuggled/), null, claim);
    }
    await expectWell(program);
  },
);

e2e("No bytes whatever end the program", async (scene) => {
  const program = await startProxy(scene);
  const { ca } = await localhostCertificate();
  const { port: admin } = new URL(program.admin);
  const targets: readonly (readonly [port: number, ca: string | null])[] = [
    [program.port("web"), null],
    [program.port("tls"), null],
    [program.port("tls"), ca],
    [program.port("raw"), null],
    [Number(admin), null],
  ];
  const random = randomBytes(2026);
  for (let round = 0; round < 40; round++) {
    await Promise.all(targets.map(([port, trust]) => disturb(port, trust, noise(random, round))));
  }
  await expectWell(program);
  assertEquals(program.stderr.text.match(/internal error|bug in genkan|^ +at /m), null);
});

/** Sends bytes and leaves, at once or after having read what comes. */
async function disturb(port: number, ca: string | null, bytes: Uint8Array): Promise<void> {
  using wire = await Wire.connect(port, ca);
  try {
    await wire.send(bytes);
    if (bytes[0] % 2 === 0) return;
    await wire.conn.closeWrite();
    await wire.toEnd();
  } catch (error) {
    if (!isLost(error)) throw error;
  }
}

const BEGINNINGS = [
  "",
  "GET / HTTP/1.1\r\n",
  "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
];

/** Random bytes, at times behind a beginning that is believed. */
function noise(random: () => number, round: number): Uint8Array {
  const beginning = BEGINNINGS[round % BEGINNINGS.length];
  const size = 1 + (random() * 256 + random()) % 4096;
  const rest = Array.from({ length: size }, random);
  return Uint8Array.from([...Array.from(beginning, (char) => char.charCodeAt(0)), ...rest]);
}

/** The same bytes each time (a linear congruential generator, as in Numerical Recipes). */
function randomBytes(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
}

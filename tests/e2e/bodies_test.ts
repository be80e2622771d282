/**
 * Bodies of every framing and size, both ways.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl, curlToFile, header } from "./curl.ts";
import { peakMemory } from "./process.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream, wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

const MB = 1_000_000;

/** More than the proxy may take, so that one that buffered bodies would show. */
const PAYLOAD_MB = 400;
/** What such a proxy stays below, the runtime's own memory included. */
const MAX_MEMORY = 380 * MB;

/** A proxy with a TLS and a plain listener before one upstream. */
async function startProxy(scene: Scene, upstream: { readonly port: number }): Promise<Program> {
  await scene.writeCertificates();
  return await scene.serve(
    `
access_log: off
listeners:
  tls:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app, timeout: 0s }]
  plain: { address: 127.0.0.1:0, routes: [{ cluster: app, timeout: 0s }] }
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`,
  );
}

/** A payload in which every MB is another one, so that a lost or swapped piece shows. */
async function writePayload(path: string): Promise<void> {
  using file = await Deno.create(path);
  const piece = new Uint8Array(MB);
  for (let at = 0; at < MB; at += 50_000) crypto.getRandomValues(piece.subarray(at, at + 50_000));
  const writer = file.writable.getWriter();
  for (let count = 0; count < PAYLOAD_MB; count++) {
    new DataView(piece.buffer).setUint32(0, count);
    await writer.write(piece);
  }
  await writer.close();
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

e2e(
  `${PAYLOAD_MB} MB up and down over TLS arrive as they were sent, in less memory than they take`,
  async (scene) => {
    const [sent, fetched] = ["sent", "fetched"].map((name) => scene.path(name));
    const upstream = httpUpstream(async (request) => {
      if (request.method === "GET") {
        const { size } = await Deno.stat(sent);
        const file = await Deno.open(sent);
        return new Response(file.readable, { headers: { "content-length": `${size}` } });
      }
      const length = request.headers.get("content-length");
      return Response.json([length, await sha256(await request.bytes())]);
    });
    const program = await startProxy(scene, scene.own(upstream));
    await writePayload(sent);
    const expected = await sha256(await Deno.readFile(sent));
    const url = `https://localhost:${program.port("tls")}/`;
    const ca = ["--cacert", scene.path("ca.pem")];

    const put = await curl(...ca, "-T", sent, url);
    assertEquals([put.status, JSON.parse(put.body)], [200, [`${PAYLOAD_MB * MB}`, expected]], "up");

    assertEquals(await curlToFile(fetched, ...ca, url), 200);
    assertEquals(await sha256(await Deno.readFile(fetched)), expected, "down");

    const chunked = await curl(...ca, "-T", sent, "-H", "Transfer-Encoding: chunked", url);
    assertEquals(
      [chunked.status, JSON.parse(chunked.body)],
      [200, [null, expected]],
      "up in chunks",
    );

    const peak = await peakMemory(program.pid);
    assert(peak < MAX_MEMORY, `${peak} bytes of memory`);
  },
  { needs: ["curl", "/proc"] },
);

/** How long a peer that takes no bytes is watched before it counts as one that won't. */
const STALL_MS = 1_000;
/** What the sockets' buffers on the way may hold together, by far. */
const MAX_HELD = 64 * MB;
/** Far more than a proxy could hide. */
const ENDLESS = 400 * MB;

/** Sends until nothing more is taken, or everything was; gives how much was taken. */
async function sendUntilHeldBack(wire: Wire): Promise<number> {
  const piece = new Uint8Array(256 * 1024);
  let sent = 0;
  while (sent < ENDLESS) {
    const writing = wire.conn.write(piece);
    const count = await Promise.race([writing, stalled()]);
    if (count === null) {
      // Ends with the connection.
      writing.catch(() => {});
      return sent;
    }
    sent += count;
  }
  return sent;

  function stalled(): Promise<null> {
    return new Promise((resolve) => Deno.unrefTimer(setTimeout(() => resolve(null), STALL_MS)));
  }
}

e2e("A client that doesn't read holds the upstream back", async (scene) => {
  const sent = Promise.withResolvers<number>();
  const upstream = wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    await wire.send(`HTTP/1.1 200 OK\r\ncontent-length: ${ENDLESS}\r\n\r\n`);
    sent.resolve(await sendUntilHeldBack(wire));
  });
  const program = await startProxy(scene, scene.own(upstream));
  using wire = await Wire.connect(program.port("tls"), (await localhostCertificate()).ca);
  await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const count = await sent.promise;
  assert(count < MAX_HELD, `${count} bytes were taken`);
  assert(await peakMemory(program.pid) < MAX_MEMORY);
}, { needs: ["curl", "/proc"] });

e2e("An upstream that doesn't read holds the client back", async (scene) => {
  const asked = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const upstream = wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    asked.resolve();
    await over.promise;
  });
  const program = await startProxy(scene, scene.own(upstream));
  using wire = await Wire.connect(program.port("tls"), (await localhostCertificate()).ca);
  await wire.send(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${ENDLESS}\r\n\r\n`);
  await asked.promise;
  const count = await sendUntilHeldBack(wire);
  over.resolve();
  assert(count < MAX_HELD, `${count} bytes were taken`);
  assert(await peakMemory(program.pid) < MAX_MEMORY);
}, { needs: ["curl", "/proc"] });

e2e("Chunks go through both ways at once, and framing is written anew", async (scene) => {
  const seen: (string | null)[] = [];
  const upstream = scene.own(httpUpstream((request) => {
    seen.push(request.headers.get("transfer-encoding"), request.headers.get("content-length"));
    return new Response(request.body);
  }));
  const program = await startProxy(scene, upstream);
  const sent = await scene.write("sent", "0123456789".repeat(100_000));
  const echoed = scene.path("echoed");
  const status = await curlToFile(
    echoed,
    ...["-T", sent, "-H", "Transfer-Encoding: chunked"],
    `http://localhost:${program.port("plain")}/`,
  );
  assertEquals([status, await Deno.readTextFile(echoed)], [200, "0123456789".repeat(100_000)]);
  assertEquals(seen, ["chunked", null]);
}, { needs: ["curl"] });

/** Responses without a body, as the upstream writes them. */
const BODILESS = [
  { method: "HEAD", head: "200 OK\r\ncontent-length: 12345", status: 200, length: "12345" },
  { method: "GET", head: "204 No Content", status: 204, length: null },
  { method: "GET", head: '304 Not Modified\r\netag: "a"', status: 304, length: null },
  { method: "GET", head: "200 OK\r\ncontent-length: 0", status: 200, length: "0" },
] as const;

e2e("A response without a body ends with its head, and the connection goes on", async (scene) => {
  const upstream = scene.own(wireUpstream(async (wire) => {
    for (;;) {
      const head = await wire.until("\r\n\r\n");
      const [, at] = head.match(/^\w+ \/(\d)/) ?? [];
      await wire.send(`HTTP/1.1 ${BODILESS[Number(at)].head}\r\n\r\n`);
    }
  }));
  const program = await startProxy(scene, upstream);
  for (const [at, { method, status, length }] of BODILESS.entries()) {
    const url = `http://localhost:${program.port("plain")}/${at}`;
    // The same twice: a body that wasn't there would spoil the second answer.
    for (let time = 0; time < 2; time++) {
      const answer = await curl(...(method === "HEAD" ? ["-I"] : []), url);
      assertEquals([answer.status, answer.body], [status, ""]);
      assertEquals(header(answer, "content-length"), length, `${method} ${status}`);
      assertEquals(header(answer, "transfer-encoding"), null, `${method} ${status}`);
    }
  }
}, { needs: ["curl"] });

e2e("Expect: 100-continue is answered by genkan and not passed on", async (scene) => {
  const upstream = scene.own(httpUpstream(async (request) => {
    const body = await request.text();
    return new Response(`${body.length} ${request.headers.get("expect")}`);
  }));
  const program = await startProxy(scene, upstream);
  const sent = await scene.write("sent", "x".repeat(MB * 2));
  const { status, informational, body } = await curl(
    ...["-H", "Expect: 100-continue", "--expect100-timeout", "20", "-T", sent],
    `http://localhost:${program.port("plain")}/`,
  );
  assertEquals([status, informational, body], [200, [100], `${MB * 2} null`]);
}, { needs: ["curl"] });

e2e("A compressed body passes as it is", async (scene) => {
  const text = new Response("hello ".repeat(1000)).body!;
  const stream = text.pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const upstream = scene.own(wireUpstream(async (wire) => {
    const head = await wire.until("\r\n\r\n");
    assertMatch(head, /\r\naccept-encoding: gzip\r\n/);
    await wire.send(
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`,
    );
    await wire.send(packed);
    await wire.toEnd();
  }));
  const program = await startProxy(scene, upstream);
  const path = scene.path("fetched");
  const url = `http://localhost:${program.port("plain")}/`;
  assertEquals(await curlToFile(path, "-H", "Accept-Encoding: gzip", url), 200);
  assertEquals(await Deno.readFile(path), packed);
}, { needs: ["curl"] });

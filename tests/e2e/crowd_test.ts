/**
 * Many clients at once, each with bytes of its own: connections share storage, and none may ever see
 * what is another's.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { e2e } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

const LANES = 24;
const REQUESTS = 25;
/** Around the sizes of what holds a head, a small body, and a body that streams. */
const SIZES = [0, 1, 4_000, 8_100, 16_500, 70_000, 300_000];

/** Bytes that no other request has: its own number, again and again. */
function bytesOf(id: number, size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array(Math.ceil(size / 4)).fill(id).buffer).subarray(0, size);
}

/** What is wrong with an answer's body; null when it is what was sent. */
function wrong(found: Uint8Array, sent: Uint8Array): string | null {
  if (found.length !== sent.length) return `${found.length} bytes for ${sent.length}`;
  const at = found.findIndex((byte, index) => byte !== sent[index]);
  return at < 0 ? null : `at ${at} of ${sent.length}: ${found.subarray(at - at % 4).slice(0, 4)}`;
}

e2e("Bodies and heads of many clients at once stay each other's own", async (scene) => {
  await scene.writeCertificates();
  const app = scene.own(httpUpstream((request) => {
    const { headers } = request;
    return new Response(request.body, { headers: { "x-mark": headers.get("x-mark") ?? "" } });
  }));
  const program = await scene.serve(`
listeners:
  plain: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  tls:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${app.port}"] } }
`);
  const ca = await Deno.readTextFile(scene.path("ca.pem"));
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const plain = `http://127.0.0.1:${program.port("plain")}/`;
  const tls = `https://localhost:${program.port("tls")}/`;
  const failures: string[] = [];
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    for (let turn = 0; turn < REQUESTS; turn++) {
      const id = lane * REQUESTS + turn + 1;
      const sent = bytesOf(id, SIZES[(lane + turn) % SIZES.length]);
      const mark = `${id}.`.repeat(lane * 10 + 1);
      const leaving = new AbortController();
      const response = await fetch(lane % 2 === 0 ? plain : tls, {
        method: "POST",
        headers: { "x-mark": mark },
        body: turn % 3 === 0 ? new Blob([sent]).stream() : sent,
        client,
        signal: leaving.signal,
      });
      if (response.headers.get("x-mark") !== mark) failures.push(`${id}: another's field`);
      if (turn % 5 === 4) { // Leaves in the middle.
        leaving.abort();
        await response.body?.cancel().catch(() => {});
        continue;
      }
      const found = wrong(await response.bytes(), sent);
      if (found !== null) failures.push(`${id}: ${found}`);
    }
  }));
  assertEquals(failures, []);
});

import { EchoService } from "../../../src/cli/echo/service.ts";
import type { EchoAnswer } from "../../../src/cli/echo/answer.ts";
import type { Log } from "../../../src/observe/mod.ts";
import { denoRuntime } from "../../../src/runtime/deno.ts";
import { type Conn, writeAll } from "../../../src/runtime/mod.ts";
import { createCa, issueCertificate } from "../../../src/tls/mod.ts";
import { askEcho } from "../../../src/cli/sandbox/probe.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";

const runtime = denoRuntime();
const silent: Log = { info() {}, warning() {}, error() {} };
const LOOPBACK = { host: "127.0.0.1", port: 0 };

async function withEcho(run: (service: EchoService) => Promise<void>): Promise<void> {
  const options = { name: "service", address: LOOPBACK, tls: null, log: silent };
  const service = await EchoService.start(runtime, options);
  try {
    await run(service);
  } finally {
    await service.stop(0);
  }
}

/** Sends bytes and reads until the service closes. */
async function exchange(service: EchoService, ...parts: (string | Uint8Array)[]): Promise<string> {
  const conn = await runtime.connect(service.address, { timeoutMs: 5_000 });
  try {
    for (const part of parts) {
      await writeAll(conn, typeof part === "string" ? new TextEncoder().encode(part) : part);
    }
    return await readAll(conn);
  } finally {
    conn.close();
  }
}

async function readAll(conn: Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

Deno.test("The echo answers pipelined requests in order, and keeps the connection until told", async () => {
  await withEcho(async (service) => {
    const answers = await exchange(
      service,
      "POST /one HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi" +
        "GET /two HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    const bodies = answers.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*\r\n/).slice(1)
      .map((body) => JSON.parse(body) as EchoAnswer);
    assertEquals(bodies.map(({ path, body }) => [path, body]), [["/one", "hi"], ["/two", ""]]);
    assertEquals(bodies[0].os, { hostname: "service" });
  });
});

Deno.test("The echo answers HEAD with the length and no body", async () => {
  await withEcho(async (service) => {
    const answer = await exchange(
      service,
      "HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    assertMatch(answer, /\r\ncontent-length: \d{3}\r\n/);
    assert(answer.endsWith("\r\n\r\n"), "something follows the head");
  });
});

Deno.test("The echo answers Expect: 100-continue before the body comes", async () => {
  await withEcho(async (service) => {
    const answer = await exchange(
      service,
      "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\n" +
        "content-length: 2\r\n\r\n",
      "hi",
    );
    assert(answer.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), answer);
  });
});

Deno.test("The echo refuses a body beyond 1 MiB with 413 and closes", async () => {
  await withEcho(async (service) => {
    const answer = await exchange(
      service,
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${1024 * 1024 + 1}\r\n\r\n`,
      new Uint8Array(1024 * 1024 + 1),
    );
    assert(answer.startsWith("HTTP/1.1 413 Payload Too Large\r\n"), answer);
    assertMatch(answer, "\r\nconnection: close\r\n");
  });
});

Deno.test("The echo answers what isn't HTTP with 400 and closes", async () => {
  await withEcho(async (service) => {
    const answer = await exchange(service, "what?\r\n\r\n");
    assert(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
  });
});

Deno.test("stop() ends idle connections and lets a request under way finish", async () => {
  await withEcho(async (service) => {
    const idle = await runtime.connect(service.address, { timeoutMs: 5_000 });
    const busy = await runtime.connect(service.address, { timeoutMs: 5_000 });
    const send = (text: string) => writeAll(busy, new TextEncoder().encode(text));
    await send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    // The interim answer tells that the request is under way.
    await busy.read(new Uint8Array(1024));
    const stopped = service.stop(10_000);
    assertEquals(await readAll(idle), "");
    await send("hi");
    assert((await readAll(busy)).startsWith("HTTP/1.1 200 OK\r\n"), "no answer");
    await stopped;
    idle.close();
    busy.close();
  });
});

Deno.test("Behind TLS the echo is found by its name, which the answer tells", async () => {
  const now = Date.now();
  const ca = await createCa({ name: "test", now });
  const { certPem, keyPem } = await issueCertificate(ca, { names: ["localhost"], now });
  const service = await EchoService.start(runtime, {
    name: "service-https",
    address: LOOPBACK,
    tls: { certChain: certPem, privateKey: keyPem },
    log: silent,
  });
  try {
    const target = { address: service.address, ca: ca.certPem };
    assertEquals(await askEcho(runtime, target), "service-https");
  } finally {
    await service.stop(0);
  }
});

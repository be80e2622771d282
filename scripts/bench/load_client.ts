/**
 * A small load generator, where wrk isn't installed or won't do: `load_client.ts URL SECONDS
 * CONNECTIONS [PAUSE_MS] [fresh]` keeps one request under way on each connection, or lets that much time
 * pass behind each answer, or makes a new connection for each request, and prints `{ requests, rate, p99Ms }`. It counts an
 * answer when its `content-length` bytes are there, and costs more CPU than wrk: it may be the
 * load, not the proxy, that is full.
 *
 * @module
 */

const BUFFER_BYTES = 16 * 1024;

interface Tally {
  latencies: number[];
}

async function open(url: URL): Promise<Deno.Conn> {
  const where = { hostname: url.hostname, port: Number(url.port) };
  const tcp = await Deno.connect(where);
  if (url.protocol === "http:") return tcp;
  // With Nagle's algorithm the request would wait for the end of the handshake to be acknowledged.
  tcp.setNoDelay();
  return await Deno.startTls(tcp, { hostname: url.hostname, alpnProtocols: ["http/1.1"] });
}

async function keepAsking(
  url: URL,
  { end, pauseMs, isFresh }: { end: number; pauseMs: number; isFresh: boolean },
  tally: Tally,
): Promise<void> {
  const request = new TextEncoder().encode(
    `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`,
  );
  const buffer = new Uint8Array(BUFFER_BYTES);
  let conn = isFresh ? null : await open(url);
  while (performance.now() < end) {
    const started = performance.now();
    conn ??= await open(url);
    await conn.write(request);
    await readAnswer(conn, buffer);
    tally.latencies.push(performance.now() - started);
    if (isFresh) {
      conn.close();
      conn = null;
    }
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  conn?.close();
}

async function readAnswer(conn: Deno.Conn, buffer: Uint8Array): Promise<void> {
  const text = new TextDecoder("latin1");
  let filled = 0;
  let total = Infinity;
  while (filled < total) {
    const count = await conn.read(buffer.subarray(filled));
    if (count === null) throw new Error("the proxy closed the connection");
    filled += count;
    if (total !== Infinity) continue;
    const head = text.decode(buffer.subarray(0, filled));
    const headEnd = head.indexOf("\r\n\r\n");
    if (headEnd === -1) continue;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (!head.startsWith("HTTP/1.1 200") || length === null) throw new Error(`found ${head}`);
    total = headEnd + 4 + Number(length[1]);
  }
}

if (import.meta.main) {
  const [target, seconds, connections, pauseMs = "0", fresh] = Deno.args;
  const url = new URL(target);
  const tally: Tally = { latencies: [] };
  const started = performance.now();
  const end = started + Number(seconds) * 1000;
  await Promise.all(
    Array.from({ length: Number(connections) }, () => {
      return keepAsking(
        url,
        { end, pauseMs: Number(pauseMs), isFresh: fresh === "fresh" },
        tally,
      );
    }),
  );
  const requests = tally.latencies.length;
  const sorted = Float64Array.from(tally.latencies).sort();
  console.log(JSON.stringify({
    requests,
    rate: requests / (performance.now() - started) * 1000,
    p99Ms: sorted[Math.floor(requests * 0.99)],
  }));
}

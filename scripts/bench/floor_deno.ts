/**
 * The floor on Deno: `floor_deno.ts PLAIN_PORT TLS_PORT UPSTREAM_PORT CERT KEY`. Native connections,
 * and `node:tls` where TLS ends, as in src/runtime.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";

/** What genkan reads a body with. */
const BUFFER_BYTES = 64 * 1024;

async function pump(from: Deno.Conn, write: (bytes: Uint8Array) => Promise<unknown>) {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) return;
    await write(buffer.subarray(0, count));
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

async function dial(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay();
  return conn;
}

async function servePlain(port: number, upstreamPort: number): Promise<void> {
  for await (const client of Deno.listen({ hostname: "127.0.0.1", port })) {
    client.setNoDelay();
    dial(upstreamPort).then(async (upstream) => {
      await Promise.race([
        pump(client, (bytes) => writeAll(upstream, bytes)),
        pump(upstream, (bytes) => writeAll(client, bytes)),
      ]).catch(() => {}); // Whoever goes takes both along.
      for (const conn of [client, upstream]) {
        try {
          conn.close();
        } catch { /* It was closed. */ }
      }
    });
  }
}

function serveTls(port: number, upstreamPort: number, secureContext: tls.SecureContext): void {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  server.on("connection", (tcp) => {
    const client = new tls.TLSSocket(tcp, { isServer: true, secureContext });
    client.pause();
    client.on("error", () => client.destroy());
    const written = (bytes: Uint8Array) =>
      new Promise<void>((done, failed) => {
        // The stream keeps what it is given, and the buffer is read into again only when it is out.
        client.write(bytes, (error) => error ? failed(error) : done());
      });
    dial(upstreamPort).then((upstream) => {
      client.on("close", () => {
        try {
          upstream.close();
        } catch { /* It was closed. */ }
      });
      client.on("end", () => client.destroy());
      client.on("data", (bytes: Uint8Array) => {
        client.pause();
        writeAll(upstream, bytes).then(() => client.resume(), () => client.destroy());
      });
      client.resume();
      pump(upstream, written).catch(() => {}).finally(() => client.destroy());
    }, () => client.destroy());
  });
  server.listen(port, "127.0.0.1");
}

if (import.meta.main) {
  const [plainPort, tlsPort, upstreamPort] = Deno.args.slice(0, 3).map(Number);
  const [cert, key] = await Promise.all(Deno.args.slice(3).map((file) => Deno.readTextFile(file)));
  serveTls(tlsPort, upstreamPort, tls.createSecureContext({ cert, key }));
  await servePlain(plainPort, upstreamPort);
}

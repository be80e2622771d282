/**
 * Slow clients, and the upstream behind them: `slow_load.ts PORT UPSTREAM_PORT STATUS_PORT COUNT`
 * opens COUNT connections to a proxy on PORT, each of which does one byte a second. Once all of them
 * are open, STATUS_PORT answers how many still are, as JSON `{ held, lost, bytes }`.
 *
 * @module
 */

/** What nobody sends or reads to its end. */
const LONG = 1_000_000_000_000;
/** What the bytes of a second are spread over: a crowd's don't come all at once. */
const TICK_MS = 1;
const CONNECTING = 64;
/**
 * Every so many is one that reads slowly. They are few, because each fills the buffers of four
 * sockets, some megabytes of the system's memory; the others alternate.
 */
const READER_EVERY = 50;

const ENCODER = new TextEncoder();
const BYTE = ENCODER.encode("x");

/** What is sent at once; from then on a byte a second is sent, or read. */
const BEGINNINGS = {
  head: ENCODER.encode("GET /slow HTTP/1.1\r\nhost: localhost\r\nx-slow: "),
  body: ENCODER.encode(
    `POST /slow HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${LONG}\r\n\r\n`,
  ),
  reader: ENCODER.encode("GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n"),
} as const;

type Kind = keyof typeof BEGINNINGS;

interface Client {
  readonly kind: Kind;
  readonly conn: Deno.Conn;
}

class Crowd {
  readonly clients: Client[] = [];
  lost = 0;
  bytes = 0;

  async open(port: number, count: number): Promise<void> {
    for (let at = 0; at < count; at += CONNECTING) {
      const size = Math.min(CONNECTING, count - at);
      await Promise.all(Array.from({ length: size }, async (_, index) => {
        const number = at + index;
        const kind = number % READER_EVERY === 0 ? "reader" : number % 2 === 0 ? "head" : "body";
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        await conn.write(BEGINNINGS[kind]);
        this.clients.push({ kind, conn });
      }));
    }
  }

  /** A byte a second for each, for as long as the process runs. */
  drip(): void {
    const began = performance.now();
    let turn = 0;
    setInterval(() => {
      const due = Math.floor((performance.now() - began) / 1000 * this.clients.length);
      for (; turn < due; turn++) this.#move(turn % this.clients.length);
    }, TICK_MS);
  }

  #move(at: number): void {
    const { kind, conn } = this.clients[at];
    const moved = kind === "reader" ? conn.read(new Uint8Array(1)) : conn.write(BYTE);
    moved.then((count) => this.bytes += count ?? 0, () => this.lost++);
  }
}

async function serveSlow(port: number): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port, tcpBacklog: 4096 });
  const piece = new Uint8Array(64 * 1024).fill(BYTE[0]);
  for await (const conn of listener) {
    serveOne(conn, piece).catch(() => {});
  }
}

/** Takes a body for as long as it lasts; a request without one gets an answer that never ends. */
async function serveOne(conn: Deno.Conn, piece: Uint8Array): Promise<void> {
  const buffer = new Uint8Array(1024);
  await conn.read(buffer);
  if (buffer[0] === BEGINNINGS.body[0]) {
    while (await conn.read(buffer) !== null);
    return conn.close();
  }
  await conn.write(ENCODER.encode(`HTTP/1.1 200 OK\r\ncontent-length: ${LONG}\r\n\r\n`));
  for (;;) await conn.write(piece);
}

if (import.meta.main) {
  const [port, upstreamPort, statusPort, count] = Deno.args.map(Number);
  const crowd = new Crowd();
  void serveSlow(upstreamPort);
  await crowd.open(port, count);
  crowd.drip();
  Deno.serve({ hostname: "127.0.0.1", port: statusPort, onListen: () => {} }, () => {
    const { clients, lost, bytes } = crowd;
    return Response.json({ held: clients.length - lost, lost, bytes });
  });
}

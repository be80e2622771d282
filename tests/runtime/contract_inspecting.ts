/**
 * The contract's part on connections that are looked at before anything is made of them.
 *
 * @module
 */

import { type AcceptedConn, type Listener, writeAll } from "../../src/runtime/mod.ts";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import type { ContractCase, Subject } from "./contract.ts";
import {
  ANYWHERE,
  assertCode,
  connectInspected,
  connectInspectedTls,
  connectTls,
  type InspectedPair,
  readAll,
  readExactly,
  serverTls,
  TIMEOUT_MS,
  turn,
} from "./pair.ts";
import { hasCertificates, serving } from "./tls_pair.ts";
import { relay } from "./tls_relay.ts";

const HELLO = new TextEncoder().encode("hello, world");

/** A verdict once there are that many bytes. */
const atLeast = (count: number) => (bytes: Uint8Array) =>
  bytes.length >= count ? bytes.length : null;

/** Listens for as long as `use` runs. */
export async function inspecting(
  { network }: Subject,
  use: (listener: Listener<AcceptedConn>) => Promise<void>,
): Promise<void> {
  const listener = await network.listen(ANYWHERE, { inspect: true });
  try {
    await use(listener);
  } finally {
    listener.close();
  }
}

function inspected(
  name: string,
  use: (pair: InspectedPair, subject: Subject) => Promise<void>,
  applies?: (subject: Subject) => boolean,
): ContractCase {
  return {
    name,
    applies,
    run: (subject) =>
      inspecting(subject, async (listener) => {
        using pair = await connectInspected(subject, listener);
        await use(pair, subject);
      }),
  };
}

/** A client that breaks off so that a reset follows, whatever was read. */
async function resetting(listener: Listener<AcceptedConn>) {
  const { default: net } = await import("node:net");
  const socket = net.connect({ ...listener.address });
  socket.on("error", () => {});
  const server = (await listener.accept())!;
  return { server, reset: () => socket.resetAndDestroy() };
}

/** Looks, and what follows them. */
export const inspectingCases: readonly ContractCase[] = [
  inspected("peek() shows what has come, with each piece anew, and takes nothing away", async (
    { client, server },
  ) => {
    const shown: string[] = [];
    const looking = server.peek((bytes) => {
      shown.push(new TextDecoder().decode(bytes));
      return bytes.length < 3 ? null : "enough";
    });
    for (let index = 0; index < 3; index++) {
      await writeAll(client, HELLO.subarray(index, index + 1));
      while (shown.length <= index) await turn();
    }
    assertEquals(await looking, "enough");
    assertEquals(shown, ["h", "he", "hel"]);
    await writeAll(client, HELLO.subarray(3));
    assertEquals(await readExactly(server, HELLO.length), HELLO);
    assertEquals(await server.handshake(), null);
  }),

  inspected("peek() may be called again, and skip() takes away from the front", async (
    { client, server },
  ) => {
    await writeAll(client, HELLO);
    await server.peek(atLeast(HELLO.length));
    server.skip(7);
    assertEquals(await server.peek((bytes) => new TextDecoder().decode(bytes)), "world");
    server.skip(5);
    const looking = server.peek((bytes) => bytes[0]);
    await turn();
    await writeAll(client, Uint8Array.of(42, 43));
    assertEquals(await looking, 42);
    assertEquals(await readExactly(server, 2), Uint8Array.of(42, 43));
  }),

  inspected("skip() takes away nothing that was not shown", async ({ client, server }) => {
    await writeAll(client, HELLO);
    await server.peek(atLeast(HELLO.length));
    await assertRejects(() => Promise.resolve().then(() => server.skip(13)), RangeError);
    assertEquals(await readExactly(server, HELLO.length), HELLO);
  }),

  inspected("A look may ask for more than a stream holds, and all of it is read then", async (
    { client, server },
  ) => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    const sending = writeAll(client, bytes).then(() => client.closeWrite());
    assertEquals(await server.peek((seen) => seen.length >= 200_000 || null), true);
    assertEquals(await readAll(server), bytes);
    await sending;
  }),

  inspected("A judge that throws fails the look, and the bytes are still there", async (
    { client, server },
  ) => {
    await writeAll(client, HELLO);
    const looking = server.peek(() => {
      throw new TypeError("no sense in it");
    });
    await assertRejects(() => looking, TypeError);
    assertEquals(await readExactly(server, HELLO.length), HELLO);
  }),

  inspected("A stream that ends without a verdict fails the look", async ({ client, server }) => {
    await writeAll(client, HELLO);
    const looking = assertCode(server.peek(atLeast(100)), "unexpected_eof");
    await client.closeWrite();
    await looking;
    await assertCode(server.peek(atLeast(100)), "unexpected_eof");
  }),

  inspected("A client that leaves without a byte fails the look", async ({ client, server }) => {
    client.close();
    await assertCode(server.peek(atLeast(1)), "unexpected_eof", "reset");
  }),

  inspected("What came before the client ended its direction is read, and then the end", async (
    { client, server },
  ) => {
    await writeAll(client, HELLO);
    await client.closeWrite();
    assertEquals(await server.peek((bytes) => bytes.length), HELLO.length);
    await turn();
    assertEquals(await readAll(server), HELLO);
    await writeAll(server, HELLO);
    server.close();
    assertEquals(await readAll(client), HELLO);
  }),

  inspected("close() ends a look with closed, and every later call", async ({ client, server }) => {
    await writeAll(client, HELLO);
    const looking = assertCode(server.peek(atLeast(100)), "closed");
    await turn();
    server.close();
    await looking;
    await assertCode(server.peek(atLeast(1)), "closed");
    await assertCode(server.read(new Uint8Array(1)), "closed");
    await assertCode(server.write(HELLO), "closed");
  }),

  {
    name: "A reset ends a look",
    applies: hasCertificates,
    run: (subject) =>
      inspecting(subject, async (listener) => {
        const { server, reset } = await resetting(listener);
        const looking = assertCode(server.peek(atLeast(1)), "reset", "unexpected_eof");
        await turn();
        reset();
        await looking;
        await assertCode(server.peek(atLeast(1)), "reset", "unexpected_eof");
        server.close();
      }),
  },

  {
    name: "Connections of one port get their own certificates and settings",
    applies: hasCertificates,
    run: (subject) =>
      inspecting(subject, async (listener) => {
        const { leaf, nameOnly } = subject.certificates!;
        for (
          const [offered, serverName] of [[leaf, "app.test"], [nameOnly, "named.test"]] as const
        ) {
          const tls = { ...serving(offered), alpn: [serverName] };
          const asked = { serverName, alpn: [serverName] };
          using pair = await connectInspectedTls(subject, listener, tls, asked);
          const [client, server] = [await pair.client.handshake(), await pair.server.handshake()];
          assertEquals([client?.alpn, server?.alpn, server?.serverName], Array(3).fill(serverName));
          assertEquals(client?.peerCertificates[0], der(offered.certPem));
          assertEquals(server?.peerCertificates, []);
        }
      }),
  },

  {
    name: "A header in front of the ClientHello is skipped, whatever the pieces",
    applies: hasCertificates,
    async run(subject) {
      for (const pieceBytes of [1, 4096]) {
        await inspecting(subject, async (listener) => {
          const between = await relay(subject, listener, { pieceBytes, before: HELLO });
          const accepted = listener.accept().then(async (server) => {
            await server!.peek(atLeast(HELLO.length));
            server!.skip(HELLO.length);
            const first = await server!.peek((bytes) => bytes[0]);
            await server!.startTls(serverTls(subject));
            return { server: server!, first };
          });
          const client = await subject.network.connect(between.address, {
            timeoutMs: TIMEOUT_MS,
            tls: connectTls(subject),
          });
          const { server, first } = await accepted;
          assertEquals(first, 0x16);
          await writeAll(client, HELLO);
          assertEquals(await readExactly(server, HELLO.length), HELLO);
          client.close();
          server.close();
          await between.close();
        });
      }
    },
  },

  {
    name: "A client whose protocols or versions don't fit is refused",
    applies: hasCertificates,
    run: (subject) =>
      inspecting(subject, async (listener) => {
        for (
          const [offered, asked, reason] of [
            [{ alpn: ["h2"] }, { alpn: ["http/1.1"] }, "alpn"],
            [{ minVersion: "TLSv1.3" }, { maxVersion: "TLSv1.2" }, "version"],
            [{ maxVersion: "TLSv1.2" }, { minVersion: "TLSv1.3" }, "version"],
          ] as const
        ) {
          const accepted = listener.accept().then(async (server) => {
            const failed = await assertCode(server!.startTls(serverTls(subject, offered)), "tls");
            server!.close();
            return failed.reason;
          });
          await assertCode(
            subject.network.connect(listener.address, {
              timeoutMs: TIMEOUT_MS,
              tls: connectTls(subject, asked),
            }),
            "tls",
            "reset",
            "unexpected_eof",
          );
          assertEquals(await accepted, reason);
        }
      }),
  },

  inspected("startTls() on what is no TLS says so", async (
    { client, server },
    subject,
  ) => {
    await writeAll(client, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    await server.peek(atLeast(1));
    const error = await assertCode(server.startTls(serverTls(subject)), "tls");
    assertEquals(error.reason, "not_tls");
    assertMatch(error.message, "Cannot finish the TLS handshake with");
    await assertCode(server.read(new Uint8Array(1)), "tls");
  }),

  inspected("A client that leaves in the middle of the handshake fails it", async (
    { client, server },
    subject,
  ) => {
    await writeAll(client, Uint8Array.of(0x16, 3, 1));
    await server.peek(atLeast(3));
    const starting = assertCode(server.startTls(serverTls(subject)), "unexpected_eof", "reset");
    await turn();
    client.close();
    await starting;
  }, hasCertificates),

  inspected("A client that left before the handshake fails it", async (
    { client, server },
    subject,
  ) => {
    await writeAll(client, Uint8Array.of(0x16, 3, 1));
    await client.closeWrite();
    await assertCode(server.peek(atLeast(4)), "unexpected_eof");
    await assertCode(server.startTls(serverTls(subject)), "unexpected_eof");
  }, hasCertificates),

  inspected("close() ends a handshake under way with closed, and the client sees it", async (
    { client, server },
    subject,
  ) => {
    await writeAll(client, Uint8Array.of(0x16, 3, 1));
    await server.peek(atLeast(3));
    const failed = [
      assertCode(server.startTls(serverTls(subject)), "closed"),
      assertCode(server.read(new Uint8Array(1)), "closed"),
      assertCode(server.write(HELLO), "closed"),
    ];
    await turn();
    server.close();
    await Promise.all(failed);
    await readAll(client).catch((error) => assertCode(Promise.reject(error), "reset"));
  }, hasCertificates),

  {
    name: "A certificate or key that can't be used fails the handshake with tls",
    applies: hasCertificates,
    run: (subject) =>
      inspecting(subject, async (listener) => {
        const { leaf, untrusted } = subject.certificates!;
        for (
          const [certChain, privateKey] of [
            ["no PEM", leaf.keyPem],
            [leaf.certPem, "no PEM"],
            [leaf.certPem, untrusted.keyPem],
          ]
        ) {
          using pair = await connectInspected(subject, listener);
          const starting = pair.server.startTls(serverTls(subject, { certChain, privateKey }));
          const error = await assertCode(starting, "tls");
          assertMatch(error.message, /^Cannot finish the TLS handshake with /);
        }
      }),
  },

  {
    name: "An inspecting listener accepts null once it was closed",
    async run({ network }) {
      const listener = await network.listen(ANYWHERE, { inspect: true });
      const waiting = listener.accept();
      listener.close();
      assertEquals([await waiting, await listener.accept()], [null, null]);
    },
  },
];

/** The bytes of a PEM's first certificate. */
export function der(pem: string): Uint8Array {
  const [, base64] = pem.match(/-----BEGIN [^-]+-----([^-]+)-----END/)!;
  return Uint8Array.from(atob(base64.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
}

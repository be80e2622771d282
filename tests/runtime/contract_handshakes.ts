/**
 * The contract's part on handshakes: what they settle, how they fail, and how a TLS stream ends.
 *
 * @module
 */

import { type Conn, writeAll } from "../../src/runtime/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import type { ContractCase } from "./contract.ts";
import {
  assertCode,
  connectPair,
  connectTls,
  readAll,
  readExactly,
  TIMEOUT_MS,
  turn,
} from "./pair.ts";
import { accepts, dial, hasCertificates, withListener } from "./tls_pair.ts";
import { relay, tampered } from "./tls_relay.ts";

const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");

/** Handshakes. */
export const handshakeCases: readonly ContractCase[] = [
  {
    name: "handshake() is null on a plain connection",
    async run(subject) {
      await withListener(subject, null, async (listener) => {
        using pair = await connectPair(subject, listener, null);
        assertEquals(await pair.client.handshake(), null);
        assertEquals(await pair.server.handshake(), null);
      });
    },
  },
  {
    name: "The listener learns the server name, in lower case",
    async run(subject) {
      await accepts(subject, {}, { serverName: "App.Test" }, async (_client, server) => {
        assertEquals((await server.handshake())?.serverName, "app.test");
        assertEquals(await server.handshake(), await server.handshake());
      });
      await accepts(subject, {}, { serverName: null }, async (_client, server) => {
        assertEquals((await server.handshake())?.serverName, null);
      });
    },
  },
  {
    name: "An address is never sent as the server name",
    applies: hasCertificates,
    run: (subject) =>
      accepts(subject, {}, { serverName: "127.0.0.1" }, async (_client, server) => {
        assertEquals((await server.handshake())?.serverName, null);
      }),
  },
  {
    name: "ALPN settles on the listener's first protocol that the client offers",
    async run(subject) {
      const agreed = (protocol: string | null) => async (client: Conn, server: Conn) => {
        assertEquals((await client.handshake())?.alpn, protocol);
        assertEquals((await server.handshake())?.alpn, protocol);
      };
      const offered = { alpn: ["h2", "http/1.1"] };
      await accepts(subject, offered, { alpn: ["http/1.1", "h2"] }, agreed("h2"));
      await accepts(subject, offered, { alpn: ["spdy", "http/1.1"] }, agreed("http/1.1"));
      await accepts(subject, offered, { alpn: [] }, agreed(null));
      await accepts(subject, { alpn: [] }, { alpn: ["h2"] }, agreed(null));
    },
  },
  {
    name: "Reading and writing wait for the handshake, whoever asks for it",
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const client = await dial(subject, listener, {});
        const server = (await accepted)!;
        await writeAll(server, Uint8Array.of(1));
        assertEquals(await readExactly(client, 1), Uint8Array.of(1));
        client.close();
        server.close();
      });
    },
  },
  {
    name: "close() ends a handshake that waits with closed",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
        const server = (await accepted)!;
        const failed = [
          assertCode(server.handshake(), "closed"),
          assertCode(server.read(new Uint8Array(10)), "closed"),
          assertCode(server.write(new Uint8Array(10)), "closed"),
        ];
        await turn();
        server.close();
        await Promise.all(failed);
        await readAll(client).catch((error) => assertCode(Promise.reject(error), "reset"));
        client.close();
      });
    },
  },
  {
    name: "A client that leaves half-way fails the handshake",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
        const server = (await accepted)!;
        await writeAll(client, Uint8Array.of(0x16, 3, 1));
        client.close();
        await assertCode(server.handshake(), "unexpected_eof", "reset");
        server.close();
      });
    },
  },
  {
    name: "A server that leaves half-way fails the connect",
    async run(subject) {
      await withListener(subject, null, async (listener) => {
        const left = listener.accept().then(async (server) => {
          await server!.read(new Uint8Array(4096));
          server!.close();
        });
        await assertCode(dial(subject, listener, {}), "unexpected_eof", "reset");
        await left;
      });
    },
  },
  {
    name: "A server that answers in the clear is named as such",
    async run(subject) {
      await withListener(subject, null, async (listener) => {
        const answered = listener.accept().then(async (server) => {
          await server!.read(new Uint8Array(4096));
          await writeAll(server!, new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
          await readAll(server!).catch(() => {}); // An alert may come, or a reset.
          server!.close();
        });
        const error = await assertCode(dial(subject, listener, {}), "tls");
        assertMatch(error.message, "the other end does not speak TLS");
        assertEquals(error.reason, "not_tls");
        await answered;
      });
    },
  },
  {
    name: "A client that speaks in the clear fails the handshake with tls",
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
        const server = (await accepted)!;
        const speaking = writeAll(client, REQUEST)
          .catch((error) => assertCode(Promise.reject(error), "reset"));
        const error = await assertCode(server.handshake(), "tls");
        assertMatch(error.message, "the other end does not speak TLS");
        await speaking;
        client.close();
        server.close();
      });
    },
  },
  {
    name: "A client that connects and leaves without a byte fails the handshake",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
        const server = (await accepted)!;
        client.close();
        await assertCode(server.handshake(), "unexpected_eof", "reset");
        server.close();
      });
    },
  },
  {
    name: "TLS that comes byte by byte is TLS",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const between = await relay(subject, listener, { pieceBytes: 1 });
        const client = await subject.network.connect(between.address, {
          timeoutMs: TIMEOUT_MS,
          tls: connectTls(subject),
        });
        const server = (await accepted)!;
        await writeAll(client, REQUEST);
        assertEquals(await readExactly(server, REQUEST.length), REQUEST);
        assertEquals((await server.handshake())?.serverName, "localhost");
        client.close();
        server.close();
        await between.close();
      });
    },
  },
  {
    name: "A handshake that gets no answer times out, and its socket is let go",
    async run(subject) {
      await withListener(subject, null, async (listener) => {
        const accepted = listener.accept();
        const connecting = subject.network.connect(listener.address, {
          timeoutMs: 50,
          tls: connectTls(subject),
        });
        await assertCode(connecting, "timeout");
        const server = (await accepted)!;
        const hello = await readAll(server).catch((error) => {
          return assertCode(Promise.reject(error), "reset");
        });
        assert(hello instanceof Error || hello.length > 0);
        server.close();
      });
    },
  },
  {
    name: "A stream that is cut without close_notify ends, or tells so",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        const accepted = listener.accept();
        const between = await relay(subject, listener);
        const client = await subject.network.connect(between.address, {
          timeoutMs: TIMEOUT_MS,
          tls: connectTls(subject),
        });
        const server = (await accepted)!;
        await writeAll(client, Uint8Array.of(1));
        await writeAll(server, Uint8Array.of(2));
        assertEquals(await readExactly(server, 1), Uint8Array.of(1));
        assertEquals(await readExactly(client, 1), Uint8Array.of(2));
        await between.cut();
        for (const end of [client, server]) {
          const last = await end.read(new Uint8Array(10)).catch((error) => {
            return assertCode(Promise.reject(error), "unexpected_eof");
          });
          assert(last === null || last instanceof Error);
        }
        client.close();
        server.close();
        await between.close();
      });
    },
  },
  {
    name: "A record that was tampered with fails the read with tls",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, {}, async (listener) => {
        using pair = await tampered(subject, listener);
        await assertCode(pair.server.read(new Uint8Array(10)), "tls");
      });
    },
  },
];

/**
 * The contract's part on plain HTTP on a port for TLS.
 *
 * @module
 */

import { writeAll } from "../../src/runtime/mod.ts";
import { assertEquals } from "../assert.ts";
import type { ContractCase, Subject } from "./contract.ts";
import { assertCode, connectTls, readAll, readExactly, TIMEOUT_MS } from "./pair.ts";
import { hasCertificates, withListener } from "./tls_pair.ts";
import { relay } from "./tls_relay.ts";

const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
const ANSWER = new TextEncoder().encode("HTTP/1.1 308 Permanent Redirect\r\n\r\n");

const seesFirstBytes = (subject: Subject) => subject.seesFirstBytes;

/** Plain HTTP on a port for TLS. */
export const plainHttpCases: readonly ContractCase[] = [
  {
    name: "A listener that admits plain HTTP gives all of it on a plain connection",
    applies: seesFirstBytes,
    async run(subject) {
      await withListener(subject, { admitsPlainHttp: true }, async (listener) => {
        const accepted = listener.accept();
        const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
        const server = (await accepted)!;
        await writeAll(client, REQUEST.subarray(0, 1));
        assertEquals(await server.handshake(), null);
        await writeAll(client, REQUEST.subarray(1));
        assertEquals(await readExactly(server, REQUEST.length), REQUEST);
        await writeAll(server, ANSWER);
        await server.closeWrite();
        assertEquals(await readAll(client), ANSWER);
        client.close();
        assertEquals(await server.read(new Uint8Array(1)), null);
        server.close();
      });
    },
  },
  {
    name: "A write waits until it is known what the client speaks",
    applies: seesFirstBytes,
    async run(subject) {
      await withListener(subject, { admitsPlainHttp: true }, async (listener) => {
        const accepted = listener.accept();
        const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
        const server = (await accepted)!;
        const writing = writeAll(server, ANSWER);
        await writeAll(client, REQUEST);
        await writing;
        server.close();
        const answered = readExactly(client, ANSWER.length);
        assertEquals(await answered, ANSWER);
        client.close();
      });
    },
  },
  {
    name: "A client that connects and leaves without a byte fails the handshake",
    applies: hasCertificates,
    async run(subject) {
      await withListener(subject, { admitsPlainHttp: true }, async (listener) => {
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
      await withListener(subject, { admitsPlainHttp: true }, async (listener) => {
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
];

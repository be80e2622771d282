/**
 * The contract's part on TLS: trust, names, what a handshake settles, and how it fails.
 *
 * @module
 */

import { type Conn, type Listener, writeAll } from "../../src/runtime/mod.ts";
import type { ConnectTls, ListenTls } from "../../src/runtime/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import type { CertifiedKey } from "./certificates.ts";
import type { ContractCase, Subject } from "./contract.ts";
import {
  ANYWHERE,
  assertCode,
  connectPair,
  connectTls,
  listenTls,
  readAll,
  readExactly,
  TIMEOUT_MS,
  turn,
} from "./pair.ts";

const hasCertificates = ({ certificates }: Subject) => certificates !== null;

/** Listens with TLS for as long as `use` runs. */
async function withListener(
  subject: Subject,
  tls: Partial<ListenTls> | null,
  use: (listener: Listener) => Promise<void>,
): Promise<void> {
  const listener = await subject.network.listen(ANYWHERE, {
    tls: tls === null ? null : listenTls(subject, tls),
  });
  try {
    await use(listener);
  } finally {
    listener.close();
  }
}

function serving({ certPem, keyPem }: CertifiedKey): Partial<ListenTls> {
  return { certChain: certPem, privateKey: keyPem };
}

function dial(subject: Subject, listener: Listener, tls: Partial<ConnectTls>): Promise<Conn> {
  return subject.network.connect(listener.address, {
    timeoutMs: TIMEOUT_MS,
    tls: connectTls(subject, tls),
  });
}

/** A client that must refuse the server; the accepted end sees its handshake fail. */
async function refuses(
  subject: Subject,
  offered: Partial<ListenTls>,
  asked: Partial<ConnectTls>,
  reason: RegExp,
): Promise<void> {
  await withListener(subject, offered, async (listener) => {
    const accepted = listener.accept();
    const error = await assertCode(dial(subject, listener, asked), "tls");
    assertMatch(error.message, /^Cannot connect to 127\.0\.0\.1:\d+: /);
    assertMatch(error.message, reason);
    const server = (await accepted)!;
    try {
      // In TLS 1.3 the server's part may be over before the client has looked at the certificate.
      await server.handshake();
      await readAll(server);
    } catch (caught) {
      await assertCode(Promise.reject(caught), "tls", "reset", "unexpected_eof");
    } finally {
      server.close();
    }
  });
}

/** A client that must accept the server; gives what both say of the handshake. */
async function accepts(
  subject: Subject,
  offered: Partial<ListenTls>,
  asked: Partial<ConnectTls>,
  check: (client: Conn, server: Conn) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await withListener(subject, offered, async (listener) => {
    using pair = await connectPair(subject, listener, connectTls(subject, asked));
    await writeAll(pair.client, Uint8Array.of(1));
    assertEquals(await readExactly(pair.server, 1), Uint8Array.of(1));
    await check(pair.client, pair.server);
  });
}

/** Fields that the runtime may leave null, as the native call on Deno does. */
function assertTold(told: string | null | undefined, expected: string): void {
  if (told !== null) assertEquals(told, expected);
}

/** Passes on what comes from either end, until `cut` ends the way to both without close_notify. */
async function relay(subject: Subject, target: Listener) {
  const { network } = subject;
  const listener = await network.listen(ANYWHERE);
  const accepted = listener.accept();
  const joined = accepted.then(async (down) => {
    const up = await network.connect(target.address, { timeoutMs: TIMEOUT_MS });
    return [down!, up] as const;
  });
  const pumps = joined.then(([down, up]) => Promise.all([pump(down, up), pump(up, down)]));
  return {
    address: listener.address,
    async cut() {
      const ends = await joined;
      await Promise.all(ends.map((end) => end.closeWrite()));
    },
    async close() {
      listener.close();
      for (const end of await joined) end.close();
      await pumps;
    },
  };
}

async function pump(from: Conn, to: Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      await writeAll(to, buffer.subarray(0, count));
    }
  } catch {
    // The case closed an end.
  }
}

const trustCases: readonly ContractCase[] = [
  {
    name: "A certificate of an unknown authority is refused",
    run: (subject) =>
      refuses(subject, serving(subject.certificates!.untrusted), {}, /issuer is not trusted/),
  },
  {
    name: "Only the given authorities are trusted, not the runtime's besides",
    run: (subject) =>
      refuses(
        subject,
        {},
        { ca: subject.certificates!.otherCa },
        /issuer is not trusted/,
      ),
  },
  {
    name: "A self-signed certificate is trusted when it is the given authority itself",
    async run(subject) {
      const { selfSigned } = subject.certificates!;
      await accepts(subject, serving(selfSigned), { ca: selfSigned.certPem });
      await refuses(subject, serving(selfSigned), {}, /issuer is not trusted|CaUsedAsEndEntity/);
    },
  },
  {
    name: "A certificate for another name is refused",
    run: (subject) => refuses(subject, {}, { serverName: "other.test" }, /is for another name/),
  },
  {
    name: "Without SNI the certificate is checked for the address",
    async run(subject) {
      await accepts(subject, {}, { serverName: null });
      const offered = serving(subject.certificates!.nameOnly);
      await accepts(subject, offered, { serverName: "named.test" });
      await refuses(subject, offered, { serverName: null }, /is for another name/);
      await refuses(subject, offered, { serverName: "127.0.0.1" }, /is for another name/);
    },
  },
  {
    name: "A server name may be an address other than the dialled one",
    async run(subject) {
      await accepts(subject, {}, { serverName: "::1" });
      await refuses(subject, {}, { serverName: "127.0.0.2" }, /is for another name/);
    },
  },
  {
    name: "The name that is looked for may be another than the one that is sent",
    async run(subject) {
      const offered = serving(subject.certificates!.nameOnly);
      const sent = async (_client: Conn, server: Conn) => {
        assertEquals((await server.handshake())?.serverName, "sent.test");
      };
      const serverName = "sent.test";
      await accepts(subject, offered, { serverName, verifyName: "named.test" }, sent);
      await accepts(subject, offered, { serverName: null, verifyName: "named.test" });
      await refuses(subject, offered, { serverName, verifyName: "a.test" }, /is for another name/);
      const untrusted = serving(subject.certificates!.untrusted);
      const asked = { serverName, verifyName: "app.test" };
      await refuses(subject, untrusted, asked, /issuer is not trusted/);
      await accepts(subject, {}, { serverName, verifyName: "::1" });
      await refuses(subject, {}, { serverName, verifyName: "::2" }, /is for another name/);
    },
  },
  {
    name: "An expired certificate is refused",
    run: (subject) =>
      refuses(
        subject,
        {
          certChain: subject.certificates!.expired.certPem,
          privateKey: subject.certificates!.expired.keyPem,
        },
        {},
        /has expired/,
      ),
  },
  {
    name: "verify: chain leaves out the name and nothing else",
    async run(subject) {
      await accepts(subject, {}, { verify: "chain", serverName: "other.test" });
      await accepts(subject, {}, { verify: "chain", serverName: null });
      const { untrusted, expired } = subject.certificates!;
      await refuses(subject, serving(untrusted), { verify: "chain" }, /issuer is not trusted/);
      const asked = { verify: "chain", serverName: "other.test" } as const;
      await refuses(subject, serving(expired), asked, /has expired/);
    },
  },
  {
    name: "verify: none takes any certificate, but no broken handshake",
    async run(subject) {
      const { untrusted, expired } = subject.certificates!;
      const asked = { verify: "none", serverName: "other.test" } as const;
      await accepts(subject, serving(untrusted), asked);
      await accepts(subject, serving(expired), asked);
      await refuses(subject, { alpn: ["a"] }, { ...asked, alpn: ["b"] }, /no ALPN protocol/);
    },
  },
  {
    name: "Version bounds hold on both sides",
    async run(subject) {
      const told = (version: string) => async (client: Conn, server: Conn) => {
        assertTold((await client.handshake())?.version, version);
        assertTold((await server.handshake())?.version, version);
      };
      await accepts(subject, {}, {}, told("TLSv1.3"));
      await accepts(subject, { maxVersion: "TLSv1.2" }, {}, told("TLSv1.2"));
      await accepts(subject, {}, { maxVersion: "TLSv1.2" }, told("TLSv1.2"));
      await accepts(subject, { minVersion: "TLSv1.3" }, {}, told("TLSv1.3"));
      const [low, high] = [{ maxVersion: "TLSv1.2" }, { minVersion: "TLSv1.3" }] as const;
      await refuses(subject, low, high, /no TLS version in common/);
      await refuses(subject, high, low, /no TLS version in common/);
    },
  },
  {
    name: "A certificate or key that can't be used fails the listen with tls",
    async run(subject) {
      const { leaf, untrusted } = subject.certificates!;
      const { network } = subject;
      for (
        const [certChain, privateKey] of [
          ["no PEM", leaf.keyPem],
          [leaf.certPem, "no PEM"],
          [leaf.certPem, untrusted.keyPem],
        ]
      ) {
        const listening = network.listen(ANYWHERE, {
          tls: listenTls(subject, { certChain, privateKey }),
        });
        await assertCode(listening, "tls");
      }
    },
  },
];

const handshakeCases: readonly ContractCase[] = [
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
        const speaking = writeAll(client, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"))
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

/** A connection into whose upstream half a forged record was slipped. */
async function tampered(subject: Subject, target: Listener) {
  const { network } = subject;
  const listener = await network.listen(ANYWHERE);
  const accepted = target.accept();
  const between = listener.accept();
  const connecting = network.connect(listener.address, {
    timeoutMs: TIMEOUT_MS,
    tls: connectTls(subject),
  });
  const down = (await between)!;
  const up = await network.connect(target.address, { timeoutMs: TIMEOUT_MS });
  const pumps = [pump(down, up), pump(up, down)];
  const [client, server] = [await connecting, (await accepted)!];
  await server.handshake();
  // An application data record of 32 bytes that no key has sealed.
  await writeAll(up, Uint8Array.of(23, 3, 3, 0, 32, ...new Uint8Array(32)));
  return {
    server,
    [Symbol.dispose]() {
      listener.close();
      for (const end of [client, server, down, up]) end.close();
      void pumps;
    },
  };
}

/** TLS. */
export const tlsCases: readonly ContractCase[] = [
  ...trustCases.map((each) => ({ ...each, applies: hasCertificates })),
  ...handshakeCases,
];

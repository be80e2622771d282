/**
 * How a case on TLS has a client and a server accept or refuse each other.
 *
 * @module
 */

import type { TlsReason } from "../../src/errors.ts";
import { type Conn, type Listener, writeAll } from "../../src/runtime/mod.ts";
import type { ConnectTls, ListenTls } from "../../src/runtime/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import type { CertifiedKey } from "./certificates.ts";
import type { Subject } from "./contract.ts";
import {
  ANYWHERE,
  assertCode,
  connectPair,
  connectTls,
  listenTls,
  readAll,
  readExactly,
  TIMEOUT_MS,
} from "./pair.ts";

/** For cases in which a certificate is looked at. */
export const hasCertificates = ({ certificates }: Subject) => certificates !== null;

/** Listens with TLS for as long as `use` runs. */
export async function withListener(
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

/** Serves that certificate. */
export function serving({ certPem, keyPem }: CertifiedKey): Partial<ListenTls> {
  return { certChain: certPem, privateKey: keyPem };
}

/** Connects with TLS. */
export function dial(
  subject: Subject,
  listener: Listener,
  tls: Partial<ConnectTls>,
): Promise<Conn> {
  return subject.network.connect(listener.address, {
    timeoutMs: TIMEOUT_MS,
    tls: connectTls(subject, tls),
  });
}

/** A client that must refuse the server for `reason`; the accepted end sees its handshake fail. */
export async function refuses(
  subject: Subject,
  offered: Partial<ListenTls>,
  asked: Partial<ConnectTls>,
  reason: TlsReason,
): Promise<void> {
  await withListener(subject, offered, async (listener) => {
    const accepted = listener.accept();
    const error = await assertCode(dial(subject, listener, asked), "tls");
    assertMatch(error.message, /^Cannot connect to 127\.0\.0\.1:\d+: /);
    assertEquals(error.reason, reason, error.message);
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
export async function accepts(
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
export function assertTold(told: string | null | undefined, expected: string): void {
  if (told !== null) assertEquals(told, expected);
}

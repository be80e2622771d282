/**
 * The contract's part on client certificates: whom a listener accepts, and what it says of others.
 *
 * @module
 */

import type { TlsReason } from "../../src/errors.ts";
import type { ClientVerification, ServerTls, TlsInfo } from "../../src/runtime/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import type { CertifiedKey } from "./certificates.ts";
import type { ContractCase, Subject } from "./contract.ts";
import { der, inspecting } from "./contract_inspecting.ts";
import { assertCode, connectTls, readAll, serverTls, TIMEOUT_MS } from "./pair.ts";
import { hasCertificates } from "./tls_pair.ts";

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

/** Verification by the authority of the clients. */
export function verification(
  { certificates }: Subject,
  changes: Partial<ClientVerification> = {},
): ClientVerification {
  return { ca: certificates!.ca, required: true, crl: null, ...changes };
}

/** What both ends say when a client shows up with that certificate. */
async function show(
  subject: Subject,
  shown: CertifiedKey | null,
  changes: Partial<ClientVerification> = {},
  other: Partial<ServerTls> = {},
): Promise<{ server: TlsInfo | { reason: TlsReason | null; message: string } }> {
  let outcome: TlsInfo | { reason: TlsReason | null; message: string };
  await inspecting(subject, async (listener) => {
    const clientCertificate = verification(subject, changes);
    const accepted = listener.accept().then(async (server) => {
      try {
        return await server!.startTls(serverTls(subject, { ...other, clientCertificate }));
      } catch (error) {
        return await assertCode(Promise.reject(error), "tls");
      } finally {
        server!.close();
      }
    });
    const certificate = shown === null
      ? null
      : { certChain: shown.certPem, privateKey: shown.keyPem };
    const tls = connectTls(subject, { certificate });
    try {
      const client = await subject.network.connect(listener.address, {
        timeoutMs: TIMEOUT_MS,
        tls,
      });
      await readAll(client).finally(() => client.close());
    } catch (error) {
      // In TLS 1.3 a client may be done before the server has looked at its certificate.
      await assertCode(Promise.reject(error), "tls", "reset", "unexpected_eof");
    }
    outcome = await accepted;
  });
  return { server: outcome! };
}

async function accepts(
  subject: Subject,
  shown: CertifiedKey | null,
  changes: Partial<ClientVerification> = {},
): Promise<void> {
  for (const maxVersion of VERSIONS) {
    const { server } = await show(subject, shown, changes, { maxVersion });
    assert("alpn" in server, JSON.stringify(server));
    const leaf = server.peerCertificates[0];
    assertEquals(leaf, shown === null ? undefined : der(shown.certPem));
  }
}

async function refuses(
  subject: Subject,
  shown: CertifiedKey | null,
  reason: TlsReason,
  changes: Partial<ClientVerification> = {},
): Promise<void> {
  for (const maxVersion of VERSIONS) {
    const { server } = await show(subject, shown, changes, { maxVersion });
    assert("reason" in server, `accepted, though it should be ${reason}`);
    assertEquals(server.reason, reason, server.message);
    assertMatch(server.message, /^Cannot finish the TLS handshake with 127\.0\.0\.1:\d+: /);
  }
}

const cases: readonly ContractCase[] = [
  {
    name: "A client with a good certificate is accepted, and its certificate told",
    async run(subject) {
      const { good } = subject.certificates!.clients;
      await accepts(subject, good);
      await accepts(subject, good, { required: false });
      // One without any extended key usage is for everything.
      await accepts(subject, subject.certificates!.leaf);
    },
  },
  {
    name: "A client's intermediate leads to the authority, and is told",
    async run(subject) {
      const { chained, unchained } = subject.certificates!.clients;
      await accepts(subject, chained);
      const { server } = await show(subject, chained);
      assert("alpn" in server && server.peerCertificates.length >= 2);
      await refuses(subject, unchained, "untrusted");
    },
  },
  {
    name: "A client without a certificate is refused only where one is required",
    async run(subject) {
      await refuses(subject, null, "client_certificate_required");
      await accepts(subject, null, { required: false });
    },
  },
  {
    name: "A client with a bad certificate is refused, required or not",
    async run(subject) {
      const { clients } = subject.certificates!;
      for (const required of [true, false]) {
        await refuses(subject, clients.untrusted, "untrusted", { required });
        await refuses(subject, clients.selfSigned, "untrusted", { required });
        await refuses(subject, clients.expired, "expired", { required });
        await refuses(subject, clients.forServers, "wrong_purpose", { required });
      }
    },
  },
  {
    name: "A certificate that is no authority vouches for nobody",
    async run(subject) {
      const { server } = await show(subject, subject.certificates!.clients.byLeaf);
      assert("reason" in server, "accepted");
    },
  },
  {
    name: "Several authorities are trusted when they are given in one text",
    async run(subject) {
      const { ca, otherCa, clients } = subject.certificates!;
      const changes = { ca: `${otherCa}\n${ca}` };
      await accepts(subject, clients.good, changes);
      await accepts(subject, clients.untrusted, changes);
      await refuses(subject, clients.selfSigned, "untrusted", changes);
    },
  },
  {
    name: "A certificate of ours that can't be used fails the connect with tls",
    run: (subject) =>
      inspecting(subject, async (listener) => {
        const { good, untrusted } = subject.certificates!.clients;
        for (
          const [certChain, privateKey] of [
            ["no PEM", good.keyPem],
            [good.certPem, "no PEM"],
            [good.certPem, untrusted.keyPem],
          ]
        ) {
          const tls = connectTls(subject, { certificate: { certChain, privateKey } });
          const options = { timeoutMs: TIMEOUT_MS, tls };
          const error = await assertCode(subject.network.connect(listener.address, options), "tls");
          assertMatch(error.message, /^Cannot connect to 127\.0\.0\.1:\d+: /);
        }
      }),
  },
  {
    name: "A revoked certificate is refused, or the list of them is",
    async run(subject) {
      const { good, revoked, crl } = subject.certificates!.clients;
      if (subject.supports.crl) {
        await accepts(subject, good, { crl });
        await refuses(subject, revoked, "revoked", { crl });
      } else {
        const { server } = await show(subject, good, { crl });
        assert("reason" in server, "accepted");
        assertMatch(server.message, /revocation lists/);
      }
    },
  },
  {
    name: "A list of ciphers is kept to, or refused",
    async run(subject) {
      const cipher = "ECDHE-ECDSA-CHACHA20-POLY1305";
      const { good } = subject.certificates!.clients;
      const other = { maxVersion: "TLSv1.2", ciphers: [cipher] } as const;
      const { server } = await show(subject, good, {}, other);
      if (subject.supports.ciphers) {
        assert("alpn" in server, JSON.stringify(server));
        assertEquals(server.cipher, cipher);
      } else {
        assert("reason" in server, "accepted");
        assertMatch(server.message, /picks ciphers itself/);
      }
    },
  },
];

/** Client certificates. */
export const clientCases: readonly ContractCase[] = cases.map((each) => ({
  ...each,
  applies: hasCertificates,
}));

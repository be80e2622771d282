/**
 * The contract's part on sessions that are resumed: OpenSSL's client keeps one and comes back with it.
 *
 * @module
 */

import type { ServerTls } from "../../src/runtime/mod.ts";
import { assertEquals } from "../assert.ts";
import type { CertifiedKey } from "./certificates.ts";
import type { ContractCase, Subject } from "./contract.ts";
import { verification } from "./contract_clients.ts";
import { inspecting } from "./contract_inspecting.ts";
import { serverTls } from "./pair.ts";
import { hasCertificates } from "./tls_pair.ts";

/** How long a client waits for a session, which comes behind the handshake in TLS 1.3. */
const SESSION_MS = 300;

/** A client that has a certificate or none, and comes back with its last session. */
class ReturningClient {
  readonly #folder: string;
  readonly #version: string;
  readonly #shown: CertifiedKey | null;
  #hasSession = false;

  constructor(folder: string, version: string, shown: CertifiedKey | null) {
    this.#folder = folder;
    this.#version = version;
    this.#shown = shown;
  }

  /** Connects; gives what the server says: a reason for a refusal, or the leaf's presence. */
  async visit(subject: Subject, tls: ServerTls): Promise<string> {
    const { writeFile, stat } = await import("node:fs/promises");
    const { spawn } = await import("node:child_process");
    const session = `${this.#folder}/session.pem`;
    const certificate = `${this.#folder}/client.pem`;
    const args = ["s_client", this.#version, "-sess_out", session, "-servername", "app.test"];
    if (this.#hasSession) args.push("-sess_in", session);
    if (this.#shown !== null) {
      await writeFile(certificate, `${this.#shown.certPem}\n${this.#shown.keyPem}`);
      args.push("-cert", certificate, "-key", certificate);
    }
    let outcome = "";
    await inspecting(subject, async (listener) => {
      const accepted = listener.accept();
      const client = spawn("openssl", [...args, "-connect", `127.0.0.1:${listener.address.port}`]);
      const gone = new Promise((resolve) => client.once("close", resolve));
      client.stdout.resume();
      client.stderr.resume();
      const server = (await accepted)!;
      try {
        const { peerCertificates } = await server.startTls(tls);
        outcome = peerCertificates.length > 0 ? "accepted" : "accepted without a certificate";
        await new Promise((resolve) => setTimeout(resolve, SESSION_MS));
      } catch (error) {
        outcome = String((error as { reason?: unknown }).reason);
      }
      server.close();
      client.stdin.end();
      await gone;
    });
    this.#hasSession ||= await stat(session).then(() => true, () => false);
    return outcome;
  }
}

async function withClient(
  shown: CertifiedKey | null,
  use: (client: ReturningClient, version: string) => Promise<void>,
): Promise<void> {
  const { mkdtemp, rm } = await import("node:fs/promises");
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const folder = await mkdtemp("/tmp/genkan-sessions-");
    try {
      await use(new ReturningClient(folder, version, shown), version);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

const cases: readonly ContractCase[] = [
  {
    name: "A client that was refused is refused again when it comes back with its session",
    async run(subject) {
      const tls = serverTls(subject, { clientCertificate: verification(subject) });
      await withClient(subject.certificates!.clients.untrusted, async (client) => {
        assertEquals(await client.visit(subject, tls), "untrusted");
        assertEquals(await client.visit(subject, tls), "untrusted");
      });
    },
  },
  {
    name: "A session that another authority has verified is worth nothing",
    async run(subject) {
      const { otherCa, clients } = subject.certificates!;
      await withClient(clients.untrusted, async (client) => {
        const there = serverTls(subject, {
          clientCertificate: verification(subject, { ca: otherCa }),
        });
        assertEquals(await client.visit(subject, there), "accepted");
        const here = serverTls(subject, { clientCertificate: verification(subject) });
        assertEquals(await client.visit(subject, here), "untrusted");
      });
    },
  },
  {
    name: "A session from where nobody asks for a certificate doesn't stand for one",
    async run(subject) {
      for (const shown of [null, subject.certificates!.clients.untrusted]) {
        await withClient(shown, async (client) => {
          const outcome = await client.visit(subject, serverTls(subject));
          assertEquals(outcome, "accepted without a certificate");
          const here = serverTls(subject, { clientCertificate: verification(subject) });
          const refused = await client.visit(subject, here);
          assertEquals(
            ["client_certificate_required", "untrusted"].includes(refused),
            true,
            refused,
          );
        });
      }
    },
  },
  {
    name: "A good client may come back with its session, also when the certificate was renewed",
    async run(subject) {
      await withClient(subject.certificates!.clients.good, async (client) => {
        const clientCertificate = verification(subject);
        const tls = serverTls(subject, { clientCertificate });
        assertEquals(await client.visit(subject, tls), "accepted");
        assertEquals(await client.visit(subject, tls), "accepted");
        const renewed = serverTls(subject, { clientCertificate: { ...clientCertificate } });
        assertEquals(await client.visit(subject, renewed), "accepted");
      });
    },
  },
];

/** Sessions. */
export const sessionCases: readonly ContractCase[] = cases.map((each) => ({
  ...each,
  applies: hasCertificates,
}));

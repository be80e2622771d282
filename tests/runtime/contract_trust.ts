/**
 * The contract's part on trust: which certificates a client takes, and what it says of the others.
 *
 * @module
 */

import type { Conn } from "../../src/runtime/mod.ts";
import { assertEquals } from "../assert.ts";
import type { ContractCase } from "./contract.ts";
import { ANYWHERE, assertCode, listenTls } from "./pair.ts";
import { accepts, assertTold, hasCertificates, refuses, serving } from "./tls_pair.ts";

const cases: readonly ContractCase[] = [
  {
    name: "A certificate of an unknown authority is refused",
    run: (subject) => refuses(subject, serving(subject.certificates!.untrusted), {}, "untrusted"),
  },
  {
    name: "Only the given authorities are trusted, not the runtime's besides",
    run: (subject) =>
      refuses(
        subject,
        {},
        { ca: subject.certificates!.otherCa },
        "untrusted",
      ),
  },
  {
    name: "A self-signed certificate is trusted when it is the given authority itself",
    async run(subject) {
      const { selfSigned } = subject.certificates!;
      await accepts(subject, serving(selfSigned), { ca: selfSigned.certPem });
      await refuses(subject, serving(selfSigned), {}, "untrusted");
    },
  },
  {
    name: "A certificate for another name is refused",
    run: (subject) => refuses(subject, {}, { serverName: "other.test" }, "wrong_name"),
  },
  {
    name: "Without SNI the certificate is checked for the address",
    async run(subject) {
      await accepts(subject, {}, { serverName: null });
      const offered = serving(subject.certificates!.nameOnly);
      await accepts(subject, offered, { serverName: "named.test" });
      await refuses(subject, offered, { serverName: null }, "wrong_name");
      await refuses(subject, offered, { serverName: "127.0.0.1" }, "wrong_name");
    },
  },
  {
    name: "A server name may be an address other than the dialled one",
    async run(subject) {
      await accepts(subject, {}, { serverName: "::1" });
      await refuses(subject, {}, { serverName: "127.0.0.2" }, "wrong_name");
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
      await refuses(subject, offered, { serverName, verifyName: "a.test" }, "wrong_name");
      const untrusted = serving(subject.certificates!.untrusted);
      const asked = { serverName, verifyName: "app.test" };
      await refuses(subject, untrusted, asked, "untrusted");
      await accepts(subject, {}, { serverName, verifyName: "::1" });
      await refuses(subject, {}, { serverName, verifyName: "::2" }, "wrong_name");
    },
  },
  {
    name: "A certificate that is out of its time is refused, and isn't taken for an untrusted one",
    async run(subject) {
      const { expired, early } = subject.certificates!;
      await refuses(subject, serving(expired), {}, "expired");
      await refuses(subject, serving(early), {}, "not_yet_valid");
    },
  },
  {
    name: "verify: chain leaves out the name and nothing else",
    async run(subject) {
      await accepts(subject, {}, { verify: "chain", serverName: "other.test" });
      await accepts(subject, {}, { verify: "chain", serverName: null });
      const { untrusted, expired } = subject.certificates!;
      await refuses(subject, serving(untrusted), { verify: "chain" }, "untrusted");
      const asked = { verify: "chain", serverName: "other.test" } as const;
      await refuses(subject, serving(expired), asked, "expired");
    },
  },
  {
    name: "verify: none takes any certificate, but no broken handshake",
    async run(subject) {
      const { untrusted, expired } = subject.certificates!;
      const asked = { verify: "none", serverName: "other.test" } as const;
      await accepts(subject, serving(untrusted), asked);
      await accepts(subject, serving(expired), asked);
      await refuses(subject, { alpn: ["a"] }, { ...asked, alpn: ["b"] }, "alpn");
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
      await refuses(subject, low, high, "version");
      await refuses(subject, high, low, "version");
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

/** Trust. */
export const trustCases: readonly ContractCase[] = cases.map((each) => ({
  ...each,
  applies: hasCertificates,
}));

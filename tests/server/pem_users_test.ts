import type { CertificateConfig, Config } from "../../src/config/model.ts";
import { PemError } from "../../src/errors.ts";
import { checkDownstream, pemUsers } from "../../src/server/pem_users.ts";
import { encodePem } from "../../src/tls/pem.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { issued } from "../tls/issued.ts";
import { cluster, config, http, listener } from "./fixture.ts";
import { downstreamTls as tls } from "./tls.ts";

async function certificate(path: string | null = null): Promise<CertificateConfig> {
  const { certPem, keyPem } = await issued({
    name: "CN=test",
    names: [{ type: "dns", value: "a.test" }],
  });
  return {
    chain: { path, pem: certPem },
    key: { path: path && `${path}.key`, pem: keyPem },
  };
}

/** Two listeners with the same certificate, and what is put to use. */
async function scene() {
  const before = await certificate("web.pem");
  let running: Config = config(
    [
      listener(http(), { name: "one", tls: tls(before) }),
      listener(http(), { name: "two", tls: tls(before) }),
    ],
    [cluster([1])],
  );
  const users = pemUsers(running, (change) => {
    running = change(running);
    return Promise.resolve();
  });
  const shown = () =>
    running.listeners.map(({ filterChains: [chain] }) => chain.tls!.certificates[0].chain.pem);
  return { before, users, shown };
}

function texts({ chain, key }: CertificateConfig): Map<string, string> {
  return new Map([["web.pem", chain.pem], ["web.pem.key", key.pem]]);
}

Deno.test("Each listener is a user of its certificates' files", async () => {
  const { users } = await scene();
  assertEquals(users.map(({ name, sources }) => [name, sources.map(({ path }) => path)]), [
    ["listener one", ["web.pem", "web.pem.key"]],
    ["listener two", ["web.pem", "web.pem.key"]],
  ]);
});

Deno.test("Another pair becomes a configuration that has it, for that listener alone", async () => {
  const { before, users, shown } = await scene();
  const next = await certificate("web.pem");
  await users[1].replace(texts(next));
  assertEquals(shown(), [before.chain.pem, next.chain.pem]);
});

Deno.test("A certificate that doesn't go with its key changes nothing", async () => {
  const { before, users, shown } = await scene();
  const [one, other] = [await certificate(), await certificate()];
  await assertRejects(
    () => users[0].replace(texts({ chain: one.chain, key: other.key })),
    PemError,
  );
  const half = texts({ ...one, chain: { path: null, pem: "-----BEGIN" } });
  await assertRejects(() => users[0].replace(half), PemError);
  assertEquals(shown(), [before.chain.pem, before.chain.pem]);
});

Deno.test("Half of a revocation list is refused", async () => {
  const { certPem } = await issued({ name: "CN=ca", isCa: true });
  const clientCertificate = {
    ca: { path: null, pem: certPem },
    required: true,
    sans: [],
    crl: { path: null, pem: encodePem("X509 CRL", Uint8Array.of(0x30, 0x03, 0x30)) },
  };
  const downstream = { ...tls(await certificate()), clientCertificate };
  await assertRejects(() => checkDownstream(downstream), PemError);
});

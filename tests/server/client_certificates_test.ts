/**
 * Clients with certificates, many at once and on one port with others.
 *
 * @module
 */

import { ANY } from "../../src/config/native/defaults.ts";
import type { DownstreamTlsConfig, ListenerConfig } from "../../src/config/model.ts";
import { assert, assertEquals } from "../assert.ts";
import { type Certified, certified, type CertifiedClient } from "../tls/client_certificates.ts";
import { peerTest, run, withFolder } from "../tls/fixtures.ts";
import { cluster, http, listener, TestServer } from "./fixture.ts";
import { connectTls } from "./tls_wire.ts";
import { showRequest, Upstream } from "./upstream.ts";
import { isReset, until } from "./wire.ts";

function mutual({ ca, proxy }: Certified, asks: boolean): DownstreamTlsConfig {
  const pem = (pem: string) => ({ path: null, pem });
  return {
    certificates: [{ chain: pem(proxy.chain), key: pem(proxy.key) }],
    clientCertificate: asks ? { required: true, ca: pem(ca), crl: null, sans: [] } : null,
    ciphers: [],
    alpn: [],
    minVersion: null,
    maxVersion: null,
  };
}

const TELLING = http({
  clientCertHeader: {
    mode: "sanitize_set",
    details: { subject: true, cert: false, chain: false, dns: false, uri: false },
  },
});

/** The subject that the upstream is told; null when the client is shut out. */
async function ask(port: number, ca: string, client: CertifiedClient | null) {
  using wire = await connectTls(port, { ca, client });
  try {
    const told: (string | undefined)[] = [];
    for (let count = 0; count < 2; count++) {
      await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
      const fields: [string, string][] = JSON.parse((await wire.response()).text).fields;
      const value = fields.find(([name]) => name === "x-forwarded-client-cert")?.[1];
      told.push(/Subject="(.*?)"/.exec(value ?? "")?.[1]);
    }
    assertEquals(told[0], told[1]);
    return told[0];
  } catch (error) {
    if (isReset(error) || /fatal alert|ended before/.test(String(error))) return null;
    throw error;
  }
}

peerTest(
  "openssl",
  "Clients that come at once are each known by their own certificate",
  async () => {
    const all = await certified();
    await using upstream = Upstream.answering(showRequest);
    await using proxy = await TestServer.start({
      listeners: [listener(TELLING, { tls: mutual(all, true) })],
      clusters: [cluster([upstream.port])],
    });
    const { plain, attributes } = all.clients;
    const callers = Array.from({ length: 24 }, (_, at) => [plain, null, attributes][at % 3]);
    const told = await Promise.all(callers.map((client) => ask(proxy.port(), all.ca, client)));
    for (const [at, subject] of told.entries()) {
      if (callers[at] === null) assertEquals(subject, null);
      else if (callers[at] === plain) assertEquals(subject, "CN=app,O=Acme");
      else assert(subject?.startsWith("CN=all,UID=uid"), `${subject}`);
    }
    await until(() => proxy.listenerStat("ssl.fail_verify_no_cert") === 8, "eight are refused");
    assertEquals(proxy.listenerStat("ssl.handshake"), 16);
  },
);

/** Two names on one port, of which one wants a certificate. */
function twoNames(all: Certified): ListenerConfig {
  const base = listener(TELLING);
  const chain = (name: string, asks: boolean) => ({
    name,
    match: { ...ANY, serverNames: [name] },
    tls: mutual(all, asks),
    filter: TELLING,
  });
  return {
    ...base,
    inspectTls: true,
    filterChains: [chain("strict.test", true), chain("lax.test", false)],
  };
}

peerTest("openssl", "A session of one name opens no other name of the port", async () => {
  const all = await certified();
  await using upstream = Upstream.answering(showRequest);
  await using proxy = await TestServer.start({
    listeners: [twoNames(all)],
    clusters: [cluster([upstream.port])],
  });
  const say = async (name: string, ...args: string[]) => {
    const request = `GET / HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`;
    const connect = ["-connect", `127.0.0.1:${proxy.port()}`, "-servername", name, "-ign_eof"];
    return (await run("openssl", ["s_client", ...connect, ...args], request)).text;
  };
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/own.pem`, all.clients.plain.chain + all.clients.plain.key);
    const own = ["-cert", `${folder}/own.pem`, "-cert_chain", `${folder}/own.pem`];
    for (const version of ["-tls1_2", "-tls1_3"]) {
      const session = `${folder}/session${version}`;
      const lax = await say("lax.test", version, "-sess_out", session);
      assert(lax.includes("200 OK"), lax);
      const shut = await say("strict.test", version, "-sess_in", session);
      assert(!shut.includes("200 OK"), shut);
      const open = await say("strict.test", version, "-sess_in", session, ...own);
      assert(open.includes("CN=app,O=Acme"), open);
    }
  });
});

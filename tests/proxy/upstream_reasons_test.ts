import tls from "node:tls";
import type { UpstreamTlsConfig } from "../../src/config/model.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import type { ListenTls } from "../../src/runtime/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { type Certificates, makeCertificates } from "../runtime/certificates.ts";
import { serving } from "../runtime/tls_pair.ts";
import { cluster, TestServer } from "../server/fixture.ts";

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\nconnection: close\r\n\r\n";

const certificates = await makeCertificates();

/** How an upstream terminates TLS, and how the cluster originates it; null for a plain cluster. */
interface Pairing {
  readonly offered?: Partial<ListenTls>;
  readonly asked?: Partial<UpstreamTlsConfig> | null;
}

/** What the client and the log are told of a request to a TLS upstream that won't do. */
async function told({ offered = {}, asked = {} }: Pairing) {
  const network = denoRuntime();
  const listener = await network.listen({ host: "127.0.0.1", port: 0 }, {
    tls: {
      ...serving(certificates.leaf) as Pick<ListenTls, "certChain" | "privateKey">,
      alpn: [],
      minVersion: null,
      maxVersion: null,
      ...offered,
    },
  });
  const serve = async () => {
    for (let conn = await listener.accept(); conn !== null; conn = await listener.accept()) {
      await conn.handshake().catch(() => {}); // Why it failed is the client's to tell.
      conn.close();
    }
  };
  const served = serve();
  try {
    return await answerOf(listener.address.port, asked);
  } finally {
    listener.close();
    await served;
  }
}

/** What the client and the log are told of a request to this port. */
async function answerOf(port: number, asked: Partial<UpstreamTlsConfig> | null) {
  const originating = asked === null ? null : {
    serverName: "localhost",
    verifyName: null,
    certificate: null,
    sans: [],
    ciphers: [],
    verify: "full" as const,
    ca: { path: null, pem: certificates.ca },
    alpn: [],
    minVersion: null,
    maxVersion: null,
    ...asked,
  };
  await using proxy = await TestServer.start({ clusters: [cluster([port], { tls: originating })] });
  using client = await proxy.connect();
  await client.send(GET);
  const { status } = await client.response();
  const [{ flags }] = await proxy.access(1);
  const { code, cause } = proxy.log[0].fields;
  return { answer: `${status} ${flags}`, code, cause: String(cause) };
}

const REFUSED: readonly (Pairing & { readonly claim: string; readonly code: string })[] = [
  {
    claim: "A certificate of an unknown CA",
    offered: serving(certificates.untrusted),
    code: "tls_untrusted",
  },
  {
    claim: "A certificate that has signed itself",
    offered: serving(certificates.selfSigned),
    code: "tls_untrusted",
  },
  {
    claim: "An expired certificate",
    offered: serving(certificates.expired),
    code: "tls_expired",
  },
  {
    claim: "A certificate whose time is to come",
    offered: serving(certificates.early),
    code: "tls_not_yet_valid",
  },
  {
    claim: "A certificate for another name",
    asked: { serverName: "other.test" },
    code: "tls_wrong_name",
  },
  {
    claim: "An upstream with an older TLS",
    offered: { maxVersion: "TLSv1.2" },
    asked: { minVersion: "TLSv1.3" },
    code: "tls_version",
  },
  {
    claim: "An upstream with another ALPN protocol",
    offered: { alpn: ["h2"] },
    asked: { alpn: ["http/1.1"] },
    code: "tls_alpn",
  },
];

for (const { claim, code, ...pairing } of REFUSED) {
  Deno.test(`${claim} is 503 UF, and ${code} in the log`, async () => {
    const { answer, code: logged, cause } = await told(pairing);
    assertEquals([answer, logged], ["503 UF", code], cause);
    assertMatch(cause, /^Cannot connect to 127\.0\.0\.1:\d+: /);
  });
}

Deno.test("A TLS upstream of a plain cluster that says so is 502 UPE, and upstream_speaks_tls in the log", async () => {
  const { answer, code, cause } = await told({ asked: null });
  assertEquals([answer, code], ["502 UPE", "upstream_speaks_tls"], cause);
});

Deno.test("An upstream that asks for a client certificate is named as such", async () => {
  const upstream = await demanding(certificates);
  try {
    const { answer, code, cause } = await answerOf(upstream.port, {});
    assertEquals([answer, code], ["503 UC", "tls_client_certificate"], cause);
  } finally {
    await upstream.close();
  }
});

/** A server that wants a certificate of its clients, in TLS 1.3. */
async function demanding({ leaf, ca }: Certificates) {
  const server = tls.createServer({
    cert: leaf.certPem,
    key: leaf.keyPem,
    ca,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("tlsClientError", () => {}); // What the test is about.
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  return {
    port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

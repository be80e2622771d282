import type { CertificateConfig } from "../../src/config/model.ts";
import { TlsTerminator } from "../../src/server/tls_terminator.ts";
import { ClientHelloReader, NEED_DATA, NOT_TLS } from "../../src/tls/client_hello_reader.ts";
import { assert, assertEquals } from "../assert.ts";
import { hello, type HelloFields } from "../tls/hellos.ts";
import { issued, type IssueRequest } from "../tls/issued.ts";
import { downstreamTls as config } from "./tls.ts";

async function certificate(
  names: readonly string[],
  key: Pick<IssueRequest, "rsaBits" | "curve"> = {},
): Promise<CertificateConfig> {
  const { certPem, keyPem } = await issued({
    name: "CN=test",
    names: names.map((value) => ({ type: "dns", value })),
    ...key,
  });
  return { chain: { path: null, pem: certPem }, key: { path: null, pem: keyPem } };
}

/** Which of the certificates is shown to a client that says this. */
function chosen(terminator: TlsTerminator, fields: HelloFields): number {
  const read = new ClientHelloReader().read(hello(fields));
  assert(read !== NEED_DATA && read !== NOT_TLS);
  const { tls: { certChain } } = terminator.choose(read);
  return terminator.config.certificates.findIndex(({ chain }) => chain.pem === certChain);
}

Deno.test("A client is shown the certificate for the name that it asks for", async () => {
  const terminator = new TlsTerminator(
    config(
      await certificate(["a.test"]),
      await certificate(["b.test"]),
      await certificate(["*.c.test"]),
    ),
  );
  const index = (serverName?: string) => chosen(terminator, { serverName });
  assertEquals([index("a.test"), index("b.test"), index("x.c.test")], [0, 1, 2]);
});

Deno.test("An exact name goes before a wildcard, and what nobody has gets the first", async () => {
  const terminator = new TlsTerminator(
    config(
      await certificate(["first.test"]),
      await certificate(["*.c.test"]),
      await certificate(["x.c.test"]),
    ),
  );
  const index = (serverName?: string) => chosen(terminator, { serverName });
  assertEquals([index("x.c.test"), index("y.c.test")], [2, 1]);
  assertEquals([index("a.b.c.test"), index("c.test"), index("other.test"), index()], [0, 0, 0, 0]);
});

Deno.test("Of two certificates for one name, ECDSA goes to those who take it", async () => {
  // The client of these tests takes signatures with P-256, and none with P-384.
  const plain = await certificate(["a.test"], { rsaBits: 2048 });
  const taken = new TlsTerminator(config(plain, await certificate(["a.test"])));
  assertEquals([chosen(taken, { serverName: "a.test" }), chosen(taken, {})], [1, 1]);
  const curve = await certificate(["a.test"], { curve: "P-384" });
  const index = (...both: CertificateConfig[]) =>
    chosen(new TlsTerminator(config(...both)), { serverName: "a.test" });
  assertEquals([index(plain, curve), index(curve, plain), index(curve)], [0, 1, 0]);
});

Deno.test("Replaced certificates are shown from then on, in place of the old ones", async () => {
  const terminator = new TlsTerminator(config(await certificate(["a.test"])));
  const next = config(await certificate(["a.test"]));
  terminator.use(next);
  assert(terminator.config === next);
  assertEquals(chosen(terminator, { serverName: "a.test" }), 0);
});

Deno.test("Certificates that are the same keep what was made of them", async () => {
  const before = config(await certificate(["a.test"]));
  const terminator = new TlsTerminator(before);
  terminator.use(structuredClone(before));
  assert(terminator.config === before);
});

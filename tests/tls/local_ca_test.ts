import { PemError } from "../../src/errors.ts";
import { parseCertificates } from "../../src/tls/certificate.ts";
import { createLocalCa, issueCertificate, keyMatches, openOrCreate } from "../../src/tls/mod.ts";
import { isSignedBy } from "../../src/tls/signature.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { DAY, newPair, NOW, pkcs8Pem, selfSigned } from "./fixtures.ts";
import { MemoryHost } from "./memory_host.ts";

const MONTH = 30 * DAY;
const names = ["localhost", "127.0.0.1"];

Deno.test("LocalCa.issue() writes a leaf beside the CA or into a folder of its own", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const leaf = await ca.issue({ names, now: NOW });
  assertEquals([leaf.certPath, leaf.keyPath], ["/ca/localhost.pem", "/ca/localhost-key.pem"]);
  assertEquals(host.files.get(leaf.certPath), { text: leaf.certPem, mode: 0o644 });
  assertEquals(host.files.get(leaf.keyPath), { text: leaf.keyPem, mode: 0o600 });
  assertEquals(leaf.reused, false);
  assertEquals(leaf.certificate.ipAddresses, ["127.0.0.1"]);
  assert(await keyMatches(leaf.certPem, leaf.keyPem));
  assert(await isSignedBy(parseCertificates(leaf.certPem)[0], parseCertificates(ca.certPem)[0]));
  const elsewhere = await ca.issue({ names: ["*.app.test"], now: NOW, folder: "certs" });
  assertEquals(elsewhere.certPath, "certs/_.app.test.pem");
  const named = await ca.issue({ names, now: NOW, fileName: "../x" });
  assertEquals(named.certPath, "/ca/.._x.pem");
  const client = await ca.issue({ names: ["::1"], now: NOW, usage: "client" });
  assertEquals(client.keyPath, "/ca/__1-client-key.pem");
});

Deno.test("LocalCa.issue() never writes over the CA or over another leaf's key", async () => {
  const host = new MemoryHost();
  const pair = await newPair("P-256");
  const { BasicConstraintsExtension, SubjectKeyIdentifierExtension } = await import(
    "@peculiar/x509"
  );
  const unconstrained = await selfSigned(pair, {
    extensions: [
      new BasicConstraintsExtension(true),
      await SubjectKeyIdentifierExtension.create(pair.publicKey),
    ],
  });
  host.put("/ca/ca.pem", unconstrained);
  host.put("/ca/ca-key.pem", await pkcs8Pem(pair));
  const ca = await openOrCreate(host, NOW, "/ca");
  const paths = await Promise.all(["ca", "ca-key", "a-key"].map(async (name) => {
    const { certPath, keyPath } = await ca.issue({ names: [name], now: NOW });
    return [certPath, keyPath];
  }));
  assertEquals(paths, [
    ["/ca/ca_.pem", "/ca/ca_-key.pem"],
    ["/ca/ca-key_.pem", "/ca/ca-key_-key.pem"],
    ["/ca/a-key_.pem", "/ca/a-key_-key.pem"],
  ]);
  assertEquals(host.text("/ca/ca.pem"), unconstrained);
});

Deno.test("LocalCa.issue() takes a leaf that is there and still good", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const first = await ca.issue({ names: ["localhost", "app.test"], now: NOW });
  const again = [["localhost"], ["LOCALHOST", "app.test"], ["localhost", "localhost"]];
  for (const names of again) {
    const leaf = await ca.issue({ names, now: NOW });
    assertEquals([leaf.reused, leaf.certPem, leaf.keyPem], [true, first.certPem, first.keyPem]);
  }
  assert(
    (await ca.issue({ names: ["localhost"], now: first.certificate.notAfter - MONTH })).reused,
  );
});

Deno.test("LocalCa.issue() keeps what won't do, or replaces what is good, when it is told to", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const first = await ca.issue({ names, now: NOW, existing: "keep" });
  assertEquals(first.reused, false);
  assert((await ca.issue({ names, now: NOW, existing: "keep" })).reused);
  const other = { names: ["localhost", "b.test"], now: NOW };
  const refuse = async (found: string) => {
    const before = structuredClone(host.files);
    const attempt = () => ca.issue({ ...other, existing: "keep" });
    const { message } = await assertRejects(attempt, PemError);
    assertMatch(message, `Cannot write ${found}: there is one already`);
    assertMatch(message, "--force replaces it");
    assertEquals(host.files, before);
  };
  await refuse("/ca/localhost.pem");
  host.files.delete("/ca/localhost.pem");
  await refuse("/ca/localhost-key.pem");
  const second = await ca.issue({ ...other, existing: "replace" });
  const third = await ca.issue({ ...other, existing: "replace" });
  assertEquals([second.reused, third.reused], [false, false]);
  assert(second.keyPem !== third.keyPem);
  assertEquals(host.text("/ca/localhost-key.pem"), third.keyPem);
});

Deno.test("LocalCa.issue() takes a client's leaf that has all of its names, of any kind", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const client = { names: ["alice@corp.test", "spiffe://corp.test/a"], usage: "client" as const };
  const first = await ca.issue({ ...client, now: NOW });
  assertEquals(first.certPath, "/ca/alice_corp.test-client.pem");
  assert((await ca.issue({ ...client, now: NOW })).reused);
});

Deno.test("LocalCa.issue() makes a new leaf when the one that is there won't do", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const other = await createLocalCa(host, NOW, "/other");
  const first = await ca.issue({ names, now: NOW });
  const foreign = await other.issue({ names, now: NOW });
  const clientOnly = await issueCertificate(
    { certPem: ca.certPem, keyPem: host.text("/ca/ca-key.pem") },
    { names, now: NOW, usage: "client" },
  );
  const { certPem, keyPem } = first;
  const cases: [
    string,
    { certPem: string; keyPem: string },
    Partial<Parameters<typeof ca.issue>[0]>,
  ][] = [
    ["another name", first, { names: [...names, "app.test"] }],
    ["less than 30 days left", first, { now: first.certificate.notAfter - MONTH + 1000 }],
    ["not valid yet", first, { now: first.certificate.notBefore - 1000 }],
    ["another usage", clientOnly, {}],
    ["both usages", first, { usage: "both" }],
    ["another CA's", foreign, {}],
    ["another's key", { certPem, keyPem: foreign.keyPem }, {}],
    ["no PEM", { certPem: "junk", keyPem }, {}],
    ["no key", { certPem, keyPem: "" }, {}],
  ];
  for (const [reason, files, options] of cases) {
    host.put(first.certPath, files.certPem);
    host.put(first.keyPath, files.keyPem);
    const leaf = await ca.issue({ names, now: NOW, ...options });
    assertEquals(leaf.reused, false, reason);
    assertEquals(host.text(first.certPath), leaf.certPem, reason);
    assert(await keyMatches(leaf.certPem, host.text(first.keyPath)), reason);
  }
});

Deno.test("LocalCa.issue() keeps a leaf that ends with its CA", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const now = ca.certificate.notAfter - 10 * DAY;
  assertEquals((await ca.issue({ names, now })).certificate.notAfter, ca.certificate.notAfter);
  assertEquals((await ca.issue({ names, now })).reused, true);
});

Deno.test("LocalCa.issue() refuses names as issueCertificate() does, and writes nothing", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  for (const names of [["example.com"], ["../ca"], []]) {
    await assertRejects(() => ca.issue({ names, now: NOW }), PemError);
  }
  assertEquals([...host.files.keys()], ["/ca/ca-key.pem", "/ca/ca.pem"]);
});

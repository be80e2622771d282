import { FileError, PemError } from "../../src/errors.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { parseCertificates } from "../../src/tls/certificate.ts";
import {
  createCa,
  createLocalCa,
  dataFolder,
  issueCertificate,
  keyMatches,
  openLocalCa,
  openOrCreate,
} from "../../src/tls/mod.ts";
import { isSignedBy } from "../../src/tls/signature.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { DAY, newPair, NOW, pkcs8Pem, selfSigned, withFolder } from "./fixtures.ts";
import { MemoryHost } from "./memory_host.ts";

const MONTH = 30 * DAY;
const names = ["localhost", "127.0.0.1"];

Deno.test("dataFolder() follows XDG, the system's custom, and says when it can't", () => {
  const cases: [Record<string, string>, string, string][] = [
    [{ XDG_DATA_HOME: "/data", HOME: "/home/me" }, "Linux x86_64", "/data/genkan"],
    [{ XDG_DATA_HOME: "/data/" }, "MacIntel", "/data/genkan"],
    [{ XDG_DATA_HOME: "data", HOME: "/home/me" }, "Linux", "/home/me/.local/share/genkan"],
    [{ XDG_DATA_HOME: "", HOME: "/root/" }, "Linux", "/root/.local/share/genkan"],
    [{ HOME: "/Users/me" }, "MacIntel", "/Users/me/Library/Application Support/genkan"],
    [{ LOCALAPPDATA: "C:\\Users\\me\\Local", HOME: "/x" }, "Win32", "C:\\Users\\me\\Local\\genkan"],
  ];
  for (const [env, platform, folder] of cases) {
    assertEquals(dataFolder(new MemoryHost(env), platform), folder);
  }
  const error = assertThrows(() => dataFolder(new MemoryHost({}), "Linux"), PemError);
  assertMatch(error.message, "neither XDG_DATA_HOME nor HOME is set");
});

Deno.test("createLocalCa() writes a CA that openLocalCa() opens", async () => {
  const host = new MemoryHost();
  assertEquals(await openLocalCa(host, NOW), null);
  const made = await createLocalCa(host, NOW);
  const folder = "/home/me/.local/share/genkan";
  assertEquals([made.folder, made.certPath], [folder, `${folder}/ca.pem`]);
  assertEquals(
    [...host.files].map(([path, { mode }]) => [path, mode]),
    [[`${folder}/ca-key.pem`, 0o600], [`${folder}/ca.pem`, 0o644]],
  );
  const opened = await openLocalCa(host, NOW);
  assertEquals(opened?.certPem, made.certPem);
  assertMatch(opened!.certificate.subject, /^CN=genkan local CA [0-9a-f]{8}$/);
});

Deno.test("the local CA's keys are readable for their owner alone", () =>
  withFolder(async (folder) => {
    const ca = await createLocalCa(denoRuntime(), NOW, folder);
    const { keyPath } = await ca.issue({ names, now: NOW });
    for (const path of [`${folder}/ca-key.pem`, keyPath]) {
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600, path);
    }
    assertEquals((await openLocalCa(denoRuntime(), NOW, folder))?.certPem, ca.certPem);
  }));

Deno.test("a CA that is printed doesn't show its key", async () => {
  const host = new MemoryHost();
  const ca = await createLocalCa(host, NOW, "/ca");
  const key = host.text("/ca/ca-key.pem").split("\n")[1];
  const printed = Deno.inspect(ca, { depth: 10, showHidden: true, strAbbreviateSize: 1e6 });
  assert(!printed.includes(key));
  assert(!JSON.stringify(ca).includes(key));
});

Deno.test("createLocalCa() replaces a CA only when it is told to", async () => {
  const host = new MemoryHost();
  const first = await createLocalCa(host, NOW, "/ca", { name: "first" });
  assertEquals(
    (await assertRejects(() => createLocalCa(host, NOW, "/ca"), PemError)).message,
    "Cannot create a CA in /ca: found one there; remove it first",
  );
  assertEquals(host.text("/ca/ca.pem"), first.certPem);
  const second = await createLocalCa(host, NOW, "/ca", { name: "second", replace: true });
  assertEquals((await openLocalCa(host, NOW, "/ca"))?.certificate.subject, "CN=second");
  assert(second.certPem !== first.certPem);
});

Deno.test("createLocalCa() takes up a key that an interrupted attempt left", async () => {
  const host = new MemoryHost();
  await createLocalCa(host, NOW, "/ca");
  const key = host.text("/ca/ca-key.pem");
  host.files.delete("/ca/ca.pem");
  assertEquals(await openLocalCa(host, NOW, "/ca"), null);
  const ca = await openOrCreate(host, NOW, "/ca");
  assertEquals(host.text("/ca/ca-key.pem"), key);
  assert(await keyMatches(ca.certPem, key));
});

Deno.test("createLocalCa() says so when the key that was left is of no use", async () => {
  const host = new MemoryHost();
  host.put("/ca/ca-key.pem", "junk");
  assertEquals(
    (await assertRejects(() => openOrCreate(host, NOW, "/ca"), PemError)).message,
    "Cannot create a CA in /ca: found a ca-key.pem that can't be used; remove it",
  );
});

Deno.test("openOrCreate() called by several at once gives all of them the same CA", async () => {
  const host = new MemoryHost();
  const all = await Promise.all([1, 2, 3, 4].map(() => openOrCreate(host, NOW, "/ca")));
  assertEquals(new Set(all.map((ca) => ca.certPem)).size, 1);
  assert(await keyMatches(all[0].certPem, host.text("/ca/ca-key.pem")));
});

Deno.test("openOrCreate() yields to a CA that appears between its two files", async () => {
  const host = new MemoryHost();
  const other = await createCa({ name: "other", now: NOW });
  host.beforeCreate = (path) => {
    if (path.endsWith("ca.pem")) {
      host.put("/ca/ca-key.pem", other.keyPem);
      host.put("/ca/ca.pem", other.certPem);
    }
    return Promise.resolve();
  };
  assertEquals((await openOrCreate(host, NOW, "/ca")).certPem, other.certPem);
});

Deno.test("openLocalCa() says what is wrong with a CA and what to do", async () => {
  const good = await createCa({ name: "good", now: NOW });
  const other = await createCa({ name: "other", now: NOW });
  const pair = await newPair("P-256");
  const cases: [string, string | null, number, string][] = [
    [good.certPem, null, NOW, "found ca.pem without ca-key.pem; put the key back, or remove"],
    [good.certPem, other.keyPem, NOW, "found a ca-key.pem that doesn't belong to ca.pem; remove"],
    [good.certPem, good.keyPem, NOW + 3650 * DAY, "expired on 2036-04-28; remove both files"],
    [good.certPem, good.keyPem, NOW - DAY, "not valid before 2026-05-01; check this machine's"],
    ["junk", good.keyPem, NOW, "Cannot read certificates: found no PEM block; remove both"],
    [good.certPem, "junk", NOW, "Cannot read the private key: found no PEM block; remove both"],
    [
      await selfSigned(pair),
      await pkcs8Pem(pair),
      NOW,
      "found a ca.pem that is no CA's certificate",
    ],
  ];
  for (const [cert, key, now, found] of cases) {
    const host = new MemoryHost();
    host.put("/ca/ca.pem", cert);
    if (key !== null) host.put("/ca/ca-key.pem", key);
    const { message } = await assertRejects(() => openLocalCa(host, now, "/ca"), PemError);
    assertMatch(message, `Cannot use the CA in /ca: ${found}`);
  }
});

Deno.test("a file that can't be read or written is named in the error", async () => {
  const host = new MemoryHost();
  const denied = (path: string) =>
    Promise.reject(new FileError("permission", path, "not permitted"));
  host.beforeCreate = denied;
  assertEquals(
    (await assertRejects(() => createLocalCa(host, NOW, "/ca"), PemError)).message,
    "Cannot write /ca/ca-key.pem: not permitted",
  );
  host.readFile = denied;
  assertEquals(
    (await assertRejects(() => openLocalCa(host, NOW, "/ca"), PemError)).message,
    "Cannot read /ca/ca.pem: not permitted",
  );
});

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

import { FileError, PemError } from "../../src/errors.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import {
  createCa,
  createLocalCa,
  dataFolder,
  keyMatches,
  openLocalCa,
  openOrCreate,
} from "../../src/tls/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { DAY, newPair, NOW, pkcs8Pem, selfSigned, withFolder } from "./fixtures.ts";
import { MemoryHost } from "./memory_host.ts";

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
    const { keyPath } = await ca.issue({ names: ["localhost"], now: NOW });
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

import { readCertificates } from "../../src/tls/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { runCommand } from "./run_command.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ca create writes a CA and says where it is and how to trust it", async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await runCommand(["ca", "create", "--folder", folder, "--name", "me"]);
    assertEquals(code, 0);
    assertMatch(stdout, `  ${folder}/ca.pem\n  ${folder}/ca-key.pem (keep it secret)\n`);
    const [certificate] = await readCertificates(await Deno.readTextFile(`${folder}/ca.pem`));
    assertEquals([certificate.subject, certificate.isCa], ["CN=me", true]);
    const { mode } = await Deno.stat(`${folder}/ca-key.pem`);
    assertEquals((mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("ca create leaves a CA that is there alone, unless --force is given", async () => {
  await inFolder(async (folder) => {
    const read = () => Deno.readTextFile(`${folder}/ca.pem`);
    await runCommand(["ca", "create", "--folder", folder]);
    const first = await read();
    const { code, stderr } = await runCommand(["ca", "create", "--folder", folder]);
    assertEquals([code, await read()], [1, first]);
    assertMatch(stderr, "there is one already; --force replaces it");
    assertEquals((await runCommand(["ca", "create", "--folder", folder, "--force"])).code, 0);
    assert(await read() !== first, "the CA is still the first one");
  });
});

Deno.test("ca issue writes a leaf beside the CA, keeps a good one, and says so", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    const issue = ["ca", "issue", "app.test", "*.app.test", "--folder", folder];
    const { code, stdout, stderr } = await runCommand(issue);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, "issued a server's certificate for app.test, *.app.test, valid until ");
    assertMatch(
      stdout,
      `  ${folder}/app.test.pem\n  ${folder}/app.test-key.pem (keep it secret)\n`,
    );
    assertMatch((await runCommand(issue)).stdout, /^kept, it is still good: /);
  });
});

Deno.test("ca issue --client --out writes a client's certificate somewhere else", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    const out = `${folder}/out`;
    await Deno.mkdir(out);
    const { code } = await runCommand(
      [
        "ca",
        "issue",
        "alice.internal",
        "--client",
        "--days",
        "9",
        "--folder",
        folder,
        "--out",
        out,
      ],
    );
    assertEquals(code, 0);
    const pem = await Deno.readTextFile(`${out}/alice.internal-client.pem`);
    const [{ notBefore, notAfter }] = await readCertificates(pem);
    const days = (notAfter - notBefore) / 86_400_000;
    assert(days > 8 && days < 11, `valid for ${days} days`);
  });
});

Deno.test("ca issue leaves what is there alone, unless it is good or --force is given", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    const issue = (...args: string[]) => runCommand(["ca", "issue", ...args, "--folder", folder]);
    const read = () => Deno.readTextFile(`${folder}/app.test.pem`);
    await issue("app.test");
    const first = await read();
    const { code, stdout, stderr } = await issue("app.test", "b.test");
    assertEquals([code, stdout, await read()], [1, "", first]);
    assertMatch(stderr, `genkan: Cannot write ${folder}/app.test.pem: there is one already`);
    assertMatch(stderr, "--force replaces it");
    assertMatch((await issue("app.test", "b.test", "--force")).stdout, /^issued /);
    const second = await read();
    assertEquals((await readCertificates(second))[0].dnsNames, ["app.test", "b.test"]);
    assertMatch((await issue("app.test", "--force")).stdout, /^issued /);
  });
});

Deno.test("ca issue --pkcs12 writes a file for its owner alone, and never over another", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    const path = `${folder}/out/alice.p12`;
    await Deno.writeTextFile(`${folder}/pw`, "sécret\r\nnot this\n");
    const client = ["ca", "issue", "--client", "alice@corp.test", "--folder", folder];
    const issue = (...args: string[]) => runCommand([...client, "--pkcs12", path, ...args]);
    const { code, stdout, stderr } = await issue("--password-file", `${folder}/pw`);
    assertEquals(code, 0);
    assertMatch(stdout, `-client-key.pem (keep it secret)\n  ${path} (keep it secret)\n`);
    assertMatch(stderr, "note: Java can't read");
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    const first = await Deno.readFile(path);
    const again = await issue("--no-password");
    assertEquals([again.code, await Deno.readFile(path)], [1, first]);
    assertMatch(again.stderr, `Cannot write ${path}: there is one already; --force replaces it`);
    assertEquals((await issue("--no-password", "--force")).code, 0);
    assert((await Deno.readFile(path)).toHex() !== first.toHex(), "it is still the first one");
  });
});

Deno.test("ca issue --pkcs12 finds out what is wrong before it issues anything", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    await Deno.writeTextFile(`${folder}/empty`, "\nsecret\n");
    const wrong: [string[], number, string][] = [
      [["--pkcs12", "x.p12"], 2, "--pkcs12 wants either --password-file FILE or --no-password"],
      [["--pkcs12", "x.p12", "--no-password", "--password-file", "x"], 2, "--pkcs12 wants either"],
      [["--no-password"], 2, "--no-password has nothing to do without --pkcs12 FILE"],
      [["--password-file", "x"], 2, "--password-file has nothing to do without --pkcs12 FILE"],
      [["--pkcs12", "x.p12", "--password-file", `${folder}/none`], 1, "no such file"],
      [["--pkcs12", "x.p12", "--password-file", `${folder}/empty`], 1, "its first line is empty"],
      [["--pkcs12", folder, "--no-password"], 1, "is a directory"],
    ];
    for (const [args, code, words] of wrong) {
      const found = await runCommand(["ca", "issue", "app.test", "--folder", folder, ...args]);
      assertEquals([found.code, found.stdout], [code, ""], args.join(" "));
      assertMatch(found.stderr, words);
      assertEquals(found.stderr.split("\n").length, 2, found.stderr);
    }
    const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    assertEquals(names, ["ca-key.pem", "ca.pem", "empty"]);
  });
});

Deno.test("ca issue wants --client for an e-mail address", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    const issue = ["ca", "issue", "alice@corp.test", "--folder", folder];
    const { code, stderr } = await runCommand(issue);
    assertEquals(code, 2);
    assertMatch(stderr, "that is an e-mail address; --client issues a client's");
    assertEquals((await runCommand([...issue, "--client"])).code, 0);
  });
});

Deno.test("ca issue notes that some clients refuse an address beside name constraints", async () => {
  await inFolder(async (folder) => {
    await runCommand(["ca", "create", "--folder", folder]);
    const { code, stderr } = await runCommand(["ca", "issue", "127.0.0.1", "--folder", folder]);
    assertEquals(code, 0);
    assertMatch(stderr, "note: Bun and Envoy refuse");
  });
});

Deno.test("ca issue without a CA, and for a name it may not vouch for, is one line", async () => {
  await inFolder(async (folder) => {
    const issue = (name: string) => runCommand(["ca", "issue", name, "--folder", folder]);
    assertEquals(await issue("app.test"), {
      code: 1,
      stdout: "",
      stderr: "genkan: Cannot issue a certificate: there is no CA; make one with " +
        `'genkan ca create --folder ${folder}'\n`,
    });
    await runCommand(["ca", "create", "--folder", folder]);
    const { code, stderr } = await issue("example.com");
    assertEquals([code, stderr.split("\n").length], [1, 2]);
    assertMatch(stderr, "Cannot issue for example.com: outside of the CA's name constraints");
  });
});

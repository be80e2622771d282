import { denoRuntime } from "../../src/runtime/deno.ts";
import { createLocalCa } from "../../src/tls/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { newPair, pkcs8Pem, selfSigned, withFolder } from "../tls/fixtures.ts";
import { runCommand } from "./run_command.ts";

const DAY = 24 * 60 * 60 * 1000;
const host = denoRuntime();

/** Runs it in a folder without a home; gives its lines. */
async function status(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await runCommand(["ca", "status", "--folder", folder, ...args]);
  return { code, stderr, lines: stdout.trimEnd().split("\n"), stdout };
}

Deno.test("ca status says where the CA is, what it may vouch for, and what it issued", () =>
  withFolder(async (folder) => {
    const now = Date.now();
    const ca = await createLocalCa(host, now, folder, { name: "ours" });
    await ca.issue({ names: ["app.test", "127.0.0.1"], now });
    await ca.issue({ names: ["alice@corp.test"], now, usage: "client", days: 10 });
    await ca.issue({ names: ["old.test"], now: now - 20 * DAY, days: 10 });
    await Deno.writeTextFile(`${folder}/notes.pem`, "not a certificate");
    const { code, stderr, lines } = await status(folder);
    assertEquals([code, stderr], [0, ""]);
    const until = new Date(ca.certificate.notAfter).toISOString().slice(0, 10);
    const expected = [
      `ok    ca      ${folder}/ca.pem`,
      "info  ca      CN=ours, ECDSA P-256",
      "info  names   DNS names: localhost, *.localhost, test, *.test, internal, *.internal",
      "info  names   e-mail addresses: any",
      "info  names   URIs: any",
      "ok    names   for TLS only",
      `ok    issued  ${folder}/app.test.pem: server, app.test 127.0.0.1, 396 days left`,
      `warn  issued  ${folder}/alice_corp.test-client.pem: client, alice@corp.test, 9 days left`,
      `              → genkan ca issue --client --force alice@corp.test --folder ${folder}`,
      `fail  issued  ${folder}/old.test.pem: server, old.test, expired`,
      "info  trust   Deno: DENO_CERT isn't set, or genkan may not read it",
      `              → export DENO_CERT=${folder}/ca.pem`,
    ];
    for (const line of expected) assert(lines.includes(line), `no line "${line}"`);
    assertMatch(
      lines.join("\n"),
      new RegExp(`^ok    ca      valid \\S+ to ${until}, 3649 days`, "m"),
    );
    assert(!lines.join("\n").includes("notes.pem"), "what is no certificate is listed");
  }));

Deno.test("ca status --json has the same in fields, and OpenSSL's fingerprint", () =>
  withFolder(async (folder) => {
    const now = Date.now();
    const ca = await createLocalCa(host, now, folder, { name: "ours" });
    await ca.issue({ names: ["spiffe://corp.test/web"], now, usage: "client" });
    const { code, stdout } = await status(folder, "--json");
    assertEquals(code, 0);
    const report = JSON.parse(stdout);
    assertEquals(
      [report.certificate, report.subject, report.usable],
      [`${folder}/ca.pem`, "CN=ours", true],
    );
    assertEquals(Date.parse(report.not_after), ca.certificate.notAfter);
    assertEquals([report.permitted.email, report.permitted.uri], [null, null]);
    assertEquals([report.issued[0].usage, report.issued[0].uris], [
      "client",
      ["spiffe://corp.test/web"],
    ]);
    assertEquals(report.findings[0], {
      level: "ok",
      topic: "ca",
      text: `${folder}/ca.pem`,
      hint: null,
    });
    const command = new Deno.Command("openssl", {
      args: ["x509", "-in", `${folder}/ca.pem`, "-noout", "-fingerprint", "-sha256"],
    });
    const printed = new TextDecoder().decode((await command.output()).stdout);
    assertEquals(printed.trim().split("=")[1], report.fingerprint_sha256);
  }));

Deno.test("ca status without a CA is one line, and exit code 1", () =>
  withFolder(async (folder) => {
    assertEquals(await runCommand(["ca", "status", "--folder", folder]), {
      code: 1,
      stdout: "",
      stderr: "genkan: Cannot show the status: there is no CA; make one with " +
        `'genkan ca create --folder ${folder}'\n`,
    });
  }));

Deno.test("ca status tells of a CA that can't be used, with exit code 1", () =>
  withFolder(async (folder) => {
    await createLocalCa(host, Date.now(), folder);
    await Deno.remove(`${folder}/ca-key.pem`);
    const { code, lines } = await status(folder);
    assertEquals([code, lines[0]], [1, `fail  ca      ${folder}/ca.pem`]);
    assertMatch(lines[1], "→ found ca.pem without ca-key.pem; put the key back");
  }));

Deno.test("ca status warns of a CA that is soon over, and fails one that is", () =>
  withFolder(async (folder) => {
    const left = async (days: number) => {
      await createLocalCa(host, Date.now() - (3650 - days) * DAY, folder, { replace: true });
      return await status(folder);
    };
    const late = await left(100);
    assertEquals(late.code, 0);
    assertMatch(
      late.stdout,
      /^warn +ca +valid .*, 99 days left\n +→ what it issues ends with/m,
    );
    const over = await left(-5);
    assertEquals(over.code, 1);
    assertMatch(over.stdout, /^fail +ca +valid .*, expired$/m);
    assertMatch(over.lines[1], "→ expired on ");
  }));

Deno.test("ca status warns of a CA without constraints, as others make them", () =>
  withFolder(async (folder) => {
    const { BasicConstraintsExtension } = await import("@peculiar/x509");
    const pair = await newPair("P-256");
    const extensions = [new BasicConstraintsExtension(true)];
    await Deno.writeTextFile(`${folder}/ca.pem`, await selfSigned(pair, { extensions }));
    await Deno.writeTextFile(`${folder}/ca-key.pem`, await pkcs8Pem(pair));
    const { stdout } = await status(folder);
    assertMatch(stdout, /^warn +names +not kept to local names\n +→ whoever steals its key/m);
    assertMatch(
      stdout,
      /^info +names +not kept to TLS, as CAs of an earlier genkan\n +→ its key/m,
    );
    assertMatch(stdout, /^info +issued +nothing beside the CA\n +→ genkan ca issue localhost/m);
  }));

Deno.test("ca status tells another CA's leaves, and those without their keys", () =>
  withFolder(async (folder) => {
    const now = Date.now();
    const first = await createLocalCa(host, now, folder);
    await first.issue({ names: ["a.test"], now });
    const second = await createLocalCa(host, now, folder, { replace: true });
    const { keyPath } = await second.issue({ names: ["b.test"], now });
    await Deno.writeTextFile(keyPath, "no key");
    const { code, stdout } = await status(folder);
    assertEquals(code, 0);
    assertMatch(stdout, /^warn +issued +.*\/a\.test\.pem: .*, 396 days left, of another CA$/m);
    assertMatch(stdout, /^warn +issued +.*\/b\.test\.pem: .*, 396 days left, without its key$/m);
  }));

Deno.test("ca status says how to trust the CA where a store lacks it, and when one has it", () =>
  withFolder(async (folder) => {
    await createLocalCa(host, Date.now(), folder);
    await Deno.writeTextFile(`${folder}/empty.pem`, "");
    const ask = async (env: Record<string, string>) =>
      (await runCommand(["ca", "status", "--folder", folder], env)).stdout;
    const path = `${folder}/ca.pem`;
    const has = await ask({ DENO_CERT: path, SSL_CERT_FILE: path, NODE_EXTRA_CA_CERTS: path });
    for (const store of ["Deno", "Node, Bun", "OpenSSL"]) {
      assertMatch(has, `ok    trust   ${store}: in ${path}\n`);
    }
    const file = `${folder}/empty.pem`;
    const lacks = await ask({ SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: `${folder}/none.pem` });
    assertMatch(
      lacks,
      `warn  trust   OpenSSL: not in ${file}\n              → cat ${path} >> ${file}`,
    );
    assertMatch(lacks, `info  trust   Node, Bun: cannot read ${folder}/none.pem: no such file`);
  }));

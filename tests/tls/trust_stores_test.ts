import { denoRuntime } from "../../src/runtime/deno.ts";
import { parseCertificates } from "../../src/tls/certificate.ts";
import { createCa, findTrust, type TrustHost } from "../../src/tls/mod.ts";
import { assertEquals } from "../assert.ts";
import { NOW, peerTest, run, withFolder } from "./fixtures.ts";

const ca = await createCa({ name: "ours", now: NOW });
const other = await createCa({ name: "other", now: NOW });
const [{ der }] = parseCertificates(ca.certPem);

const DEBIAN = "/etc/ssl/certs/ca-certificates.crt";
const FEDORA = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";

/** A machine whose files are those of a folder. */
class Machine implements TrustHost {
  readonly #host = denoRuntime();
  readonly #variables: Readonly<Record<string, string>>;

  constructor(readonly root: string, variables: Readonly<Record<string, string>> = {}) {
    this.#variables = variables;
  }

  env(name: string): string | undefined {
    return this.#variables[name];
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#host.readFile(this.root + path);
  }

  readFolder(path: string): Promise<string[]> {
    return this.#host.readFolder(this.root + path);
  }

  async put(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await this.#host.writeFile(this.root + path, bytes, { mode: 0o644 });
  }

  /** `store: kind path-or-variable` each, as on Linux unless said otherwise. */
  async look(platform = "Linux x86_64"): Promise<string[]> {
    const found = await findTrust(this, der, platform);
    return found.map((finding) =>
      `${finding.store}: ${finding.kind} ${
        finding.kind === "unset" ? finding.variable : finding.path
      }`
    );
  }
}

const UNSET = ["Deno: unset DENO_CERT", "Node, Bun: unset NODE_EXTRA_CA_CERTS"];

Deno.test("The system's bundle is looked for where each distribution keeps it", async () => {
  for (const path of [DEBIAN, FEDORA, "/etc/ssl/cert.pem"]) {
    await withFolder(async (root) => {
      const machine = new Machine(root);
      assertEquals(await machine.look(), UNSET);
      await machine.put(path, other.certPem);
      assertEquals(await machine.look(), [`system: lacks ${path}`, ...UNSET]);
      await machine.put(path, `# ours\n${other.certPem}\n${ca.certPem}`);
      assertEquals(await machine.look(), [`system: holds ${path}`, ...UNSET]);
      const mac = "system: unreadable the keychain";
      assertEquals(await machine.look("MacIntel"), [mac, ...UNSET]);
    });
  }
});

Deno.test("A bundle that can't be read is no bundle without us", () =>
  withFolder(async (root) => {
    const machine = new Machine(root);
    await machine.put(DEBIAN, "-----BEGIN CERTIFICATE-----\n");
    assertEquals(await machine.look(), [`system: unreadable ${DEBIAN}`, ...UNSET]);
  }));

Deno.test("A variable names a file that counts, and one that isn't there is told", () =>
  withFolder(async (root) => {
    await new Machine(root).put("/with.pem", ca.certPem);
    await new Machine(root).put("/without.pem", other.certPem);
    const machine = new Machine(root, {
      DENO_CERT: "/with.pem",
      NODE_EXTRA_CA_CERTS: "/without.pem",
      SSL_CERT_FILE: "/nowhere.pem",
    });
    assertEquals(await machine.look(), [
      "Deno: holds /with.pem",
      "Node, Bun: lacks /without.pem",
      "OpenSSL: unreadable /nowhere.pem",
    ]);
  }));

Deno.test("Deno asks the system where DENO_TLS_CA_STORE says so", () =>
  withFolder(async (root) => {
    const machine = new Machine(root, { DENO_TLS_CA_STORE: "mozilla,system" });
    await machine.put(FEDORA, ca.certPem);
    assertEquals(await machine.look(), [
      `system: holds ${FEDORA}`,
      `Deno: holds ${FEDORA}`,
      "Node, Bun: unset NODE_EXTRA_CA_CERTS",
    ]);
  }));

peerTest(
  "certutil",
  "The databases of Chromium and of each Firefox profile are looked into",
  () =>
    withFolder(async (root) => {
      const home = "/home/me";
      const machine = new Machine(root, { HOME: home });
      await machine.put("/ca.pem", ca.certPem);
      const folders = [".pki/nssdb", ".mozilla/firefox/one.default", ".mozilla/firefox/two"];
      for (const folder of folders) {
        await machine.put(`${home}/${folder}/prefs.js`, "");
        await run("certutil", ["-N", "-d", `sql:${root}${home}/${folder}`, "--empty-password"]);
      }
      await machine.put(`${home}/.mozilla/firefox/profiles.ini`, "[Profile0]\n");
      const databases = folders.map((folder) => `${home}/${folder}/cert9.db`);
      const expect = async (...kinds: string[]) => {
        const stores = ["Chromium", "Firefox", "Firefox"];
        assertEquals(await machine.look(), [
          ...stores.map((store, at) => `${store}: ${kinds[at]} ${databases[at]}`),
          ...UNSET,
        ]);
      };
      await expect("lacks", "lacks", "lacks");
      const change = async (folder: string, ...args: string[]) => {
        const { code } = await run("certutil", [...args, "-d", `sql:${root}${home}/${folder}`]);
        assertEquals(code, 0);
      };
      await change(folders[0], "-A", "-n", "ours", "-t", "C,,", "-i", `${root}/ca.pem`);
      await change(folders[2], "-A", "-n", "ours", "-t", "C,,", "-i", `${root}/ca.pem`);
      await expect("holds", "lacks", "holds");
      await change(folders[0], "-D", "-n", "ours");
      await expect("lacks", "lacks", "holds");
    }),
);

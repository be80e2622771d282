/**
 * Bad input: one clear line, the exit code 1, and never a stack trace.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { openssl } from "./openssl.ts";
import { e2e, type Scene } from "./scene.ts";
import { wireUpstream } from "./upstream.ts";

/** Even for ten megabytes; in practice it takes a fraction of a second. */
const PROMPT_MS = 10_000;

/** A file that is no configuration. */
interface BadFile {
  readonly claim: string;
  /** Makes it and gives its name. */
  readonly make: (scene: Scene) => Promise<string>;
  /** The first line of stderr. */
  readonly says: RegExp;
}

const ROUTE = "listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }\n";

function file(content: string | Uint8Array): (scene: Scene) => Promise<string> {
  return async (scene) => {
    await scene.write("bad.yaml", content);
    return "bad.yaml";
  };
}

const BAD_FILES: readonly BadFile[] = [
  {
    claim: "A missing file",
    make: () => Promise.resolve("bad.yaml"),
    says: /^bad\.yaml: Cannot read the configuration: no such file$/,
  },
  {
    claim: "A folder",
    make: async (scene) => {
      await Deno.mkdir(scene.path("bad.yaml"));
      return "bad.yaml";
    },
    says: /^bad\.yaml: Cannot read the configuration: is a directory$/,
  },
  { claim: "An empty file", make: file(""), says: /^bad\.yaml: empty/ },
  { claim: "A file of comments alone", make: file("# nothing\n\n"), says: /^bad\.yaml: empty/ },
  {
    claim: "What isn't YAML",
    make: file("listeners: [\n  web: }\n"),
    says: /^bad\.yaml:2:\d+: Cannot read YAML: /,
  },
  {
    claim: "Plain text",
    make: file("hello"),
    says: /^bad\.yaml:1:1: expected a mapping/,
  },
  {
    claim: "What isn't UTF-8",
    make: file(new Uint8Array([...new TextEncoder().encode("listeners:\n  a"), 0xff, 0x3a])),
    says: /^bad\.yaml:2:4: not UTF-8: found the byte 0xff/,
  },
  {
    claim: "A binary",
    make: file(Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256)),
    says: /^bad\.yaml:\d+:\d+: /,
  },
  {
    claim: "10 MB of nested brackets",
    make: file("[".repeat(10_000_000)),
    says: /^bad\.yaml:1:\d+: Cannot read YAML: nested more than \d+ deep$/,
  },
  {
    claim: "10 MB of nested braces",
    make: file("{a: ".repeat(2_500_000)),
    says: /^bad\.yaml:1:\d+: Cannot read YAML: nested more than \d+ deep$/,
  },
  {
    claim: "A file too large to be one",
    make: file("#".repeat(20_000_000)),
    says: /^bad\.yaml: too large/,
  },
  {
    claim: "An unknown cluster",
    make: file(`${ROUTE}clusters: { apps: { endpoints: ["127.0.0.1:3000"] } }\n`),
    says: /^bad\.yaml:1:\d+: listeners\.web\.routes\[0\]\.cluster: unknown cluster "app"/,
  },
  {
    claim: "An endpoint without a port",
    make: file(`${ROUTE}clusters: { app: { endpoints: ["127.0.0.1"] } }\n`),
    says: /^bad\.yaml:2:\d+: clusters\.app\.endpoints\[0\]: expected host:port/,
  },
  {
    claim: "An endpoint with a scheme",
    make: file(`${ROUTE}clusters: { app: { endpoints: ["http://127.0.0.1:3000"] } }\n`),
    says: /^bad\.yaml:2:\d+: clusters\.app\.endpoints\[0\]: .*leave http:\/\/ out/,
  },
];

for (const { claim, make, says } of BAD_FILES) {
  e2e(`${claim} is told in one line`, async (scene) => {
    const name = await make(scene);
    const commands = ["check", "run", "adapt"];
    await Promise.all(commands.map((command) => expectOne(scene, command, name, says)));
  });
}

/** A certificate, or a key, that can't be used. */
interface BadPair {
  readonly claim: string;
  /** Spoils what `Scene.writeCertificates` wrote. */
  readonly spoil: (scene: Scene) => Promise<void>;
  readonly says: RegExp;
}

const BAD_PAIRS: readonly BadPair[] = [
  {
    claim: "A certificate that isn't there",
    spoil: (scene) => Deno.remove(scene.path("localhost.pem")),
    says: /: Cannot read the certificate localhost\.pem: no such file$/,
  },
  {
    claim: "A key that isn't there",
    spoil: (scene) => Deno.remove(scene.path("localhost-key.pem")),
    says: /: Cannot read the key localhost-key\.pem: no such file$/,
  },
  {
    claim: "A certificate that is a folder",
    spoil: async (scene) => {
      await Deno.remove(scene.path("localhost.pem"));
      await Deno.mkdir(scene.path("localhost.pem"));
    },
    says: /: Cannot read the certificate localhost\.pem: is a directory$/,
  },
  {
    claim: "A certificate that is none",
    spoil: async (scene) => void await scene.write("localhost.pem", "hello\n"),
    says: /\.cert: .*localhost\.pem/,
  },
  {
    claim: "A certificate that was cut short",
    spoil: async (scene) => {
      const pem = await Deno.readTextFile(scene.path("localhost.pem"));
      await scene.write("localhost.pem", pem.slice(0, pem.length / 2));
    },
    says: /\.cert: .*localhost\.pem/,
  },
  {
    claim: "A key in the certificate's place",
    spoil: (scene) => Deno.copyFile(scene.path("localhost-key.pem"), scene.path("localhost.pem")),
    says: /\.cert: .*localhost\.pem/,
  },
  {
    claim: "A key that doesn't belong to the certificate",
    spoil: async (scene) => {
      await scene.run(["ca", "create", "--folder", "other"]);
      await scene.run(["ca", "issue", "localhost", "--folder", "other"]);
      await Deno.copyFile(scene.path("other/localhost-key.pem"), scene.path("localhost-key.pem"));
    },
    says: /\.key: the key \(localhost-key\.pem\) does not belong to the certificate/,
  },
  {
    claim: "A key that wants a password",
    spoil: async (scene) => {
      const key = scene.path("localhost-key.pem");
      const locked = scene.path("locked.pem");
      await openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked);
      await Deno.rename(locked, key);
    },
    says: /\.key: .*(encrypted|password).*localhost-key\.pem/,
  },
  {
    claim: "A trusted CA that is none",
    spoil: async (scene) => void await scene.write("ca.pem", "hello\n"),
    says: /clusters\.app\.tls\.ca: .*ca\.pem/,
  },
];

const WITH_TLS = `listeners:
  web:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["localhost:3000"], tls: { ca: ca.pem } } }
`;

for (const { claim, spoil, says } of BAD_PAIRS) {
  e2e(`${claim} is told in one line`, async (scene) => {
    await scene.writeCertificates();
    await spoil(scene);
    await scene.write("genkan.yaml", WITH_TLS);
    const place = new RegExp(`^genkan\\.yaml:\\d+:\\d+: .*${says.source}`);
    const commands = ["check", "run"];
    await Promise.all(commands.map((command) => expectOne(scene, command, "genkan.yaml", place)));
  }, { needs: ["openssl"] });
}

e2e("An expired certificate is a warning: it is served all the same", async (scene) => {
  await scene.writeCertificates();
  const [cert, key] = ["localhost.pem", "localhost-key.pem"].map((name) => scene.path(name));
  await openssl("x509", "-in", cert, "-signkey", key, "-days", "-1", "-out", cert);
  const path = await scene.write("genkan.yaml", WITH_TLS);
  const checked = await scene.run(["check", "-c", "genkan.yaml"]);
  assertEquals(checked.code, 0);
  assertMatch(checked.stderr, /warning: genkan\.yaml:4:\d+: .*expired on \d{4}-\d\d-\d\d/);
  const program = await scene.start(["run", "-c", path]);
  assertMatch(program.stderr.text, / warning .*expired on/);
}, { needs: ["openssl"] });

for (const owner of ["listener", "admin"] as const) {
  e2e(`A port in use is told in one line (${owner})`, async (scene) => {
    const { port } = scene.own(wireUpstream(() => Promise.resolve()));
    const taken = `127.0.0.1:${port}`;
    const [admin, address] = owner === "admin" ? [taken, "127.0.0.1:0"] : ["127.0.0.1:0", taken];
    await scene.write(
      "genkan.yaml",
      `
admin: ${admin}
listeners:
  first: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  second: { address: "${address}", routes: [{ cluster: app }] }
clusters: { app: { endpoints: ["127.0.0.1:3000"] } }
`,
    );
    const says = new RegExp(`^genkan: Cannot listen on ${taken}: the address is in use`);
    await expectOne(scene, "run", "genkan.yaml", says);
  });
}

e2e("An address of another machine is told in one line", async (scene) => {
  // RFC 5737: for documentation, nobody's.
  await scene.write(
    "genkan.yaml",
    `
listeners: { web: { address: "192.0.2.1:8080", routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:3000"] } }
`,
  );
  await expectOne(scene, "run", "genkan.yaml", /^genkan: Cannot listen on 192\.0\.2\.1:8080: /);
});

/** One message, with at most its source line and caret; exit code 1, promptly. */
async function expectOne(scene: Scene, command: string, name: string, says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await scene.spawn([command, "-c", name]).ended(PROMPT_MS);
  assertEquals([code, stdout], [1, ""], command);
  const lines = stderr.trimEnd().split("\n");
  assertMatch(lines[0], says);
  assert(lines.length === 1 || (lines.length === 3 && lines[2].trim() === "^"), stderr);
  assertEquals(stderr.match(/^ +at .*:\d+/m), null, "a stack trace");
}

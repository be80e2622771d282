import config from "../../deno.json" with { type: "json" };
import { BUN_PACKAGES, hostTarget, TARGETS } from "../../scripts/bun.ts";
import { PRINTED } from "../../scripts/packaging.ts";
import { archiveName, checksums, CONTENTS } from "../../scripts/release_contents.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { run, testWith } from "../cli/tools.ts";

Deno.test("A release is for Linux with glibc and musl, and macOS, each on x64 and arm64", () => {
  assertEquals(TARGETS.toSorted(), [
    "linux-arm64",
    "linux-arm64-musl",
    "linux-x64",
    "linux-x64-musl",
    "macos-arm64",
    "macos-x64",
  ]);
});

Deno.test("Every target has a package of its own, with the hash of its own", () => {
  const packages = Object.values(BUN_PACKAGES);
  for (const { bun, name, integrity } of packages) {
    assertEquals(name.replace("@oven/", "").replace("aarch64", "arm64"), bun);
    const [, hash] = integrity.match(/^sha512-(.+)$/)!;
    assertEquals(Uint8Array.fromBase64(hash).length, 64);
  }
  assertEquals(new Set(packages.map(({ integrity }) => integrity)).size, packages.length);
});

Deno.test("An archive is named after its version and its platform", () => {
  assertEquals(archiveName("0.1.0", "linux-x64-musl"), "genkan-0.1.0-linux-x64-musl");
});

Deno.test("An archive has the license, and everything in packaging/ that the program prints", () => {
  const from = CONTENTS.map(([path]) => path);
  for (const { file } of PRINTED) assert(from.includes(`packaging/${file}`), `${file} is missing`);
  for (const path of ["LICENSE", "README.md", "packaging/install.sh", "packaging/genkan.service"]) {
    assert(from.includes(path), `${path} is missing`);
  }
});

// FIPS 180-4's example "abc", as NIST publishes it.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("A checksum stands in a line before its file's name", async () => {
  const bytes = new TextEncoder().encode("abc");
  assertEquals(
    await checksums([{ archive: "a.tar.gz", bytes }, { archive: "b.tar.gz", bytes }]),
    `${ABC}  a.tar.gz\n${ABC}  b.tar.gz\n`,
  );
});

const ROOT = new URL("../..", import.meta.url).pathname;

await testWith(
  "A release of this machine's platform installs a program that runs",
  [["tar", "--version"], ["sha256sum", "--version"]],
  async () => {
    const target = hostTarget();
    const folder = await Deno.makeTempDir({ prefix: "genkan-release-" });
    try {
      const made = await run("deno", [
        "task",
        "--quiet",
        "release",
        "--out=dist/release-test",
        target,
      ], {
        cwd: ROOT,
        env: { SOURCE_DATE_EPOCH: "1700000000" },
      });
      assertEquals([made.code, made.stderr], [0, ""]);
      const name = archiveName(config.version, target);
      const out = `${ROOT}/dist/release-test`;
      const summed = await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: out });
      assertEquals(summed, { code: 0, stdout: `${name}.tar.gz: OK\n`, stderr: "" });
      // The time that was given, in UTC.
      const listed = await run("tar", ["-t", "-v", "--utc", "-f", `${out}/${name}.tar.gz`]);
      for (const line of listed.stdout.trimEnd().split("\n")) {
        assertMatch(line, /^.(rwxr-xr-x|rw-r--r--) root\/root +\d+ 2023-11-14 22:13 /);
      }
      await run("tar", ["-x", "-f", `${out}/${name}.tar.gz`, "-C", folder]);
      const installed = await run("sh", [`${folder}/${name}/install.sh`], {
        env: { DESTDIR: `${folder}/to` },
      });
      assertEquals([installed.code, installed.stderr], [0, ""]);
      const said = await run("sh", ["-c", `'${folder}/to/usr/local/bin/genkan' version`]);
      assertMatch(said.stdout, `genkan ${config.version} (bun `);
      await Deno.remove(out, { recursive: true });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("A release for a platform that there is none for names those that there are", async () => {
  const { code, stderr } = await run("deno", ["task", "--quiet", "release", "plan9-x64"], {
    cwd: ROOT,
  });
  assertEquals(code, 1);
  assertMatch(stderr, `"plan9-x64": there are linux-x64, `);
});

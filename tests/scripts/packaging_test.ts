import { complaint, outdated, PRINTED } from "../../scripts/packaging.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { run, testWith } from "../cli/tools.ts";

const PACKAGING = new URL("../../packaging", import.meta.url).pathname;
const INSTALL = `${PACKAGING}/install.sh`;

/** Where `install.sh` puts what lies in packaging/, under its PREFIX. */
const INSTALLED: readonly (readonly [from: string, to: string])[] = [
  ["genkan.1", "share/man/man1/genkan.1"],
  ["completions/genkan.bash", "share/bash-completion/completions/genkan"],
  ["completions/_genkan", "share/zsh/site-functions/_genkan"],
  ["completions/genkan.fish", "share/fish/vendor_completions.d/genkan.fish"],
];

/** A folder with a copy of packaging/ and something that stands for the program. */
async function unpacked(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "genkan-install-" });
  await Deno.mkdir(`${folder}/from/completions`, { recursive: true });
  for await (const path of files(PACKAGING)) {
    await Deno.copyFile(`${PACKAGING}/${path}`, `${folder}/from/${path}`);
  }
  await Deno.writeTextFile(`${folder}/from/genkan`, "#!/bin/sh\necho installed\n");
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The paths of all files in a folder, from there. */
async function* files(folder: string, below = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isDirectory) yield* files(folder, `${below}${name}/`);
    else yield `${below}${name}`;
  }
}

async function sorted(folder: string): Promise<string[]> {
  return (await Array.fromAsync(files(folder))).sort();
}

/** Runs the copy's install.sh, into `to` in the folder unless `env` says another. */
async function install(folder: string, args: string[], env: Record<string, string> = {}) {
  return await run("sh", [`${folder}/from/install.sh`, ...args], {
    env: { DESTDIR: `${folder}/to`, HOME: "/home/user", ...env },
  });
}

Deno.test("What lies in packaging/ is what the program prints", async () => {
  const paths = (await outdated(PACKAGING)).map(({ path }) => complaint(path));
  assertEquals(paths, []);
});

Deno.test("A file in packaging/ that differs or is missing is found, with the way to mend it", async () => {
  await using copy = await unpacked();
  await Deno.writeTextFile(`${copy.folder}/from/genkan.1`, ".\n", { append: true });
  await Deno.remove(`${copy.folder}/from/completions/_genkan`);
  const paths = (await outdated(`${copy.folder}/from`)).map(({ path }) => path);
  assertEquals(paths, [
    `${copy.folder}/from/genkan.1`,
    `${copy.folder}/from/completions/_genkan`,
  ]);
  assertMatch(complaint(paths[0]), "deno task packaging");
  assert(PRINTED.length > paths.length, "there is nothing else to compare");
});

Deno.test("install.sh puts everything under PREFIX and DESTDIR, and --uninstall removes it", async () => {
  await using copy = await unpacked();
  const { folder } = copy;
  const env = { PREFIX: "/opt/genkan", SYSCONFDIR: "/opt/etc" };
  const installed = await install(folder, [], env);
  assertEquals([installed.code, installed.stderr], [0, ""]);
  const expected = [
    ...INSTALLED.map(([, to]) => `opt/genkan/${to}`),
    "opt/etc/genkan/genkan.yaml",
    "opt/etc/systemd/system/genkan.service",
    "opt/genkan/bin/genkan",
  ].sort();
  assertEquals(await sorted(`${folder}/to`), expected);
  for (const [from, to] of INSTALLED) {
    assertEquals(
      await Deno.readTextFile(`${folder}/to/opt/genkan/${to}`),
      await Deno.readTextFile(`${PACKAGING}/${from}`),
    );
  }
  assertEquals((await Deno.stat(`${folder}/to/opt/genkan/bin/genkan`)).mode! & 0o777, 0o755);
  const unit = await Deno.readTextFile(`${folder}/to/opt/etc/systemd/system/genkan.service`);
  assertMatch(
    unit,
    /^ExecStart=\/opt\/genkan\/bin\/genkan run .*\/opt\/etc\/genkan\/genkan\.yaml/m,
  );

  const removed = await install(folder, ["--uninstall"], env);
  assertEquals([removed.code, removed.stderr], [0, ""]);
  assertEquals(await sorted(`${folder}/to`), ["opt/etc/genkan/genkan.yaml"]);
});

Deno.test("install.sh replaces the program, and never a configuration", async () => {
  await using copy = await unpacked();
  const { folder } = copy;
  await install(folder, []);
  await Deno.writeTextFile(`${folder}/to/etc/genkan/genkan.yaml`, "mine");
  await Deno.writeTextFile(`${folder}/from/genkan`, "newer");
  const { code, stdout } = await install(folder, []);
  assertEquals(code, 0);
  assertMatch(stdout, `keep     ${folder}/to/etc/genkan/genkan.yaml\n`);
  assertEquals(await Deno.readTextFile(`${folder}/to/etc/genkan/genkan.yaml`), "mine");
  assertEquals(await Deno.readTextFile(`${folder}/to/usr/local/bin/genkan`), "newer");
});

Deno.test("install.sh --dry-run says what would be done, and does nothing", async () => {
  await using copy = await unpacked();
  const { folder } = copy;
  const dry = await install(folder, ["--dry-run"]);
  await Deno.mkdir(`${folder}/to`);
  assertEquals(await sorted(`${folder}/to`), []);
  assertEquals(dry, await install(folder, []));
  const before = await sorted(`${folder}/to`);
  await install(folder, ["--uninstall", "--dry-run"]);
  assertEquals(await sorted(`${folder}/to`), before);
});

Deno.test("install.sh --user stays in the user's folders", async () => {
  await using copy = await unpacked();
  const { folder } = copy;
  const env = { DESTDIR: "", HOME: `${folder}/home` };
  assertEquals((await install(folder, ["--user"], env)).code, 0);
  for (const path of await sorted(`${folder}/home`)) assertMatch(path, /^\.(local|config)\//);
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `"${folder}/home/.local/bin/genkan"`],
  }).output();
  assert(success, "what was installed doesn't run");
});

/** Calls that are refused: what is given, the exit code, and what stderr says. */
const REFUSED: readonly [
  args: string[],
  env: Record<string, string>,
  code: number,
  says: string,
][] = [
  [["--prefix"], {}, 2, `unknown option "--prefix". See 'sh install.sh --help'.`],
  [[], { PREFIX: "usr" }, 2, `Cannot use "usr": PREFIX, SYSCONFDIR and DESTDIR begin with /`],
  [["--user"], { HOME: "" }, 1, "Cannot install for this user: HOME is not set"],
  [[], { DESTDIR: "/dev/null" }, 1, "Cannot create /dev/null/usr/local/bin: run this as root"],
];

for (const [args, env, code, says] of REFUSED) {
  Deno.test(`install.sh refuses ${JSON.stringify([args, env])} in one line`, async () => {
    await using copy = await unpacked();
    const refused = await install(copy.folder, args, env);
    assertEquals(refused.code, code);
    assertMatch(refused.stderr, `install.sh: ${says}`);
    assertEquals(refused.stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("install.sh without a program beside it says where one comes from", async () => {
  await using copy = await unpacked();
  await Deno.remove(`${copy.folder}/from/genkan`);
  const { code, stderr } = await install(copy.folder, []);
  assertEquals(code, 1);
  assertMatch(stderr, "deno task compile:bun");
});

await testWith(
  "shellcheck finds nothing in install.sh",
  [["shellcheck", "--version"]],
  async () => {
    assertEquals(await run("shellcheck", [INSTALL]), { code: 0, stdout: "", stderr: "" });
  },
);

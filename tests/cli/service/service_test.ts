import { assertEquals, assertMatch } from "../../assert.ts";
import { withFolder } from "../../tls/fixtures.ts";
import { runCommand } from "../run_command.ts";

const UNIT = "/etc/systemd/system/genkan.service";

/** A host's folders with a configuration and a program; gives what runs `genkan service` there. */
function onHost(
  body: (
    service: (...words: string[]) => Promise<{ code: number; stdout: string; stderr: string }>,
    root: string,
  ) => Promise<void>,
): Promise<void> {
  return withFolder(async (root) => {
    for (const file of ["/etc/genkan/genkan.yaml", "/usr/local/bin/genkan", "/srv/a.yaml"]) {
      await Deno.mkdir(`${root}${file.slice(0, file.lastIndexOf("/"))}`, { recursive: true });
      await Deno.writeTextFile(`${root}${file}`, "");
    }
    const run = (...words: string[]) => runCommand(["service", ...words, "--root", root]);
    await body(run, root);
  });
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
}

Deno.test("service print names the program, the configuration and the keys that it was told", async () => {
  const { stdout } = await runCommand([
    "service",
    "print",
    ...["-c", "/srv/a.yaml", "--bin", "/opt/genkan", "--credential", "k.pem:/srv/k:1.pem"],
  ]);
  assertMatch(stdout, /^ExecStart=\/opt\/genkan run -c \/srv\/a\.yaml$/m);
  assertMatch(stdout, /^LoadCredential=k\.pem:\/srv\/k:1\.pem$/m);
});

Deno.test("The user's unit asks for nothing that only the system's systemd can do", async () => {
  const { stdout } = await runCommand(["service", "print", "--user"]);
  for (const setting of ["DynamicUser", "Capabilit", "Protect", "Private", "network-online"]) {
    assertEquals(stdout.includes(setting), false, setting);
  }
  assertMatch(stdout, /^NoNewPrivileges=yes$/m);
  assertMatch(stdout, /^ExecStart=%h\/\.local\/bin\/genkan run -c %E\/genkan\/genkan\.yaml$/m);
  assertMatch(stdout, /^WantedBy=default\.target$/m);
});

Deno.test("--credential makes no sense with --user", async () => {
  const { code, stderr } = await runCommand(["service", "print", "--user", "--credential", "a:/b"]);
  assertEquals(code, 2);
  assertMatch(stderr, "--credential has nothing to do with --user");
});

Deno.test("service status gives the command that makes an older unit anew, choices and all", () =>
  onHost(async (service, root) => {
    await service("install", "-c", "/srv/a.yaml", "--credential", "k.pem:/srv/k.pem");
    await edit(`${root}${UNIT}`, (text) => text.replace("WatchdogSec=30s", "WatchdogSec=9s"));
    const { code, stdout } = await service("status");
    assertMatch(
      stdout,
      "warn  unit    out of date: this version writes another one\n" +
        "              → sudo genkan service install -c /srv/a.yaml " +
        "--credential k.pem:/srv/k.pem\n",
    );
    assertMatch(stdout, `fail  key     cannot read ${root}/srv/k.pem: no such file\n`);
    assertEquals(code, 1);
    await Deno.writeTextFile(`${root}/srv/k.pem`, "");
    assertEquals((await service("status")).code, 0);
  }));

Deno.test("service install tells which choices a unit had that it replaces", () =>
  onHost(async (service, root) => {
    await service("install", "-c", "/srv/a.yaml");
    const { stdout } = await service("install");
    assertMatch(
      stdout,
      `replaced ${root}${UNIT}\nthe former one was made by:\n` +
        "  sudo genkan service install -c /srv/a.yaml\n",
    );
  }));

Deno.test("service status finds a package's unit, drop-ins, and whether it is enabled", () =>
  onHost(async (service, root) => {
    await service("install");
    const packaged = "/usr/lib/systemd/system/genkan.service";
    await Deno.mkdir(`${root}/usr/lib/systemd/system`, { recursive: true });
    await Deno.rename(`${root}${UNIT}`, `${root}${packaged}`);
    await Deno.mkdir(`${root}${packaged}.d`);
    await Deno.writeTextFile(`${root}${packaged}.d/more.conf`, "");
    const wants = `${root}/etc/systemd/system/multi-user.target.wants`;
    assertMatch((await service("status")).stdout, /^warn {2}start {3}not enabled/m);
    await Deno.mkdir(wants);
    await Deno.symlink(packaged, `${wants}/genkan.service`);
    const { code, stdout } = await service("status");
    assertEquals(code, 0);
    assertMatch(stdout, `ok    unit    ${root}${packaged}\n`);
    assertMatch(stdout, `info  unit    changed by ${root}${packaged}.d/more.conf\n`);
    assertMatch(stdout, "ok    start   enabled");
  }));

Deno.test("service uninstall leaves an enabled unit alone, and says how to stop it", () =>
  onHost(async (service, root) => {
    await service("install");
    const wants = `${root}/etc/systemd/system/multi-user.target.wants`;
    await Deno.mkdir(wants);
    await Deno.symlink(UNIT, `${wants}/genkan.service`);
    const { code, stderr } = await service("uninstall");
    assertEquals(code, 1);
    assertMatch(stderr, `stop it first with 'systemctl --root ${root} disable genkan'\n`);
    assertEquals((await service("uninstall", "--force")).code, 0);
  }));

Deno.test("service install warns of a program that isn't there yet", () =>
  onHost(async (service, root) => {
    await Deno.remove(`${root}/usr/local/bin/genkan`);
    const { code, stderr } = await service("install");
    assertEquals([code, stderr], [
      0,
      `warning: there is no ${root}/usr/local/bin/genkan yet; the unit runs it\n`,
    ]);
    assertMatch((await service("status")).stdout, /^fail {2}program there is no/m);
  }));

Deno.test("A user without a home has no user's units", async () => {
  const { code, stderr } = await runCommand(["service", "status", "--user"]);
  assertEquals([code, stderr], [1, "genkan: Cannot find the user's units: HOME is not set\n"]);
});

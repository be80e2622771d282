/**
 * `genkan service …` below another root, as a user runs it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { e2e, type Scene } from "./scene.ts";

const CONFIG = "listeners: {}\n";

/** The folders of a host, with a configuration and a program in their places. */
async function host(scene: Scene): Promise<string> {
  const root = scene.path("root");
  await Deno.mkdir(`${root}/etc/genkan`, { recursive: true });
  await Deno.mkdir(`${root}/usr/local/bin`, { recursive: true });
  await Deno.writeTextFile(`${root}/etc/genkan/genkan.yaml`, CONFIG);
  await Deno.writeTextFile(`${root}/usr/local/bin/genkan`, "");
  return root;
}

e2e("A service is installed, looked at and uninstalled", async (scene) => {
  const root = await host(scene);
  const unit = `${root}/etc/systemd/system/genkan.service`;
  const service = (word: string) => scene.run(["service", word, "--root", root]);

  const before = await service("status");
  assertEquals(before.code, 1);
  assertMatch(before.stdout, `fail  unit    not installed: there is no ${unit}\n`);

  const installed = await service("install");
  assertEquals([installed.code, installed.stderr], [0, ""]);
  assertMatch(installed.stdout, `wrote ${unit}\nnext:\n  systemctl --root ${root} enable genkan\n`);
  const text = await Deno.readTextFile(unit);
  assertEquals(text, (await scene.run(["service", "print"])).stdout);
  assertEquals((await Deno.stat(unit)).mode! & 0o777, 0o644);
  assertMatch((await service("install")).stdout, `kept, it is up to date: ${unit}\n`);

  const after = await service("status");
  assertEquals([after.code, after.stderr], [0, ""]);
  assertMatch(after.stdout, `ok    unit    ${unit}\nok    unit    as this version writes it\n`);

  assertEquals((await service("uninstall")).stdout, `removed ${unit}\n`);
  assertEquals(await Deno.stat(unit).then(() => true, () => false), false);
  const again = await service("uninstall");
  assertEquals([again.code, again.stdout], [0, `nothing to remove: there is no ${unit}\n`]);
});

e2e("A user's service goes where the user's systemd looks", async (scene) => {
  const config = scene.path("config");
  await Deno.mkdir(`${config}/genkan`, { recursive: true });
  await Deno.writeTextFile(`${config}/genkan/genkan.yaml`, CONFIG);
  const env = { HOME: scene.folder, XDG_CONFIG_HOME: config };
  const { code, stdout, stderr } = await scene.run(["service", "install", "--user"], { env });
  assertEquals(code, 0, stderr);
  const unit = `${config}/systemd/user/genkan.service`;
  assertMatch(stdout, `wrote ${unit}\n`);
  assertMatch(stdout, "  systemctl --user enable --now genkan\n");
  assertMatch(stderr, `warning: there is no ${scene.folder}/.local/bin/genkan yet`);
  assertEquals(
    await Deno.readTextFile(unit),
    (await scene.run(["service", "print", "--user"])).stdout,
  );
});

e2e("What can't be installed is one line that says what to do", async (scene) => {
  const root = await host(scene);
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await scene.run(["service", "install", ...args]);
    assertEquals(stdout, "");
    assert(/^genkan: Cannot [^\n]*\n$/.test(stderr), stderr);
    return `${code} ${stderr}`;
  };
  assertMatch(await refused("--root", root, "-c", "/etc/none.yaml"), /^1 .*genkan check -c/);
  assertMatch(await refused("-c", "genkan.yaml"), /^2 .*write -c "\$PWD"\/genkan\.yaml/);
  assertMatch(await refused("-c", "/home/me/genkan.yaml"), /^2 .*hidden.*--user/);
  assertMatch(await refused("--bin", "/opt/my genkan"), /^2 .*only letters/);
  assertMatch(await refused("--credential", "key.pem"), /^2 .*NAME:PATH/);
});

e2e("A unit of somebody else's is left alone, unless it is forced", async (scene) => {
  const root = await host(scene);
  const folder = `${root}/etc/systemd/system`;
  const unit = `${folder}/genkan.service`;
  const foreign = "[Service]\nExecStart=/opt/genkan\n";
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(unit, foreign);
  for (const word of ["install", "uninstall"]) {
    const { code, stderr } = await scene.run(["service", word, "--root", root]);
    assertEquals(code, 1);
    assertMatch(stderr, /genkan has not made it; --force/);
    assertEquals(await Deno.readTextFile(unit), foreign);
  }
  assertMatch((await scene.run(["service", "status", "--root", root])).stdout, /^fail {2}unit/m);
  assertEquals((await scene.run(["service", "install", "--force", "--root", root])).code, 0);
  assertMatch(await Deno.readTextFile(unit), /^# Made by genkan/);
});

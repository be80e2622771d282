/**
 * A listener's certificates and keys that change on disk while the program serves.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import {
  issuePair,
  type Pair,
  renamePair,
  replacements,
  saysReplaced,
  serialOf,
  serveFirst,
  writePair,
} from "./rotation.ts";
import { e2e, type Scene } from "./scene.ts";
import { visit, waitForSerial } from "./shown_certificate.ts";
import { Wire } from "./wire.ts";

/** After that, new connections are shown what is on disk. */
const SHOWN_MS = 2000;
const OLD_ONES_KEPT = "certificates on disk cannot be used, the old ones are kept";
const GET = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** How a pair is replaced, by what people call it; `prepare` is done before the program starts. */
interface Way {
  readonly prepare?: (scene: Scene, first: Pair) => Promise<void>;
  readonly replace: (scene: Scene, next: Pair) => Promise<void>;
}

const FILES = ["web.pem", "web-key.pem"] as const;

async function writeBelow(scene: Scene, folder: string, pair: Pair): Promise<void> {
  await Deno.mkdir(scene.path(folder));
  await writePair(scene, `${folder}/web`, pair);
}

/** A link can't be replaced at once, but another one can be renamed over it. */
async function link(scene: Scene, path: string, target: string): Promise<void> {
  await Deno.symlink(target, scene.path(`${path}.new`));
  await Deno.rename(scene.path(`${path}.new`), scene.path(path));
}

const WAYS: Readonly<Record<string, Way>> = {
  "new files renamed over the old ones": {
    replace: (scene, next) => renamePair(scene, "web", next),
  },
  "files written in place": {
    replace: (scene, next) => writePair(scene, "web", next),
  },
  "links that point elsewhere": {
    prepare: async (scene, first) => {
      await writeBelow(scene, "one", first);
      for (const file of FILES) await link(scene, file, `one/${file}`);
    },
    replace: async (scene, next) => {
      await writeBelow(scene, "two", next);
      for (const file of FILES) await link(scene, file, `two/${file}`);
    },
  },
  "a folder's link that points elsewhere, as in Kubernetes": {
    prepare: async (scene, first) => {
      await writeBelow(scene, "..one", first);
      await link(scene, "..data", "..one");
      for (const file of FILES) await link(scene, file, `..data/${file}`);
    },
    replace: async (scene, next) => {
      await writeBelow(scene, "..two", next);
      await link(scene, "..data", "..two");
      await Deno.remove(scene.path("..one"), { recursive: true });
    },
  },
};

for (const [name, { prepare, replace }] of Object.entries(WAYS)) {
  e2e(`A rotated pair is shown within 2 s, here and at /certs: ${name}`, async (scene) => {
    const { program, authority, first } = await serveFirst(scene, { prepare });
    const port = program.port("web");
    assertEquals((await visit(port, authority.pem)).serial, first.serial);
    const next = await issuePair(authority);
    await replace(scene, next);
    await waitForSerial(port, { ca: authority.pem, serial: next.serial, ms: SHOWN_MS });
    await saysReplaced(program, "listener web");
    const { certificates } = await (await fetch(`${program.admin}/certs`)).json();
    assertEquals(serialOf(certificates[0].cert_chain[0].serial_number), next.serial);
    assertEquals(program.stderr.text.includes(OLD_ONES_KEPT), false);
  });
}

e2e(
  "A pair whose halves come one long after the other is shown when it is whole",
  async (scene) => {
    const { program, authority, first } = await serveFirst(scene);
    const port = program.port("web");
    const next = await issuePair(authority);
    await scene.write("web.pem", next.cert);
    await program.says("stderr", /code=bad_certificates/);
    assertEquals((await visit(port, authority.pem)).serial, first.serial);
    await scene.write("web-key.pem", next.key);
    await waitForSerial(port, { ca: authority.pem, serial: next.serial, ms: SHOWN_MS });
  },
);

/** What can't be used, each in the files of a listener of its own. */
const BAD: readonly {
  readonly name: string;
  readonly spoil: (write: Write, next: Pair, other: Pair) => Promise<unknown>;
}[] = [
  { name: "garbage", spoil: (write) => write(".pem", "garbage\n") },
  { name: "nothing", spoil: (write) => write(".pem", "") },
  {
    name: "no-der",
    spoil: (write) =>
      write(".pem", "-----BEGIN CERTIFICATE-----\nMAMwAQ==\n-----END CERTIFICATE-----\n"),
  },
  {
    name: "half-certificate",
    spoil: (write, { cert }) => write(".pem", cert.slice(0, cert.length / 2)),
  },
  { name: "half-key", spoil: (write, { key }) => write("-key.pem", key.slice(0, key.length / 2)) },
  {
    name: "wrong-key",
    spoil: (write, { cert }, { key }) => Promise.all([write(".pem", cert), write("-key.pem", key)]),
  },
  { name: "no-certificate", spoil: (write) => write(".pem", null) },
  { name: "no-key", spoil: (write) => write("-key.pem", null) },
];

/** Writes one of a listener's two files, or removes it. */
type Write = (end: ".pem" | "-key.pem", text: string | null) => Promise<unknown>;

e2e("What can't be used is refused and logged once, and the old pair is kept", async (scene) => {
  const names = BAD.map(({ name }) => name);
  const { program, authority, first } = await serveFirst(scene, { own: [...names, "clock"] });
  const shown = async (name: string) => (await visit(program.port(name), authority.pem)).serial;
  const complaints = () =>
    program.stderr.text.split("\n").filter((line) => line.includes(OLD_ONES_KEPT));
  let ticks = 0;
  /** The files were looked at since: the clock's own are in use. */
  const lookedAgain = async () => {
    await renamePair(scene, "clock", await issuePair(authority));
    await saysReplaced(program, "listener clock", ++ticks);
  };
  const [next, other] = [await issuePair(authority), await issuePair(authority)];
  for (const { name, spoil } of BAD) {
    await spoil(
      async (end, text) => {
        const path = scene.path(`${name}${end}`);
        await (text === null ? Deno.remove(path) : Deno.writeTextFile(path, text));
      },
      next,
      other,
    );
  }
  for (let looks = 0; looks < 5; looks++) await lookedAgain();
  for (const name of names) {
    const own = complaints().filter((line) => line.includes(`of="listener ${name}" `));
    assertEquals(own.length, 1, `${name}: ${own.join("\n")}`);
    assertMatch(own[0], " code=bad_certificates ");
    assertMatch(own[0], / cause=.*(Cannot |no such file)/);
    assertEquals(await shown(name), first.serial, name);
  }
  for (const name of names) await renamePair(scene, name, next);
  for (const name of names) await saysReplaced(program, `listener ${name}`);
  for (const name of names) assertEquals(await shown(name), next.serial, name);
  assertEquals(complaints().length, names.length);
});

const CLIENTS = 4;
const ROTATIONS = 20;

e2e("Twenty rotations in a row lose none of the connections, new or open", async (scene) => {
  const { program, authority, first } = await serveFirst(scene);
  const port = program.port("web");
  using open = await Wire.connect(port, authority.pem);
  const serials = [first.serial];
  let isOver = false;
  const connect = async (): Promise<number> => {
    let count = 0;
    while (!isOver) {
      const oldest = replacements(program, "listener web");
      const { serial, response } = await visit(port, authority.pem);
      assertMatch(response, /^HTTP\/1\.1 200 /);
      const which = serials.indexOf(serial);
      assert(which >= oldest, `the certificate ${which} after ${oldest} rotations`);
      count++;
    }
    return count;
  };
  const clients = Array.from({ length: CLIENTS }, connect);
  const load = Promise.all(clients).finally(() => isOver = true);
  load.catch(() => {}); // Awaited at the end, when something else may have failed.
  try {
    for (let count = 1; count <= ROTATIONS && !isOver; count++) {
      const next = await issuePair(authority);
      serials.push(next.serial);
      await renamePair(scene, "web", next);
      await saysReplaced(program, "listener web", count);
    }
  } finally {
    isOver = true;
  }
  for (const count of await load) {
    assert(count > ROTATIONS, `a client has connected ${count} times`);
  }
  await open.send(GET);
  assertMatch(await open.response(), /^HTTP\/1\.1 200 /);
});

import { FileError, PemError } from "../../src/errors.ts";
import { CertificateWatch, type PemUser } from "../../src/server/certificate_watch.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { assertEquals } from "../assert.ts";
import { until } from "./wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Files in memory, and somebody who uses two of them. */
class Scene implements Disposable {
  readonly files: Record<string, string> = { "cert.pem": "cert 1", "key.pem": "key 1" };
  /** What was used, in order. */
  readonly used: string[] = [];
  readonly said: string[] = [];
  readonly watch: CertificateWatch;
  readonly #wheel = new TimerWheel();

  constructor() {
    const say = (message: string) => void this.said.push(message);
    this.watch = new CertificateWatch([this.#user()], {
      host: { readFile: (path) => this.#read(path) },
      wheel: this.#wheel,
      log: { info: say, warning: say, error: say },
    });
  }

  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
    this.#wheel[Symbol.dispose]();
  }

  #user(): PemUser {
    return {
      name: "listener web",
      sources: [
        { path: "cert.pem", pem: "cert 1" },
        { path: "key.pem", pem: "key 1" },
        { path: null, pem: "inline" },
      ],
      // deno-lint-ignore require-await -- a failure must reject
      replace: async (texts) => {
        const [cert, key] = [texts.get("cert.pem")!, texts.get("key.pem")!];
        if (cert === "cert x") throw new TypeError("something else");
        if (cert.slice(-1) !== key.slice(-1)) throw new PemError("they don't go together");
        this.used.push(`${cert}, ${key}`);
      },
    };
  }

  #read(path: string): Promise<Uint8Array> {
    const text = this.files[path];
    if (text === undefined) {
      return Promise.reject(new FileError("not_found", path, "no such file"));
    }
    return Promise.resolve(new TextEncoder().encode(text));
  }
}

Deno.test("Files that stay as they are replace nothing", async () => {
  using scene = new Scene();
  await scene.watch.look();
  assertEquals([scene.used, scene.said], [[], []]);
});

Deno.test("A pair that was replaced whole is used at the next look", async () => {
  using scene = new Scene();
  Object.assign(scene.files, { "cert.pem": "cert 2", "key.pem": "key 2" });
  await scene.watch.look();
  await scene.watch.look();
  assertEquals([scene.used, scene.said], [["cert 2, key 2"], ["certificates replaced"]]);
});

Deno.test("Half of a pair is waited for without a word", async () => {
  using scene = new Scene();
  scene.files["cert.pem"] = "cert 2";
  await scene.watch.look();
  assertEquals([scene.used, scene.said], [[], []]);
  scene.files["key.pem"] = "key 2";
  await scene.watch.look();
  assertEquals([scene.used, scene.said], [["cert 2, key 2"], ["certificates replaced"]]);
});

const KEPT = "certificates on disk cannot be used, the old ones are kept";

Deno.test("What stays bad is complained of once, and again when it is bad in another way", async () => {
  using scene = new Scene();
  scene.files["cert.pem"] = "cert 2";
  for (let count = 0; count < 4; count++) await scene.watch.look();
  assertEquals(scene.said, [KEPT]);
  scene.files["cert.pem"] = "cert 3";
  for (let count = 0; count < 4; count++) await scene.watch.look();
  assertEquals(scene.said, [KEPT, KEPT]);
  assertEquals(scene.used, []);
});

Deno.test("A file that is bad in a way that nobody thought of ends nothing", async () => {
  using scene = new Scene();
  scene.files["cert.pem"] = "cert x";
  for (let count = 0; count < 3; count++) await scene.watch.look();
  assertEquals(scene.said, [KEPT]);
  Object.assign(scene.files, { "cert.pem": "cert 2", "key.pem": "key 2" });
  await scene.watch.look();
  assertEquals(scene.used, ["cert 2, key 2"]);
});

Deno.test("A file that is gone for a moment is no news, and one that stays away is", async () => {
  using scene = new Scene();
  delete scene.files["key.pem"];
  await scene.watch.look();
  scene.files["key.pem"] = "key 1";
  await scene.watch.look();
  assertEquals(scene.said, []);
  delete scene.files["key.pem"];
  for (let count = 0; count < 3; count++) await scene.watch.look();
  assertEquals(scene.said, [KEPT]);
});

Deno.test("What went back to how it was is in order again", async () => {
  using scene = new Scene();
  scene.files["cert.pem"] = "cert 2";
  for (let count = 0; count < 2; count++) await scene.watch.look();
  scene.files["cert.pem"] = "cert 1";
  await scene.watch.look();
  scene.files["cert.pem"] = "cert 2";
  await scene.watch.look();
  assertEquals(scene.said, [KEPT]);
});

Deno.test("It looks by itself, until it is disposed of", async () => {
  using scene = new Scene();
  Object.assign(scene.files, { "cert.pem": "cert 2", "key.pem": "key 2" });
  await until(() => scene.used.length === 1, "it has looked");
  scene.watch[Symbol.dispose]();
  Object.assign(scene.files, { "cert.pem": "cert 3", "key.pem": "key 3" });
  await scene.watch.look();
  assertEquals(scene.used.length, 2);
});

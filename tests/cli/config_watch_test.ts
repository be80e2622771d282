import { ConfigWatch } from "../../src/cli/run/config_watch.ts";
import { FileError } from "../../src/errors.ts";
import { assertEquals, assertRejects } from "../assert.ts";

/** A file, and how often its watch has told of a change; null while it is away. */
class Watched {
  changes = 0;
  readonly watch: ConfigWatch;
  #text: string | null;

  constructor(text: string | null) {
    this.#text = text;
    // deno-lint-ignore require-await -- as on a real host
    const readFile = async (path: string) => {
      if (this.#text === null) throw new FileError("not_found", path, "no such file");
      return new TextEncoder().encode(this.#text);
    };
    this.watch = new ConfigWatch("genkan.yaml", { readFile }, () => this.changes++);
  }

  /** How many changes were told of so far, each of those texts having been looked at once. */
  async after(...texts: (string | null)[]): Promise<number> {
    for (const text of texts) {
      this.#text = text;
      await this.watch.look();
    }
    return this.changes;
  }
}

Deno.test("What stands in a file at the first look is no change", async () => {
  assertEquals(await new Watched("a").after("a", "a", "a"), 0);
});

Deno.test("A change is told of once, when the file says the same twice", async () => {
  const watched = new Watched("a");
  assertEquals(await watched.after("a", "b"), 0);
  assertEquals(await watched.after("b"), 1);
  assertEquals(await watched.after("b", "b"), 1);
  assertEquals(await watched.after("a", "a"), 2);
});

Deno.test("A file that is still being written is waited for", async () => {
  assertEquals(await new Watched("a").after("a", "b", "bc", "bcd"), 0);
});

Deno.test("A file that goes back to what it said has not changed", async () => {
  assertEquals(await new Watched("a").after("a", "b", "a", "a"), 0);
});

Deno.test("A file that is away is waited for, and is no change when it comes back as it was", async () => {
  const watched = new Watched("a");
  assertEquals(await watched.after("a", null, null, "a", "a"), 0);
  assertEquals(await watched.after(null, "b", null, "b"), 0);
  assertEquals(await watched.after("b"), 1);
});

Deno.test("Looks that overlap are one", async () => {
  const reads = [Promise.withResolvers<Uint8Array>()];
  let asked = 0;
  const host = { readFile: () => (asked++, reads[0].promise) };
  const watch = new ConfigWatch("genkan.yaml", host, () => {});
  const first = watch.look();
  await watch.look();
  assertEquals(asked, 1);
  reads[0].resolve(new Uint8Array());
  await first;
  await watch.look();
  assertEquals(asked, 2);
});

Deno.test("A mistake of ours isn't taken for a file that is away", async () => {
  const host = { readFile: () => Promise.reject(new TypeError("ours")) };
  await assertRejects(() => new ConfigWatch("genkan.yaml", host, () => {}).look(), TypeError);
});

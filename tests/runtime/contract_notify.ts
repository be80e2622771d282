/**
 * The host contract's part on a service manager's socket: a real one, at which Python listens.
 *
 * @module
 */

import { ConnError } from "../../src/errors.ts";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import type { HostCase } from "./host_contract.ts";

/** Prints a line for each datagram, as JSON, after one that says that it listens. */
const RECEIVER = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
receiver.bind("\\0" + name[1:] if name.startswith("@") else name)
print(json.dumps("listening"), flush=True)
while True:
  print(json.dumps(receiver.recv(65536).decode()), flush=True)
`;

/** What a datagram socket was sent. */
class Receiver implements AsyncDisposable {
  readonly #lines: AsyncIterator<string>;
  readonly #kill: () => Promise<void>;

  private constructor(lines: AsyncIterator<string>, kill: () => Promise<void>) {
    this.#lines = lines;
    this.#kill = kill;
  }

  /** Listens at a path, or at an abstract name after `@`. */
  static async at(name: string): Promise<Receiver> {
    const { spawn } = await import("node:child_process");
    const { createInterface } = await import("node:readline");
    const child = spawn("python3", ["-c", RECEIVER, name], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const receiver = new Receiver(lines, () => {
      child.kill("SIGKILL");
      return closed;
    });
    assertEquals(await receiver.next(), "listening");
    return receiver;
  }

  /** The next one. The helper's own word that it has been heard is left out. */
  async next(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error("the receiver has ended");
      const message: string = JSON.parse(value);
      if (message.trimEnd() !== "BARRIER=1") return message.trimEnd();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
  }
}

/** What a host says to the manager's socket. */
export const notifyCases: readonly HostCase[] = [
  {
    name: "A service manager is sent a message whole, lines, spaces and all",
    async run({ host, folder }) {
      const socket = `${folder}notify`;
      await using receiver = await Receiver.at(socket);
      await host.notify(socket, "READY=1\nSTATUS=serving 2 listeners, $HOME `id` — ünïcode");
      assertEquals(
        await receiver.next(),
        "READY=1\nSTATUS=serving 2 listeners, $HOME `id` — ünïcode",
      );
      await host.notify(socket, "STOPPING=1");
      assertEquals(await receiver.next(), "STOPPING=1");
    },
  },
  {
    name: "A service manager with an abstract socket is reached",
    async run({ host }) {
      const socket = `@genkan-contract-${crypto.randomUUID()}`;
      await using receiver = await Receiver.at(socket);
      await host.notify(socket, "WATCHDOG=1");
      assertEquals(await receiver.next(), "WATCHDOG=1");
    },
  },
  {
    name: "A service manager that isn't there is an error that names its socket",
    async run({ host, folder }) {
      const socket = `${folder}nobody`;
      const error = await assertRejects(() => host.notify(socket, "READY=1"), ConnError);
      assertMatch(error.message, new RegExp(`^Cannot send to ${socket}: .*[Nn]o such`));
    },
  },
];

/** Without the program that Bun sends through. */
export const missingHelperCase: HostCase = {
  name: "Without systemd-notify, the message is an error that says what is missing",
  async run({ host, folder }) {
    const { env } = await import("node:process");
    const path = env.PATH;
    env.PATH = folder;
    try {
      const error = await assertRejects(() => host.notify(`${folder}notify`, "READY=1"), ConnError);
      assertEquals(
        error.message,
        `Cannot send to ${folder}notify: systemd-notify, which Bun needs for it, ` +
          "is not on the PATH",
      );
    } finally {
      env.PATH = path;
    }
  },
};

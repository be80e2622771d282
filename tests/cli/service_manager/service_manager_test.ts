import { type ServiceHost, ServiceManager } from "../../../src/cli/service_manager/mod.ts";
import { denoRuntime } from "../../../src/runtime/deno.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
import { NotifySocket } from "../../e2e/notify_socket.ts";
import { withFolder } from "../../tls/fixtures.ts";

/** A host whose manager's messages are kept, and a log whose lines are. */
class FakeHost implements ServiceHost {
  readonly pid = 42;
  readonly sent: string[] = [];
  readonly lines: string[] = [];
  readonly log = {
    info: () => {},
    warning: (text: string) => void this.lines.push(`warning ${text}`),
    error: (text: string) => void this.lines.push(`error ${text}`),
  };
  readonly #env: Readonly<Record<string, string>>;
  #deliver: (message: string) => Promise<void> = () => Promise.resolve();

  constructor(env: Readonly<Record<string, string>> = { NOTIFY_SOCKET: "/run/notify" }) {
    this.#env = env;
  }

  env(name: string): string | undefined {
    return this.#env[name];
  }

  /** What happens to each message before it counts as sent. */
  deliverBy(deliver: (message: string) => Promise<void>): void {
    this.#deliver = deliver;
  }

  async notify(socket: string, message: string): Promise<void> {
    assertEquals(socket, this.#env.NOTIFY_SOCKET);
    await this.#deliver(message);
    this.sent.push(message);
  }

  manager(): ServiceManager {
    return ServiceManager.fromHost(this, this.log)!;
  }
}

Deno.test("Without NOTIFY_SOCKET there is no service manager", () => {
  for (const env of [{}, { NOTIFY_SOCKET: "" }] as Record<string, string>[]) {
    const host = new FakeHost(env);
    assertEquals([ServiceManager.fromHost(host, host.log), host.lines], [null, []]);
  }
});

Deno.test("A NOTIFY_SOCKET of another kind is warned of", () => {
  const host = new FakeHost({ NOTIFY_SOCKET: "vsock:2:1234" });
  assertEquals(ServiceManager.fromHost(host, host.log), null);
  assertMatch(host.lines.join(), /^warning .*NOTIFY_SOCKET/);
});

Deno.test("A life is told in systemd's words", async () => {
  const host = new FakeHost();
  using manager = host.manager();
  await manager.ready("2 listeners");
  await manager.reloading();
  await manager.ready("3 listeners");
  await manager.status("busy");
  await manager.stopping({ graceMs: 30_000 });
  assertEquals(host.sent, [
    "READY=1\nSTATUS=2 listeners",
    "RELOADING=1\nSTATUS=reloading",
    "READY=1\nSTATUS=3 listeners",
    "STATUS=busy",
    "STOPPING=1\nSTATUS=stopping, running requests may finish\nEXTEND_TIMEOUT_USEC=45000000",
  ]);
});

Deno.test("Nobody hears of readiness once the stop has begun", async () => {
  const host = new FakeHost();
  const manager = host.manager();
  await manager.stopping({ graceMs: 0 });
  await manager.reloading();
  await manager.ready("serving");
  assertEquals(host.sent.length, 1);
});

Deno.test("A status with line breaks can't forge another message", async () => {
  const host = new FakeHost();
  using manager = host.manager();
  await manager.status("a\r\nMAINPID=1\0b");
  assertEquals(host.sent, ["STATUS=a MAINPID=1 b"]);
});

Deno.test("Messages arrive in the order of the calls, however long one takes", async () => {
  const host = new FakeHost();
  const first = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  host.deliverBy((message) => {
    begun.resolve();
    return message.startsWith("READY") ? first.promise : Promise.resolve();
  });
  using manager = host.manager();
  const told = [manager.ready("a"), manager.status("b")];
  await begun.promise;
  assertEquals(host.sent, []);
  first.resolve();
  await Promise.all(told);
  assertEquals(host.sent, ["READY=1\nSTATUS=a", "STATUS=b"]);
});

Deno.test("What can't be sent is told once, and stops nothing", async () => {
  const host = new FakeHost();
  host.deliverBy(() => Promise.reject(new Error("no such socket")));
  using manager = host.manager();
  await manager.ready("a");
  await manager.status("b");
  assertEquals(host.lines.length, 1);
  host.deliverBy(() => Promise.resolve());
  await manager.status("c");
  assertEquals(host.sent, ["STATUS=c"]);
});

Deno.test("A watchdog that isn't asked for, or of another process, is none", () => {
  for (
    const env of [
      {},
      { WATCHDOG_USEC: "0" },
      { WATCHDOG_USEC: "soon" },
      { WATCHDOG_USEC: "1000000", WATCHDOG_PID: "43" },
    ] as Record<string, string>[]
  ) {
    using manager = new FakeHost({ NOTIFY_SOCKET: "@n", ...env }).manager();
    assertEquals(manager.startWatchdog(() => Promise.resolve(true)), null);
  }
});

/** A manager that wants a ping every 20 ms, and `answers` in turn; the last one ends the pings. */
async function watch(answers: readonly (() => Promise<boolean>)[]): Promise<FakeHost> {
  const host = new FakeHost({
    NOTIFY_SOCKET: "@n",
    WATCHDOG_USEC: "20000",
    WATCHDOG_PID: "42",
  });
  using manager = host.manager();
  const waiting = [...answers];
  const done = Promise.withResolvers<void>();
  host.deliverBy(() => {
    if (waiting.length === 0) done.resolve();
    return Promise.resolve();
  });
  manager.startWatchdog(() => waiting.shift()?.() ?? Promise.resolve(false));
  await done.promise;
  return host;
}

const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

Deno.test("The watchdog is pinged while genkan is alive", async () => {
  const { sent, lines } = await watch([yes, yes, yes]);
  assertEquals([sent, lines], [["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"], []]);
});

Deno.test("No ping for a no, a failure, or no answer; one line an episode", async () => {
  const never = () => new Promise<boolean>(() => {});
  const fails = () => Promise.reject(new Error("a worker is gone"));
  const { sent, lines } = await watch([no, never, fails, yes, no, no, yes]);
  assertEquals(sent, ["WATCHDOG=1", "WATCHDOG=1"]);
  assertEquals(lines.length, 2);
  assertMatch(lines[0], /^error /);
});

Deno.test("A manager's real socket hears what is told, in order", () =>
  withFolder(async (folder) => {
    await using socket = new NotifySocket(`${folder}/notify`, { watchdogMs: 20 });
    const host = Object.assign(Object.create(denoRuntime()), {
      env: (name: string) => socket.env[name],
    });
    {
      using manager = ServiceManager.fromHost(host, new FakeHost().log)!;
      await manager.ready("1 listener");
      manager.startWatchdog(yes);
      await socket.next(/^WATCHDOG=1$/);
      await manager.reloading();
      await manager.ready("2 listeners");
      await manager.stopping({ graceMs: 0 });
    }
    await socket.next(/^STOPPING=1\n/);
    assertEquals(
      socket.messages.filter((message) => message !== "WATCHDOG=1")
        .map((message) => message.split("\n", 1)[0]),
      ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"],
    );
  }));

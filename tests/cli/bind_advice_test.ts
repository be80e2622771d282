import { bindAdvice } from "../../src/cli/bind_advice.ts";
import { portHolder, tcpListeners, unixListeners } from "../../src/cli/port_holder.ts";
import { ConnError, type ConnErrorCode } from "../../src/errors.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { ProcFiles } from "./proc_files.ts";

const TCP = `\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4001 1 0000000022ba8a91 100 0 0 10 0
   1: 0100007F:01BB 0100007F:B38C 01 00000000:00000000 00:00000000 00000000    33        0 4002 1 000000007ed13296 20 4 30 10 -1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4003 1 0000000022ba8a92 100 0 0 10 0
`;

const TCP6 = `\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 6001 1 00000000004a7085 100 0 0 10 0
   1: 00000000000000000000000000000000:2328 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6002 1 00000000004a7086 100 0 0 10 0
   2: B80D0120000000000000000005000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6003 1 00000000004a7087 100 0 0 10 0
`;

const UNIX = `\
Num       RefCount Protocol Flags    Type St Inode Path
00000000e08ee81d: 00000003 00000000 00000000 0001 03 8001 /run/app.sock
00000000e08ee81e: 00000002 00000000 00010000 0001 01 8002 /run/app.sock
00000000e08ee81f: 00000002 00000000 00010000 0001 01 8003 @/run/app.sock
00000000e08ee820: 00000002 00000000 00010000 0001 01 8004
00000000e08ee821: 00000002 00000000 00010000 0001 01  8005 /run/with space.sock
`;

const inodes = (text: string, host: string, port: number) =>
  tcpListeners(text, { host, port }).map(({ inode }) => inode);

Deno.test("A listener is found in /proc/net/tcp by its address, with its user", () => {
  assertEquals(tcpListeners(TCP, { host: "127.0.0.1", port: 443 }), [{ inode: "4001", uid: 33 }]);
  assertEquals(inodes(TCP, "127.0.0.2", 443), []);
  assertEquals(inodes(TCP, "127.0.0.1", 444), []);
});

Deno.test("An address for all is in the way of each, and each of it", () => {
  assertEquals(inodes(TCP, "127.0.0.1", 80), ["4003"]);
  assertEquals(inodes(TCP, "0.0.0.0", 443), ["4001"]);
  assertEquals(inodes(TCP, "::", 443), ["4001"]);
  assertEquals(inodes(TCP6, "127.0.0.1", 9000), ["6002"]);
});

Deno.test("An IPv6 listener is found by its address", () => {
  assertEquals(inodes(TCP6, "::1", 8080), ["6001"]);
  assertEquals(inodes(TCP6, "2001:db8::5", 8081), ["6003"]);
  assertEquals(inodes(TCP6, "2001:db8::6", 8081), []);
  assertEquals(inodes(TCP6, "127.0.0.1", 8080), []);
});

Deno.test("A unix socket that listens is found by its path", () => {
  const found = (path: string) => unixListeners(UNIX, path).map(({ inode }) => inode);
  assertEquals(found("/run/app.sock"), ["8002"]);
  assertEquals(found("/run/with space.sock"), ["8005"]);
  assertEquals(found("/run/app"), []);
});

Deno.test("Texts that are no tables name nobody", () => {
  for (const text of ["", "\n", "no table\n", "head\n   0: x y\n", `${TCP.slice(0, 150)}`]) {
    assertEquals(tcpListeners(text, { host: "127.0.0.1", port: 443 }), []);
    assertEquals(unixListeners(text, "/run/app.sock"), []);
  }
});

const NGINX = {
  "/proc/net/tcp": TCP,
  "/proc/12/fd/3": "/dev/null",
  "/proc/812/fd/0": "/dev/null",
  "/proc/812/fd/6": "socket:[4001]",
  "/proc/812/exe": "/usr/sbin/nginx (deleted)",
  "/proc/1300/fd/6": "socket:[4001]",
  "/proc/1300/exe": "/usr/sbin/nginx",
  "/proc/self/fd/1": "socket:[4001]",
};

Deno.test("Of the processes that share a socket the eldest is named", async () => {
  const holder = await portHolder({ host: "127.0.0.1", port: 443 }, new ProcFiles(NGINX));
  assertEquals(holder, { kind: "process", pid: 812, name: "nginx" });
});

function unbound(code: ConnErrorCode, host: string, port: number, cause?: unknown): ConnError {
  return new ConnError(code, "Cannot listen", { cause, unbound: { host, port } });
}

Deno.test("Who holds an address is said as far as it can be seen", async () => {
  const advice = (files: Record<string, string>, host = "127.0.0.1", port = 443) =>
    bindAdvice(unbound("address_in_use", host, port), new ProcFiles(files));
  const look = "; `sudo ss -ltnp 'sport = :443'` shows by whom";
  assertEquals(await advice(NGINX), " by nginx (pid 812)");
  assertEquals(await advice({ "/proc/net/tcp": TCP }), ` by a process of the user 33${look}`);
  assertEquals(
    await advice({ "/proc/net/tcp": TCP }, "0.0.0.0", 80),
    " by a process of root; `sudo ss -ltnp 'sport = :80'` shows by whom",
  );
  assertEquals(await advice({}), look);
  assertEquals(await advice({}, "/run/app.sock", 0), "; `sudo ss -lxp` shows by whom");
  const unix = { "/proc/net/unix": UNIX, "/proc/9/fd/4": "socket:[8002]", "/proc/9/exe": "/a/b" };
  assertEquals(await advice(unix, "/run/app.sock", 0), " by b (pid 9)");
});

Deno.test("An address that genkan itself holds is told as such", async () => {
  const files = { "/proc/net/tcp": TCP, "/proc/77/fd/9": "socket:[4001]" };
  const advice = await bindAdvice(
    unbound("address_in_use", "0.0.0.0", 443),
    new ProcFiles(files),
  );
  assertEquals(advice, " by genkan itself: another listener, or the admin, takes it as well");
});

Deno.test("A port that may not be bound comes with what to do about it", async () => {
  const advice = (host: string, port: number, options: { executable?: string; cause?: unknown }) =>
    bindAdvice(
      unbound("permission", host, port, options.cause),
      new ProcFiles({}, options.executable ?? null),
    );
  const compiled = await advice("0.0.0.0", 443, { executable: "/usr/local/bin/genkan" });
  assertMatch(compiled, "`sudo setcap cap_net_bind_service=+ep /usr/local/bin/genkan`");
  assertMatch(compiled, "AmbientCapabilities=CAP_NET_BIND_SERVICE");
  assertMatch(compiled, "a port from 1024 on");
  // A runtime must not be given the right, for all that it may run.
  assertMatch(await advice("::", 80, {}), "`sudo sysctl net.ipv4.ip_unprivileged_port_start=80`");
  assertMatch(await advice("/run/app.sock", 0, {}), "allowed to write in its folder");
  assertEquals(await advice("0.0.0.0", 8443, {}), "");
  const cause = new Deno.errors.NotCapable("Requires net access");
  assertEquals(await advice("0.0.0.0", 443, { cause }), "");
});

Deno.test("Other failures get no advice", async () => {
  const host = new ProcFiles(NGINX);
  assertEquals(await bindAdvice(unbound("address_not_available", "10.0.0.1", 443), host), "");
  assertEquals(await bindAdvice(new ConnError("address_in_use", "no address"), host), "");
});

Deno.test("On Deno, whose /proc is closed, the advice is where to look", async () => {
  const runtime = denoRuntime();
  const listener = await runtime.listen({ host: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  const taken = await runtime.listen(listener.address).then(() => null, (error) => error);
  listener.close();
  assertEquals(taken.message, `Cannot listen on 127.0.0.1:${port}: the address is in use`);
  assertMatch(await bindAdvice(taken, runtime), `; \`sudo ss -ltnp 'sport = :${port}'\``);
});

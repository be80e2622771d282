/**
 * The contract's part on unix sockets: their files and their addresses. What passes through them is
 * in the other parts.
 *
 * @module
 */

import { isIpAddress, isUnixPath, showAddress } from "../../src/runtime/mod.ts";
import { assertEquals } from "../assert.ts";
import type { ContractCase } from "./contract.ts";
import { assertCode, connectPair, socketFile, TIMEOUT_MS } from "./pair.ts";
import { hasCertificates } from "./tls_pair.ts";

const PLAIN = { timeoutMs: TIMEOUT_MS };

/** Unix sockets. */
export const unixCases: readonly ContractCase[] = [
  {
    name: "A path is an address of its own kind",
    run() {
      const address = { host: "/run/app.sock", port: 0 };
      assertEquals([isUnixPath(address.host), isIpAddress(address.host)], [true, false]);
      assertEquals([isUnixPath("::1"), isUnixPath("localhost")], [false, false]);
      assertEquals(isIpAddress("/run/a:b"), false);
      assertEquals(showAddress(address), "unix:/run/app.sock");
      return Promise.resolve();
    },
  },
  {
    name: "Both ends of a unix socket have its path for an address",
    async run(subject) {
      const address = socketFile();
      for (const inspect of [false, true]) {
        const listener = await subject.network.listen(address, { inspect });
        assertEquals(listener.address, address);
        using pair = await connectPair(subject, listener, null);
        listener.close();
        for (const end of [pair.client, pair.server]) {
          assertEquals([end.local, end.remote], [address, address]);
        }
      }
    },
  },
  {
    name: "A unix socket that somebody answers on is in use",
    async run({ network }) {
      const listener = await network.listen(socketFile());
      try {
        await assertCode(network.listen(listener.address), "address_in_use");
        await assertCode(network.listen(listener.address, { inspect: true }), "address_in_use");
        (await network.connect(listener.address, PLAIN)).close();
      } finally {
        listener.close();
      }
    },
  },
  {
    name: "A unix socket's file goes with its listener",
    applies: hasCertificates,
    async run({ network }) {
      const { lstat } = await import("node:fs/promises");
      const listener = await network.listen(socketFile());
      await lstat(listener.address.host);
      listener.close();
      while (await lstat(listener.address.host).then(() => true, () => false));
      const error = await assertCode(network.connect(listener.address, PLAIN), "refused");
      const shown = showAddress(listener.address);
      assertEquals(error.message, `Cannot connect to ${shown}: there is no such socket`);
    },
  },
  {
    name: "What a killed process leaves behind is replaced",
    applies: hasCertificates,
    async run(subject) {
      const { spawn } = await import("node:child_process");
      const { lstat } = await import("node:fs/promises");
      const address = socketFile();
      const script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])";
      const left = spawn("python3", ["-c", script, address.host]);
      await new Promise((resolve) => left.once("close", resolve));
      await lstat(address.host);
      await assertCode(subject.network.connect(address, PLAIN), "refused");
      const listener = await subject.network.listen(address);
      using _pair = await connectPair(subject, listener, null);
      listener.close();
    },
  },
  {
    name: "A file that is no socket is left alone",
    applies: hasCertificates,
    async run({ network }) {
      const { readFile, rm, writeFile } = await import("node:fs/promises");
      const address = socketFile();
      await writeFile(address.host, "precious");
      try {
        await assertCode(network.listen(address), "address_not_available");
        assertEquals(await readFile(address.host, "utf8"), "precious");
        await assertCode(network.connect(address, PLAIN), "refused");
      } finally {
        await rm(address.host);
      }
    },
  },
  {
    name: "A socket without a folder says so",
    applies: hasCertificates,
    async run({ network }) {
      const nowhere = { host: "/nowhere/app.sock", port: 0 };
      const error = await assertCode(network.listen(nowhere), "address_not_available");
      assertEquals(
        error.message,
        "Cannot listen on unix:/nowhere/app.sock: there is no such folder",
      );
      await assertCode(network.connect(nowhere, PLAIN), "refused");
    },
  },
];

/**
 * The contract's part on addresses: listening, dialling, resolving.
 *
 * @module
 */

import { ConnError } from "../../src/errors.ts";
import { showAddress, writeAll } from "../../src/runtime/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import type { ContractCase, Subject } from "./contract.ts";
import { ANYWHERE, assertCode, connectPair, Pair, readExactly, TIMEOUT_MS } from "./pair.ts";
import { hasCertificates } from "./tls_pair.ts";

const PLAIN = { timeoutMs: TIMEOUT_MS };

/** Where nobody listens: a port that was free a moment ago. */
async function unusedAddress({ network }: Subject) {
  const listener = await network.listen(ANYWHERE);
  listener.close();
  return listener.address;
}

/** Addresses. */
export const addressCases: readonly ContractCase[] = [
  {
    name: "Port 0 gives out a free port",
    async run({ network }) {
      const [one, two] = [await network.listen(ANYWHERE), await network.listen(ANYWHERE)];
      one.close();
      two.close();
      assertEquals(one.address.host, "127.0.0.1");
      assert(one.address.port > 0 && two.address.port > 0);
      assert(one.address.port !== two.address.port);
    },
  },
  {
    name: "A port that is taken is in use",
    async run({ network }) {
      const listener = await network.listen(ANYWHERE);
      try {
        for (const inspect of [false, true]) {
          const error = await assertCode(
            network.listen(listener.address, { inspect }),
            "address_in_use",
          );
          assertEquals(
            [error.message, error.unbound],
            [`Cannot listen on ${showAddress(listener.address)}: the address is in use`, {
              ...listener.address,
            }],
          );
        }
      } finally {
        listener.close();
      }
    },
  },
  {
    name: "An address of no interface isn't available",
    // In memory there are no interfaces.
    applies: hasCertificates,
    async run({ network }) {
      for (const inspect of [false, true]) {
        const address = { host: "192.0.2.1", port: 0 };
        const error = await assertCode(
          network.listen(address, { inspect }),
          "address_not_available",
        );
        assertEquals(
          [error.message, error.unbound],
          ["Cannot listen on 192.0.2.1:0: no interface has this address", address],
        );
      }
    },
  },
  {
    name: "A listener on :: takes IPv4 as well, and shows it as IPv4",
    applies: hasCertificates,
    async run(subject) {
      const { network } = subject;
      for (const inspect of [false, true]) {
        const listener = await network.listen({ host: "::", port: 0 }, { inspect });
        for (const host of ["127.0.0.1", "::1"]) {
          const accepted = listener.accept();
          const client = await network.connect({ ...listener.address, host }, PLAIN);
          using pair = new Pair(client, (await accepted)!);
          assertEquals([pair.server.remote, pair.server.local.host], [client.local, host]);
        }
        listener.close();
      }
    },
  },
  {
    name: "A port is free again once its listener was closed",
    async run({ network }) {
      const listener = await network.listen(ANYWHERE);
      listener.close();
      const again = await network.listen(listener.address);
      again.close();
      assertEquals(again.address, listener.address);
    },
  },
  {
    name: "Listeners share a port with reusePort",
    async run(subject) {
      const { network } = subject;
      const one = await network.listen(ANYWHERE, { reusePort: true });
      const two = await network.listen(one.address, { reusePort: true });
      const accepted = [one.accept(), two.accept()];
      const client = await network.connect(one.address, PLAIN);
      using _pair = new Pair(client, (await Promise.race(accepted))!);
      one.close();
      two.close();
      const rest = (await Promise.all(accepted)).filter((conn) => conn === null);
      assertEquals(rest.length, 1);
    },
  },
  {
    name: "Both ends agree on their addresses",
    async run(subject) {
      const listener = await subject.network.listen(ANYWHERE);
      using pair = await connectPair(subject, listener, null);
      listener.close();
      assertEquals(pair.client.remote, listener.address);
      assertEquals(pair.server.local, listener.address);
      assertEquals(pair.client.local, pair.server.remote);
    },
  },
  {
    name: "IPv6 addresses are given without brackets",
    async run(subject) {
      const { network } = subject;
      let listener;
      try {
        listener = await network.listen({ host: "::1", port: 0 });
      } catch (error) {
        // A host without IPv6 has nothing to show.
        if (error instanceof ConnError && error.code === "address_not_available") return;
        throw error;
      }
      using pair = await connectPair(subject, listener, null);
      listener.close();
      assertEquals([pair.client.remote.host, pair.server.local.host], ["::1", "::1"]);
    },
  },
  {
    name: "A name is resolved when it is dialled",
    async run(subject) {
      const { network } = subject;
      const listener = await network.listen(ANYWHERE);
      const accepted = listener.accept();
      const client = await network.connect({ ...listener.address, host: "localhost" }, PLAIN);
      using pair = new Pair(client, (await accepted)!);
      listener.close();
      await writeAll(pair.client, Uint8Array.of(1));
      assertEquals(await readExactly(pair.server, 1), Uint8Array.of(1));
      assertEquals(pair.client.remote.host, "127.0.0.1");
    },
  },
  {
    name: "Names resolve to both families, addresses to themselves",
    async run({ network }) {
      assertEquals(await network.resolve("localhost"), ["127.0.0.1", "::1"]);
      assertEquals(await network.resolve("app.localhost"), ["127.0.0.1", "::1"]);
      assertEquals(await network.resolve("192.0.2.7"), ["192.0.2.7"]);
      assertEquals(await network.resolve("2001:db8::7"), ["2001:db8::7"]);
    },
  },
  {
    name: "A name that doesn't exist fails with dns",
    async run({ network }) {
      await assertCode(network.resolve("name.invalid"), "dns");
      await assertCode(network.connect({ host: "name.invalid", port: 1 }, PLAIN), "dns");
    },
  },
  {
    name: "Where nobody listens a connect is refused",
    async run(subject) {
      const address = await unusedAddress(subject);
      const error = await assertCode(subject.network.connect(address, PLAIN), "refused");
      assertEquals(
        error.message,
        `Cannot connect to 127.0.0.1:${address.port}: connection refused`,
      );
    },
  },
  {
    name: "A connect that gets no answer times out",
    applies: ({ silent }) => silent !== null,
    async run({ network, silent }) {
      using port = await silent!();
      await assertCode(network.connect(port.address, { timeoutMs: 50 }), "timeout");
    },
  },
  {
    name: "accept() gives null once the listener was closed",
    async run({ network }) {
      const listener = await network.listen(ANYWHERE);
      const waiting = listener.accept();
      listener.close();
      listener.close();
      assertEquals([await waiting, await listener.accept()], [null, null]);
    },
  },
  {
    name: "A connection outlives its listener",
    async run(subject) {
      const listener = await subject.network.listen(ANYWHERE);
      using pair = await connectPair(subject, listener, null);
      listener.close();
      assertEquals(await listener.accept(), null);
      await writeAll(pair.client, Uint8Array.of(5));
      assertEquals(await readExactly(pair.server, 1), Uint8Array.of(5));
    },
  },
  {
    name: "serveHttp answers over HTTP until it is closed",
    applies: ({ certificates }) => certificates !== null,
    async run({ network }) {
      const service = await network.serveHttp(ANYWHERE, (request) => {
        return new Response(`${request.method} ${new URL(request.url).pathname}`);
      });
      const { host, port } = service.address;
      const response = await fetch(`http://${host}:${port}/ready`, {
        headers: { connection: "close" },
      });
      assertEquals(await response.text(), "GET /ready");
      await assertCode(network.serveHttp(service.address, () => new Response()), "address_in_use");
      await service.close();
      await assertCode(network.connect(service.address, PLAIN), "refused");
    },
  },
];

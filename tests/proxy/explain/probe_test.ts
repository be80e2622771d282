import type { ConnectOptions, Network, SocketAddress } from "../../../src/runtime/mod.ts";
import { denoRuntime } from "../../../src/runtime/deno.ts";
import { explain, networkProbe } from "../../../src/proxy/explain/mod.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { makeCertificates } from "../../runtime/certificates.ts";
import { serving } from "../../runtime/tls_pair.ts";
import { unusedPort } from "../../server/upstream.ts";
import { context, endpoint, unanswered, unconnected } from "./failures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const network = denoRuntime();

/** Accepts on an address, with TLS or without, for as long as it isn't disposed. */
async function open(address: SocketAddress, tls: boolean) {
  const { leaf } = await makeCertificates();
  const listener = await network.listen(address, {
    tls: tls
      ? { ...serving(leaf) as { certChain: string; privateKey: string }, ...NO_BOUNDS }
      : null,
  });
  const serve = async () => {
    for (let conn = await listener.accept(); conn !== null; conn = await listener.accept()) {
      await conn.handshake().catch(() => {});
      if (!tls) await conn.read(new Uint8Array(1024)).catch(() => {});
      conn.close();
    }
  };
  const served = serve();
  return {
    port: listener.address.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
    },
  };
}

const NO_BOUNDS = { alpn: [], minVersion: null, maxVersion: null };

Deno.test("A probe tells who accepts, and who answers a TLS handshake", async () => {
  const probe = networkProbe(network);
  await using plain = await open({ host: "127.0.0.1", port: 0 }, false);
  await using secure = await open({ host: "127.0.0.1", port: 0 }, true);
  const ask = (port: number, tls: boolean) => probe({ host: "127.0.0.1", port }, { tls });
  assertEquals(await ask(plain.port, false), true);
  assertEquals(await ask(plain.port, true), false);
  assertEquals(await ask(secure.port, false), true);
  assertEquals(await ask(secure.port, true), true);
  assertEquals(await ask(unusedPort(), false), false);
  assertEquals(await ask(unusedPort(), true), false);
});

Deno.test("A server on ::1 alone is found when 127.0.0.1 refuses", async () => {
  await using server = await open({ host: "::1", port: 0 }, false);
  const told = await explain(
    unconnected("refused"),
    context({ endpoint: endpoint(server.port), probe: networkProbe(network) }),
  );
  assertEquals(told.title, `The server listens on [::1]:${server.port} only`);
});

Deno.test("A server that hangs up on plain HTTP is found to speak TLS", async () => {
  await using server = await open({ host: "127.0.0.1", port: 0 }, true);
  const told = await explain(
    unanswered(null),
    context({ endpoint: endpoint(server.port), probe: networkProbe(network) }),
  );
  assertMatch(told.title, /speaks TLS$/);
});

Deno.test("A probe has a short time limit, and believes anybody", async () => {
  const asked: ConnectOptions[] = [];
  const recording: Pick<Network, "connect"> = {
    connect(_address, options) {
      asked.push(options);
      return Promise.reject(new Error("a mistake of ours"));
    },
  };
  const probe = networkProbe(recording);
  await assertRejects(() => probe({ host: "127.0.0.1", port: 1 }, { tls: true }), Error);
  assertEquals([asked[0].timeoutMs <= 500, asked[0].tls?.verify], [true, "none"]);
});

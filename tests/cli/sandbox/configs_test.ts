import { loadProxy, PROXIES } from "../../../src/cli/sandbox/configs.ts";
import { listenerPorts, movePorts, servicePorts } from "../../../src/cli/sandbox/ports.ts";
import type { SandboxCerts } from "../../../src/cli/sandbox/certs.ts";
import type { Config } from "../../../src/config/model.ts";
import { createCa, issueCertificate } from "../../../src/tls/mod.ts";
import { assertEquals } from "../../assert.ts";

async function makeCerts(): Promise<SandboxCerts> {
  const now = Date.now();
  const ca = await createCa({ name: "test", now });
  const leaf = await issueCertificate(ca, { names: ["localhost"], now });
  return {
    caPath: "certs/ca.pem",
    caPem: ca.certPem,
    ...leaf,
    files: new Map([
      ["ca.pem", ca.certPem],
      ["sandbox.pem", leaf.certPem],
      ["sandbox-key.pem", leaf.keyPem],
    ]),
  };
}

function portsOf({ listeners, clusters }: Config): [listens: number[], leadsTo: number[]] {
  return [
    listeners.map(({ address }) => address.port),
    clusters.flatMap(({ endpoints }) => endpoints.map(({ address }) => address.port)),
  ];
}

for (const envoy of [false, true]) {
  const form = envoy ? "Envoy's" : "the native";
  Deno.test(`The four proxies load from ${form} form and stand on their ports`, async () => {
    const certs = await makeCerts();
    const ports = await Promise.all(
      PROXIES.map(async (proxy) => portsOf((await loadProxy(proxy, { envoy, certs })).config)),
    );
    assertEquals(ports, [
      [[10_000], [10_080]],
      [[10_001], [10_443]],
      [[10_002], [10_443]],
      [[10_003], [10_443]],
    ]);
  });
}

Deno.test("Another base port moves listeners and endpoints, and takes the admin away", async () => {
  const certs = await makeCerts();
  const { config } = await loadProxy(PROXIES[1], { envoy: false, certs });
  const withAdmin = { ...config, admin: { host: "127.0.0.1", port: 9901 } };
  const moved = movePorts(withAdmin, listenerPorts(20_000, 4), servicePorts(20_080, 20_443));
  assertEquals([portsOf(moved), moved.admin], [[[20_001], [20_443]], null]);
  assertEquals(portsOf(config), [[10_001], [10_443]], "the one that was given is not changed");
});

Deno.test("Base port 0 asks for any free port", () => {
  assertEquals([...listenerPorts(0, 2)], [[10_000, 0], [10_001, 0]]);
});

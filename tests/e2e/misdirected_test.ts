/**
 * Clients that ask for one name in TLS and for another in HTTP.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { Authority } from "./authority.ts";
import { curl } from "./curl.ts";
import { e2e } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

e2e(
  "A name that asks for client certificates is not to be had through one that doesn't",
  async (scene) => {
    const authority = await Authority.create("sites");
    await authority.write(scene, "strict", { names: ["strict.test"] });
    await authority.write(scene, "lax", { names: ["lax.test", "other.test"] });
    await authority.write(scene, "client", { names: ["client.test"] });
    await scene.write("ca.pem", authority.pem);
    const { port } = scene.own(httpUpstream(() => new Response("served")));
    const program = await scene.serve(`
listeners:
  edge:
    address: 127.0.0.1:0
    tls:
      - host: strict.test
        certificates: [{ cert: strict.pem, key: strict-key.pem }]
        client_certificates: { ca: ca.pem }
      - host: lax.test
        certificates: [{ cert: lax.pem, key: lax-key.pem }]
      - certificates: [{ cert: lax.pem, key: lax-key.pem }]
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`);
    const edge = program.port("edge");
    const ask = async (name: string, host: string, ...more: string[]) => {
      const at = `${name}:${edge}`;
      const resolve = ["--resolve", `${at}:127.0.0.1`, "--cacert", scene.path("ca.pem")];
      return (await curl(...resolve, "-H", `Host: ${host}`, ...more, `https://${at}/`)).status;
    };
    const shown = ["--cert", scene.path("client.pem"), "--key", scene.path("client-key.pem")];
    assertEquals(await ask("lax.test", "lax.test"), 200);
    assertEquals(await ask("lax.test", "unknown.test"), 200);
    assertEquals(await ask("strict.test", "strict.test", ...shown), 200);
    for (const host of ["strict.test", "STRICT.test", `strict.test:${edge}`]) {
      assertEquals(await ask("lax.test", host), 421, host);
      assertEquals(await ask("other.test", host), 421, host);
    }
    await program.says("stderr", /info request refused .*code=misdirected/);
    await program.says("stdout", /"GET \/ HTTP\/1\.1" 421 - /);
  },
  { needs: ["curl"] },
);

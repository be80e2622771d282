/**
 * Authorities, and the certificate that upstreams are shown, which change on disk while the program
 * serves.
 *
 * @module
 */

import tls from "node:tls";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { Authority } from "./authority.ts";
import { issuePair, renamePair, saysReplaced, serialOf, writePair } from "./rotation.ts";
import { e2e, type Scene } from "./scene.ts";
import { visit } from "./shown_certificate.ts";
import { httpUpstream } from "./upstream.ts";

/** An upstream that wants a client's certificate, and notes the serials of those that it got. */
async function startUpstream(
  scene: Scene,
  { cert, key, clientCa }: { cert: string; key: string; clientCa: string },
): Promise<{ readonly port: number; readonly serials: readonly string[] }> {
  const serials: string[] = [];
  const options = { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = tls.createServer(options, (socket) => {
    serials.push(serialOf(socket.getPeerCertificate().serialNumber));
    socket.on("error", () => {});
    socket.on("data", () => {
      socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfine");
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scene.own({
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  });
  const { port } = server.address() as { port: number };
  return { port, serials };
}

e2e("The CA and the client's certificate towards an upstream rotate as well", async (scene) => {
  const [wrong, right, clients] = await Promise.all(["wrong", "right", "clients"].map((name) => {
    return Authority.create(name);
  }));
  const upstream = await startUpstream(scene, {
    ...await issuePair(right),
    clientCa: clients.pem,
  });
  const first = await issuePair(clients, { names: ["first.test"] });
  await writePair(scene, "client", first);
  await scene.write("upstream-ca.pem", wrong.pem);
  const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters:
  app:
    endpoints: ["127.0.0.1:${upstream.port}"]
    tls:
      ca: upstream-ca.pem
      server_name: localhost
      client_certificate: { cert: client.pem, key: client-key.pem }
`);
  const ask = async () => (await fetch(`http://127.0.0.1:${program.port("web")}/`)).text();
  const before = await ask();
  assertMatch(before, "upstream connect error");
  assertEquals(upstream.serials, []);
  await scene.write("upstream-ca.pem", right.pem);
  await saysReplaced(program, "cluster app");
  assertEquals(await ask(), "fine");
  const next = await issuePair(clients, { names: ["next.test"] });
  await renamePair(scene, "client", next);
  await saysReplaced(program, "cluster app", 2);
  assertEquals(await ask(), "fine");
  assertEquals(upstream.serials, [first.serial, next.serial]);
});

e2e(
  "The CA of the clients rotates: the old one's are refused, the new one's taken",
  async (scene) => {
    const [old, fresh, servers] = await Promise.all(["old", "fresh", "servers"].map((name) => {
      return Authority.create(name);
    }));
    await writePair(scene, "web", await issuePair(servers));
    await scene.write("clients.pem", old.pem);
    const { port: upstreamPort } = scene.own(httpUpstream(() => new Response("fine")));
    const program = await scene.serve(`
listeners:
  web:
    address: 127.0.0.1:0
    tls:
      certificates: [{ cert: web.pem, key: web-key.pem }]
      client_certificates: { ca: clients.pem }
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${upstreamPort}"] } }
`);
    const port = program.port("web");
    const [before, after] = [
      await issuePair(old, { names: ["client.test"] }),
      await issuePair(fresh, { names: ["client.test"] }),
    ];
    assertMatch((await visit(port, servers.pem, before)).response, /^HTTP\/1\.1 200 /);
    await assertRejects(() => visit(port, servers.pem, after), Error);
    await scene.write("clients.pem", fresh.pem);
    await saysReplaced(program, "listener web");
    assertMatch((await visit(port, servers.pem, after)).response, /^HTTP\/1\.1 200 /);
    await assertRejects(() => visit(port, servers.pem, before), Error);
  },
);

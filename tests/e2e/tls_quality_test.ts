/**
 * A default listener as testssl.sh judges it.
 *
 * @module
 */

import { assert, assertEquals } from "../assert.ts";
import { within } from "./deadline.ts";
import { BINARY } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

/** It takes 35 s on an idle machine of two cores. */
const SCAN_MS = 170_000;

const CHECKS = [
  ...["--protocols", "--std", "--pfs", "--server-preference", "--server-defaults"],
  "--vulnerable",
];

/** One line of its report. */
interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** From the worst that is put up with on. */
const TOLERATED = ["DEBUG", "INFO", "OK", "LOW"];

/** What is said of the local CA's certificate, and not of the listener. */
const OF_LOCAL_CERTIFICATES: ReadonlySet<string> = new Set([
  "cert_trust", // It is asked for by address: without DNS it knows no names.
  "cert_chain_of_trust",
  "cert_revocation",
]);

/**
 * Deno's TLS takes the client's order and can't be told otherwise. All that it offers is AEAD with
 * forward secrecy, so that any order is as good.
 */
const OF_DENO: ReadonlySet<string> = new Set(["cipher_order"]);

async function scan(scene: Scene, port: number): Promise<Finding[]> {
  const report = scene.path("report.json");
  const program = scene.spawn([
    ...["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"],
    ...["--add-ca", scene.path("ca.pem"), "--jsonfile", report, ...CHECKS, `127.0.0.1:${port}`],
  ], { peer: "testssl" });
  await within(SCAN_MS, program.ended(SCAN_MS), "testssl.sh's end");
  return JSON.parse(await Deno.readTextFile(report));
}

e2e("testssl.sh finds nothing above LOW on a default listener", async (scene) => {
  await scene.writeCertificates();
  const upstream = scene.own(httpUpstream(() => new Response("fine")));
  const program = await scene.serve(`
listeners:
  web:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`);
  const findings = await scan(scene, program.port("web"));
  const offered = findings.filter(({ id }) => id === "TLS1_2" || id === "TLS1_3");
  assertEquals(offered.map(({ severity }) => severity), ["OK", "OK"], "the scan went wrong");
  assert(findings.some(({ id }) => id === "LUCKY13"), "the scan ended before its end");
  const bad = findings.filter(({ id, severity }) =>
    !TOLERATED.includes(severity) && !OF_LOCAL_CERTIFICATES.has(id) &&
    !(BINARY === null && OF_DENO.has(id))
  );
  assertEquals(bad, []);
}, { needs: ["testssl"], ms: SCAN_MS });

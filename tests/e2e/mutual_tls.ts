/**
 * What the tests of mutual TLS share: certificates of clients, good and bad, and Envoy's words.
 *
 * @module
 */

import { Authority, span } from "./authority.ts";
import type { Fields } from "./envoy_config.ts";
import type { Scene } from "./scene.ts";

const CLIENT_NAMES = ["client.test", "spiffe://test/client", "me@client.test", "10.9.8.7"];

/** Writes `ca.pem`, the server's certificate as `localhost.pem`, and those of many clients. */
export async function writeAll(scene: Scene): Promise<void> {
  const ca = await Authority.create("all");
  const between = await Authority.create("between", ca);
  await scene.write("ca.pem", ca.pem);
  await ca.write(scene, "localhost", { names: ["localhost", "spiffe://test/proxy"] });
  const names = CLIENT_NAMES;
  await ca.write(scene, "good", { names });
  await ca.write(scene, "wild", { names: ["*.wild.test"] });
  await ca.write(scene, "expired", { names, ...span(-30, -1) });
  await ca.write(scene, "early", { names, ...span(1, 30) });
  await ca.write(scene, "for-servers", { names, usages: ["1.3.6.1.5.5.7.3.1"] });
  await between.write(scene, "chained", { names }, between.pem);
  await between.write(scene, "unchained", { names });
  const other = await Authority.create("other");
  await other.write(scene, "stranger", { names });
}

/** An Envoy `DownstreamTlsContext` that asks for a certificate; `validation` is more of its context. */
export function mutual(required: boolean, validation: Fields = {}): Fields {
  return {
    require_client_certificate: required,
    common_tls_context: {
      tls_certificates: [{
        certificate_chain: { filename: "localhost.pem" },
        private_key: { filename: "localhost-key.pem" },
      }],
      validation_context: { trusted_ca: { filename: "ca.pem" }, ...validation },
    },
  };
}

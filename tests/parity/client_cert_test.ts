/**
 * What genkan and a real Envoy make of a client's certificate: the cases of `x-forwarded-client-cert`
 * and of the names that are asked for.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { within } from "../e2e/deadline.ts";
import { bootstrap, cluster, httpTo, listener } from "../e2e/envoy_config.ts";
import { e2e, type Scene } from "../e2e/scene.ts";
import { CLIENT_CERT_CASES, type ClientCertCase, DETAILS } from "../proxy/client_cert_cases.ts";
import { filled } from "../proxy/client_cert_told.ts";
import { connectTls } from "../server/tls_wire.ts";
import { showRequest, Upstream } from "../server/upstream.ts";
import { isReset, type Wire } from "../server/wire.ts";
import { type Certified, certified } from "../tls/client_certificates.ts";
import { SAN_CASES } from "../tls/san_cases.ts";
import { type Proxy, startEnvoy, startGenkan } from "./proxies.ts";

const ANSWER_MS = 5000;
const ADMIN = { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } };

/** Fields of a `common_tls_context` that asks for a certificate; `more` are of its validation. */
function mutual(certified: Certified, proxy: "proxy" | "bareProxy", more: { sans?: Sans } = {}) {
  const { chain, key } = certified[proxy];
  const { sans = [] } = more;
  return {
    tls_certificates: [{
      certificate_chain: { inline_string: chain },
      private_key: { inline_string: key },
    }],
    validation_context: {
      trusted_ca: { inline_string: certified.ca },
      ...(sans.length === 0 ? {} : { match_typed_subject_alt_names: sans }),
    },
  };
}

type Sans = readonly { san_type: string; matcher: { exact: string } }[];

const SAN_TYPES = { dns: "DNS", uri: "URI", email: "EMAIL", ip: "IP_ADDRESS" } as const;

function listenerOf({ mode, details, proxy }: ClientCertCase): string {
  return [mode, details, proxy].join(" ");
}

/** The fields that the upstream gets. */
async function ask(wire: Wire, sent: readonly string[]): Promise<string[]> {
  const fields = sent.map((value) => `x-forwarded-client-cert: ${value}\r\n`).join("");
  await wire.send(`GET / HTTP/1.1\r\nhost: a.test\r\n${fields}\r\n`);
  const { text } = await wire.response();
  const headers: [string, string][] = JSON.parse(text).fields;
  return headers.filter(([name]) => name === "x-forwarded-client-cert").map(([, value]) => value);
}

e2e("Upstreams are told of a client's certificate as with Envoy, but where told", async (scene) => {
  const all = await certified();
  const upstream = scene.own(Upstream.answering(showRequest));
  const listeners = new Map(CLIENT_CERT_CASES.map((each) => {
    const filter = httpTo("app", {
      forward_client_cert_details: each.mode.toUpperCase(),
      set_current_client_cert_details: DETAILS[each.details],
    });
    const name = listenerOf(each);
    return [name, listener(name, filter, mutual(all, each.proxy))];
  }));
  for (const proxy of await startBoth(scene, [...listeners.values()], upstream.port)) {
    const found: unknown[] = [], expected: unknown[] = [];
    for (const each of CLIENT_CERT_CASES) {
      const { sent, client } = each;
      const told = proxy.name === "genkan" ? each.genkan ?? each.told : each.told;
      const shows = client === null ? null : all.clients[client];
      using wire = await connectTls(proxy.port(listenerOf(each)), { ca: all.ca, client: shows });
      const name = `${proxy.name}: ${listenerOf(each)}, ${client}, ${JSON.stringify(sent)}`;
      found.push([name, ...await within(ANSWER_MS, ask(wire, sent), name)]);
      const value = told === null || shows === null ? told : await filled(told, shows);
      expected.push([name, ...(value === null ? [] : [value])]);
    }
    assertEquals(found, expected);
  }
}, { needs: ["envoy", "openssl"] });

e2e("Clients are let in by the names that Envoy lets in, but where told", async (scene) => {
  const all = await certified();
  const upstream = scene.own(Upstream.answering(showRequest));
  const listeners = SAN_CASES.map(({ sans }, at) =>
    listener(
      `${at}`,
      httpTo("app"),
      mutual(all, "proxy", {
        sans: sans.map(({ kind, value }) => ({
          san_type: SAN_TYPES[kind],
          matcher: { exact: value },
        })),
      }),
    )
  );
  for (const proxy of await startBoth(scene, listeners, upstream.port)) {
    const found: unknown[] = [], expected: unknown[] = [];
    for (const [at, { sans, client, matches, why }] of SAN_CASES.entries()) {
      const name = `${proxy.name}: ${JSON.stringify(sans)}, ${client}`;
      using wire = await connectTls(proxy.port(`${at}`), {
        ca: all.ca,
        client: all.clients[client],
      });
      const asked = ask(wire, []).then(() => true, refused);
      found.push([name, await within(ANSWER_MS, asked, name)]);
      const isOtherwise = proxy.name === "genkan" && why !== undefined;
      expected.push([name, isOtherwise ? !matches : matches]);
    }
    assertEquals(found, expected);
  }
}, { needs: ["envoy", "openssl"] });

async function startBoth(
  scene: Scene,
  listeners: Parameters<typeof bootstrap>[0],
  port: number,
): Promise<Proxy[]> {
  const config = JSON.parse(bootstrap(listeners, [cluster("app", port)]));
  const file = await scene.write("both.json", JSON.stringify({ admin: ADMIN, ...config }));
  return [await startEnvoy(scene, file), await startGenkan(scene, file)];
}

/**
 * In TLS 1.3 a client learns by its first read that it isn't let in: Envoy says so with an alert,
 * genkan, which looks at the names behind the handshake, by closing.
 */
function refused(error: unknown): false {
  const isEnd = /fatal alert: CertificateUnknown|the connection ended|without sending TLS close/;
  if (isReset(error) || isEnd.test(String(error))) return false;
  throw error;
}

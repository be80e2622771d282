import fc from "fast-check";
import { HeaderMap } from "../../src/http/mod.ts";
import {
  type ClientCertificate,
  NO_CLIENT_CERTIFICATE,
  readClientCertificate,
} from "../../src/proxy/client_certificate.ts";
import { clientCertElement } from "../../src/proxy/client_cert_header.ts";
import { forwardRequest } from "../../src/proxy/forward_request.ts";
import { parsePem } from "../../src/tls/pem.ts";
import { readPeerCertificate } from "../../src/tls/peer_certificate.ts";
import { assertEquals } from "../assert.ts";
import { certified, PROXY_URIS } from "../tls/client_certificates.ts";
import { peerTest } from "../tls/fixtures.ts";
import { CLIENT_CERT_CASES, type ClientCertCase, DETAILS } from "./client_cert_cases.ts";
import { filled } from "./client_cert_told.ts";

const NAME = "x-forwarded-client-cert";

/** The fields that the upstream gets. */
function told(
  { mode, sent }: Pick<ClientCertCase, "mode" | "sent">,
  client: ClientCertificate,
  nominated: readonly string[] = [],
): string[] {
  const fields = sent.map((value) => [NAME, value] as const);
  const { headers } = forwardRequest({
    method: "GET",
    target: "/",
    path: "/",
    authority: "a.test",
    minorVersion: 1,
    headers: HeaderMap.of(["host", "a.test"], ...fields),
    framing: { kind: "none" },
  }, {
    mode: "keep",
    clientCert: mode,
    downstream: { peer: "192.0.2.7", tls: true, client },
    timeoutMs: 0,
    path: null,
    nominated,
    upgrade: null,
    hops: 0,
    newId: () => "id",
  });
  return headers.getAll(NAME);
}

peerTest(
  "openssl",
  "An upstream is told of a client's certificate what Envoy tells it",
  async () => {
    const { clients } = await certified();
    for (const each of CLIENT_CERT_CASES) {
      const shown = each.client === null ? null : clients[each.client];
      const client = shown === null ? NO_CLIENT_CERTIFICATE : await readClientCertificate(
        shown.ders,
        {
          config: { clientCertHeader: { mode: each.mode, details: DETAILS[each.details] } },
          ownUris: each.proxy === "proxy" ? PROXY_URIS : [],
        },
      );
      const expected = each.genkan ?? each.told;
      const value = expected === null || shown === null ? expected : await filled(expected, shown);
      const name = `${each.mode} ${each.details} ${each.client} ${JSON.stringify(each.sent)}`;
      assertEquals(told(each, client), value === null ? [] : [value], name);
    }
  },
);

Deno.test("What a client nominates for the hop alone isn't forwarded in any mode", () => {
  for (const mode of ["forward_only", "append_forward", "always_forward_only"] as const) {
    assertEquals(told({ mode, sent: ["Hash=00"] }, NO_CLIENT_CERTIFICATE, [NAME]), []);
  }
});

peerTest("openssl", "The root isn't told of, whether it was sent or not", async () => {
  const { ca, clients: { plain: { ders } } } = await certified();
  const [root] = parsePem(ca, "root").map(({ der }) => der);
  const leaf = readPeerCertificate(ders[0]);
  const options = { details: DETAILS.all, ownUris: [] };
  const rooted = await clientCertElement(leaf, { chain: [...ders, root], ...options });
  assertEquals(rooted, await clientCertElement(leaf, { chain: ders, ...options }));
  const alone = await clientCertElement(readPeerCertificate(root), { chain: [root], ...options });
  assertEquals(alone.split("BEGIN%20CERTIFICATE").length, 3);
});

/** Takes an element apart as Envoy's documentation tells: a quote hides what stands in it. */
function pairsOf(element: string): string[] {
  return [...element.matchAll(/(?:[^;,"]|"(?:[^"\\]|\\.)*")+/g)].map(([pair]) => pair);
}

peerTest(
  "openssl",
  "Whatever its names are, a certificate is told of in one element, and each name is one pair",
  async () => {
    const leaf = readPeerCertificate((await certified()).clients.plain.ders[0]);
    const names = fc.array(
      fc.string({ unit: fc.constantFrom(...'ab,;="\\ :'), minLength: 1 }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(fc.asyncProperty(names, names, async (uris, dnsNames) => {
      const element = await clientCertElement({ ...leaf, uris, dnsNames }, {
        chain: [leaf.der],
        details: DETAILS.names,
        ownUris: [],
      });
      const pairs = pairsOf(element);
      assertEquals(pairs.join(";"), element);
      const values = (key: string) =>
        pairs.filter((pair) => pair.startsWith(key)).map((pair) => {
          const value = pair.slice(key.length);
          return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
        });
      assertEquals([values("URI="), values("DNS=")], [uris, dnsNames]);
      assertEquals(pairs.length, 2 + uris.length + dnsNames.length);
    }));
  },
);

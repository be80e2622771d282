/**
 * What an upstream gets in `x-forwarded-client-cert`, as a real Envoy was seen to write it.
 *
 * @module
 */

import type { ClientCertHeaderConfig } from "../../src/config/model.ts";
import type { Difference } from "../parity/differences.ts";
import type { ClientName } from "../tls/client_certificates.ts";

type Mode = ClientCertHeaderConfig["mode"];

/** What is told beside hash and own URIs. */
export const DETAILS = {
  none: { subject: false, cert: false, chain: false, dns: false, uri: false },
  names: { subject: true, cert: false, chain: false, dns: true, uri: true },
  all: { subject: true, cert: true, chain: true, dns: true, uri: true },
} as const;

/** A request and what becomes of it. */
export interface ClientCertCase {
  readonly mode: Mode;
  readonly details: keyof typeof DETAILS;
  /** What the proxy calls itself: with two URIs, or with none. */
  readonly proxy: "proxy" | "bareProxy";
  /** Who sends it; null for a client that shows no certificate. */
  readonly client: ClientName | null;
  /** The fields that it sends. */
  readonly sent: readonly string[];
  /**
   * The field that the upstream gets; null for none. `{hash}`, `{cert}` and `{chain}` stand for what
   * is another with each certificate.
   */
  readonly told: string | null;
  /** What genkan tells instead, where it differs, and why. */
  readonly genkan?: string;
  readonly why?: Difference;
}

const ONE = ["By=a;Hash=b"], TWO = ["x", "y"], EMPTY = [""];
const BY = "By=spiffe://a.test/proxy;By=spiffe://a.test/second;";
const OWN = `${BY}Hash={hash}`;

/** All of them. */
export const CLIENT_CERT_CASES: readonly ClientCertCase[] = [
  // Without a certificate.
  ...sends("sanitize", null, { none: null, one: null, two: null, empty: null }),
  ...sends("forward_only", null, { none: null, one: null, two: null, empty: null }),
  ...sends("append_forward", null, { none: null, one: null, two: null, empty: null }),
  ...sends("sanitize_set", null, { none: null, one: null, two: null, empty: null }),
  ...sends("always_forward_only", null, { none: null, one: ONE[0], two: "x,y", empty: "" }),
  // With one.
  ...sends("sanitize", "plain", { none: null, one: null, two: null, empty: null }),
  ...sends("forward_only", "plain", { none: null, one: ONE[0], two: "x,y", empty: "" }),
  ...sends("append_forward", "plain", {
    none: OWN,
    one: `${ONE[0]},${OWN}`,
    two: `x,y,${OWN}`,
    empty: OWN,
  }),
  ...sends("sanitize_set", "plain", { none: OWN, one: OWN, two: OWN, empty: OWN }),
  ...sends("always_forward_only", "plain", { none: null, one: ONE[0], two: "x,y", empty: "" }),
  // What is told of it.
  tells("none", "many", "{by}Hash={hash}"),
  tells("names", "plain", '{by}Hash={hash};Subject="CN=app,O=Acme";URI='),
  tells(
    "names",
    "many",
    '{by}Hash={hash};Subject="CN=\\#x \\<y\\> \\\\ \\+ \\C3\\A9 \\E7\\8E\\84\\E9\\96\\A2\\ ,' +
      'OU=a \\"quoted\\" one\\;b,O=Acme\\, Inc.,C=JP";' +
      "URI=spiffe://a.test/one;URI=https://a.test/two?x=y;DNS=a.test;DNS=*.b.test",
  ),
  tells("names", "nameless", '{by}Hash={hash};Subject="";URI=;DNS=only.test'),
  tells(
    "names",
    "attributes",
    '{by}Hash={hash};Subject="CN=all,UID=uid,DC=test,unstructuredName=un,' +
      "emailAddress=me@a.test,pseudonym=ps,businessCategory=Private,description=de,name=nn," +
      "serialNumber=77,dnQualifier=dq,generationQualifier=III,initials=GS,GN=Given,SN=Sur,title=Dr," +
      "OU=one,O=Acme,postalCode=100,street=1 Main,L=Chuo,ST=Tokyo,C=JP," +
      '1.3.6.1.4.1.311.60.2.1.3=#13024A50";URI=',
  ),
  tells(
    "all",
    "plain",
    '{by}Hash={hash};Cert="{cert}";Chain="{chain}";Subject="CN=app,O=Acme";URI=',
  ),
  {
    ...tells(
      "names",
      "odd",
      '{by}Hash={hash};Subject="CN=odd";URI=spiffe://x/a,By=evil;URI=urn:b;URI=evil;' +
        'URI=urn:c"\\d;URI=urn:e=f;DNS=a,b.test',
    ),
    why: "quoted names",
    genkan: `${OWN};Subject="CN=odd";` +
      'URI="spiffe://x/a,By=evil";URI="urn:b;URI=evil";URI="urn:c\\"\\\\d";URI=urn:e=f;DNS="a,b.test"',
  },
  {
    mode: "sanitize_set",
    details: "names",
    proxy: "bareProxy",
    client: "plain",
    sent: [],
    told: 'Hash={hash};Subject="CN=app,O=Acme";URI=',
  },
];

/** What becomes of each way to send the field, or none. */
function sends(
  mode: Mode,
  client: ClientName | null,
  told: Readonly<Record<"none" | "one" | "two" | "empty", string | null>>,
): ClientCertCase[] {
  const base = { mode, client, details: "none", proxy: "proxy" } as const;
  return [
    { ...base, sent: [], told: told.none },
    { ...base, sent: ONE, told: told.one },
    { ...base, sent: TWO, told: told.two },
    { ...base, sent: EMPTY, told: told.empty },
  ];
}

function tells(
  details: keyof typeof DETAILS,
  client: ClientName,
  told: string,
): ClientCertCase {
  return {
    mode: "sanitize_set",
    details,
    proxy: "proxy",
    client,
    sent: [],
    told: told.replace("{by}", BY),
  };
}

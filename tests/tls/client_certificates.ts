/**
 * Certificates of clients, with names of every sort, made by OpenSSL: a root, an intermediate below
 * it that issues to the clients, and a proxy's own.
 *
 * @module
 */

import { parsePem } from "../../src/tls/pem.ts";
import { openssl, withFolder } from "./fixtures.ts";

/** A certificate with what leads to the root, and its key. */
export interface CertifiedClient {
  /** The leaf and the intermediate, PEM. */
  readonly chain: string;
  /** The key, PEM. */
  readonly key: string;
  /** The chain's certificates, DER, leaf first. */
  readonly ders: readonly Uint8Array[];
}

/** Everyone that the tests know. */
export interface Certified {
  /** The root, PEM. */
  readonly ca: string;
  /** By the name in `SUBJECTS`. */
  readonly clients: Readonly<Record<ClientName, CertifiedClient>>;
  /** A server called `localhost`, with two URIs. */
  readonly proxy: CertifiedClient;
  /** A server called `localhost`, without. */
  readonly bareProxy: CertifiedClient;
}

/** The URIs of `proxy`. */
export const PROXY_URIS: readonly string[] = ["spiffe://a.test/proxy", "spiffe://a.test/second"];

/** The clients: subjects as OpenSSL's `-subj` takes them, names as its configuration does. */
const SUBJECTS = {
  /** No alternative names. */
  plain: { subject: "/O=Acme/CN=app", names: [] },
  /** Several names of each kind, and what has to be escaped in a subject. */
  many: {
    subject: '/C=JP/O=Acme, Inc./OU=a "quoted" one;b/CN=#x <y> \\\\ \\+ é 玄関 ',
    names: [
      ["URI", "spiffe://a.test/one"],
      ["URI", "https://a.test/two?x=y"],
      ["DNS", "a.test"],
      ["DNS", "*.b.test"],
      ["email", "me@a.test"],
      ["IP", "10.0.0.1"],
      ["IP", "fd00::1"],
    ],
  },
  /** No subject. */
  nameless: { subject: "/", names: [["DNS", "only.test"]] },
  /** Every attribute that has a name of its own, and one that has none in BoringSSL. */
  attributes: {
    subject: "/jurisdictionC=JP/C=JP/ST=Tokyo/L=Chuo/street=1 Main/postalCode=100/O=Acme/OU=one" +
      "/title=Dr/SN=Sur/GN=Given/initials=GS/generationQualifier=III/dnQualifier=dq" +
      "/serialNumber=77/name=nn/description=de/businessCategory=Private/pseudonym=ps" +
      "/emailAddress=me@a.test/unstructuredName=un/DC=test/UID=uid/CN=all",
    names: [],
  },
  /** Stars, one of them within a label. */
  starred: { subject: "/CN=starred", names: [["DNS", "f*.c.test"], ["DNS", "*.test"]] },
  /** Names that look like several pairs of a header. */
  odd: {
    subject: "/CN=odd",
    names: [
      ["URI", "spiffe://x/a,By=evil"],
      ["URI", "urn:b;URI=evil"],
      ["URI", 'urn:c\\"\\\\d'],
      ["URI", "urn:e=f"],
      ["DNS", "a,b.test"],
    ],
  },
} as const;

/** A client that the tests know. */
export type ClientName = keyof typeof SUBJECTS;

/** Their names. */
export const CLIENT_NAMES = Object.keys(SUBJECTS) as ClientName[];

interface Wanted {
  readonly subject: string;
  readonly names: readonly (readonly [kind: string, value: string])[];
}

let made: Promise<Certified> | null = null;

/** Makes them, once for each file of tests. */
export function certified(): Promise<Certified> {
  return made ??= make();
}

async function make(): Promise<Certified> {
  let certified: Certified | null = null;
  await withFolder(async (folder) => {
    const issue = (name: string, wanted: Wanted, issuer: string | null) =>
      certify(`${folder}/${name}`, wanted, issuer === null ? null : `${folder}/${issuer}`);
    const root = await issue("root", { subject: "/CN=root", names: [] }, null);
    const between = await issue("between", { subject: "/CN=between", names: [] }, "root");
    const leaf = async (name: string, wanted: Wanted) => {
      const { cert, key } = await issue(name, wanted, "between");
      const chain = cert + between.cert;
      return { chain, key, ders: parsePem(chain, "chain").map(({ der }) => der) };
    };
    const clients = {} as Record<ClientName, CertifiedClient>;
    for (const name of CLIENT_NAMES) clients[name] = await leaf(name, SUBJECTS[name]);
    const localhost = ["DNS", "localhost"] as const;
    const uris = PROXY_URIS.map((uri) => ["URI", uri] as const);
    certified = {
      ca: root.cert,
      clients,
      proxy: await leaf("proxy", { subject: "/CN=proxy", names: [localhost, ...uris] }),
      bareProxy: await leaf("bare", { subject: "/CN=proxy", names: [localhost] }),
    };
  });
  return certified!;
}

/** Makes `path.pem` and `path-key.pem`. */
async function certify(
  path: string,
  { subject, names }: Wanted,
  issuer: string | null,
): Promise<{ cert: string; key: string }> {
  const isCa = /\/(root|between)$/.test(path);
  const alternatives = names.length === 0 ? "" : "subjectAltName=@names";
  await Deno.writeTextFile(
    `${path}.cnf`,
    [
      "[req]\ndistinguished_name=subject\nx509_extensions=extensions\n[subject]\n[extensions]",
      `basicConstraints=critical,CA:${isCa ? "TRUE" : "FALSE"}`,
      alternatives,
      "[names]",
      ...names.map(([kind, value], at) => `${kind}.${at}=${value}`),
      "",
    ].join("\n"),
  );
  await openssl([
    ...["req", "-x509", "-config", `${path}.cnf`, "-days", "2", "-utf8", "-subj", subject],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", `${path}-key.pem`, "-out", `${path}.pem`],
    ...(issuer === null ? [] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}-key.pem`]),
  ]);
  const [cert, key] = await Promise.all(
    ["", "-key"].map((end) => Deno.readTextFile(`${path}${end}.pem`)),
  );
  return { cert, key };
}

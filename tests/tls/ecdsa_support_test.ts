/**
 * Which clients take a certificate with an ECDSA key.
 *
 * @module
 */

import type { ClientHello } from "../../src/tls/client_hello.ts";
import { ClientHelloReader } from "../../src/tls/client_hello_reader.ts";
import { takesEcdsa } from "../../src/tls/ecdsa_support.ts";
import { assert, assertEquals } from "../assert.ts";
import { REAL_HELLOS } from "./hellos.ts";

/** A client of TLS 1.3 and 1.2 that takes P-256. */
const CLIENT: ClientHello = {
  serverName: null,
  alpn: [],
  versions: ["TLSv1.3", "TLSv1.2"],
  cipherSuites: [0x1301, 0xc02b, 0xc02f],
  signatureAlgorithms: [0x0403, 0x0804],
  groups: [0x001d, 0x0017],
};

Deno.test("In TLS 1.3 the signature's code point tells the curve, and nothing else counts", () => {
  const client = { ...CLIENT, cipherSuites: [0x1301], groups: [0x001d] };
  assert(takesEcdsa(client, "P-256", "TLSv1.3"));
  assert(!takesEcdsa(client, "P-384", "TLSv1.3"));
  assert(!takesEcdsa({ ...client, signatureAlgorithms: [0x0804] }, "P-256", "TLSv1.3"));
  assert(takesEcdsa({ ...client, signatureAlgorithms: [0x0603] }, "P-521", "TLSv1.3"));
});

Deno.test("In TLS 1.2 it takes the curve, a signature with ECDSA and a suite with ECDSA", () => {
  for (const [versions, max] of [[["TLSv1.2"], "TLSv1.3"], [CLIENT.versions, "TLSv1.2"]] as const) {
    const client = { ...CLIENT, versions };
    assert(takesEcdsa(client, "P-256", max));
    assert(!takesEcdsa(client, "P-384", max));
    assert(takesEcdsa({ ...client, groups: [0x0018] }, "P-384", max));
    assert(!takesEcdsa({ ...client, signatureAlgorithms: [0x0804, 0x0203] }, "P-256", max));
    assert(!takesEcdsa({ ...client, cipherSuites: [0x1301, 0xc02f] }, "P-256", max));
  }
});

Deno.test("Every real client takes P-256, in either version", () => {
  for (const [name, bytes] of REAL_HELLOS) {
    const hello = new ClientHelloReader().read(bytes);
    assert(typeof hello !== "symbol");
    for (const max of ["TLSv1.2", "TLSv1.3"] as const) {
      assertEquals(takesEcdsa(hello, "P-256", max), true, `${name}, ${max}`);
    }
  }
});

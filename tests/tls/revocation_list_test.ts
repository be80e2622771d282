import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { PemError } from "../../src/errors.ts";
import { encodePem } from "../../src/tls/pem.ts";
import { checkRevocationLists } from "../../src/tls/revocation_list.ts";
import { assertMatch, assertThrows } from "../assert.ts";
import { issued } from "./issued.ts";

async function revocationList(): Promise<Uint8Array> {
  const { pair } = await issued({ name: "CN=ca", isCa: true });
  const list = await x509.X509CrlGenerator.create({
    issuer: "CN=ca",
    thisUpdate: new Date(),
    signingKey: pair.privateKey,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    entries: [{ serialNumber: "01" }],
  });
  return new Uint8Array(list.rawData);
}

Deno.test("A whole revocation list is taken, and several in one file", async () => {
  const pem = encodePem("X509 CRL", await revocationList());
  checkRevocationLists(pem);
  checkRevocationLists(pem + pem);
});

Deno.test("A revocation list that was cut off anywhere is refused", async () => {
  const der = await revocationList();
  for (let size = 0; size < der.length; size++) {
    const pem = encodePem("X509 CRL", der.subarray(0, size));
    assertMatch(
      assertThrows(() => checkRevocationLists(pem), PemError).message,
      "Cannot read the revocation list",
    );
  }
  const pem = encodePem("X509 CRL", der);
  const half = pem.slice(0, pem.length / 2);
  assertMatch(assertThrows(() => checkRevocationLists(half), PemError).message, "without its END");
});

Deno.test("What is no revocation list is refused by what it is", async () => {
  const { certPem } = await issued({ name: "CN=a" });
  assertMatch(
    assertThrows(() => checkRevocationLists(certPem), PemError).message,
    "found CERTIFICATE",
  );
  assertMatch(
    assertThrows(() => checkRevocationLists("garbage"), PemError).message,
    "found no PEM block",
  );
});

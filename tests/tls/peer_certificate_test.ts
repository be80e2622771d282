import { PemError } from "../../src/errors.ts";
import { encodePem } from "../../src/tls/pem.ts";
import { fingerprint, readPeerCertificate } from "../../src/tls/peer_certificate.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { certified, CLIENT_NAMES } from "./client_certificates.ts";
import { openssl, peerTest } from "./fixtures.ts";

/** What OpenSSL says of a certificate, behind the equals sign of each line. */
async function described(der: Uint8Array, ...options: string[]): Promise<string[]> {
  const args = ["x509", "-noout", "-nameopt", "RFC2253", ...options];
  const text = await openssl(args, encodePem("CERTIFICATE", der));
  return text.trimEnd().split("\n").map((line) => line.slice(line.indexOf("=") + 1));
}

peerTest(
  "openssl",
  "A peer's certificate has the subject, issuer, serial and fingerprint that OpenSSL sees",
  async () => {
    const { clients } = await certified();
    for (const name of CLIENT_NAMES) {
      const [der] = clients[name].ders;
      const { subject, issuer, serialNumber } = readPeerCertificate(der);
      const options = ["-subject", "-issuer", "-serial", "-fingerprint", "-sha256"];
      const [openssls, issuers, serial, digest] = await described(der, ...options);
      // OpenSSL has a name for this one, and neither BoringSSL nor RFC 4514 has.
      const known = subject.replace("1.3.6.1.4.1.311.60.2.1.3=#13024A50", "jurisdictionC=JP");
      assertEquals([known, issuer], [openssls, issuers], name);
      assertEquals(serialNumber.toUpperCase().padStart(serial.length, "0"), serial, name);
      assertEquals(await fingerprint(der), digest.replaceAll(":", "").toLowerCase(), name);
    }
  },
);

peerTest(
  "openssl",
  "A peer's certificate has its alternative names by kind, in order",
  async () => {
    const { clients } = await certified();
    const { dnsNames, uris, emails, ipAddresses } = readPeerCertificate(clients.many.ders[0]);
    assertEquals(dnsNames, ["a.test", "*.b.test"]);
    assertEquals(uris, ["spiffe://a.test/one", "https://a.test/two?x=y"]);
    assertEquals(emails, ["me@a.test"]);
    assertEquals(ipAddresses, ["10.0.0.1", "fd00::1"]);
  },
);

peerTest("openssl", "A subject is ASCII, whatever it is in", async () => {
  const { clients } = await certified();
  assertEquals(
    readPeerCertificate(clients.many.ders[0]).subject,
    'CN=\\#x \\<y\\> \\\\ \\+ \\C3\\A9 \\E7\\8E\\84\\E9\\96\\A2\\ ,OU=a \\"quoted\\" one\\;b,O=Acme\\, Inc.,C=JP',
  );
  assertEquals(readPeerCertificate(clients.nameless.ders[0]).subject, "");
});

peerTest(
  "openssl",
  "A peer's certificate that breaks off, or is none, is a PemError at every length",
  async () => {
    const [der] = (await certified()).clients.plain.ders;
    for (let size = 0; size < der.length; size++) {
      assertThrows(() => readPeerCertificate(der.subarray(0, size)), PemError);
    }
  },
);

/**
 * A host with the files that the test configurations name: certificates made for this run, and some
 * that are no certificates. Nothing is read from the disk.
 *
 * @module
 */

import { FileError } from "../../src/errors.ts";
import type { ConfigHost } from "../../src/config/mod.ts";
import { createCa, issueCertificate } from "../../src/tls/mod.ts";

/** 1 May 2026, noon: the time that the test host tells. */
export const NOW = Date.UTC(2026, 4, 1, 12);

const DAY = 24 * 60 * 60 * 1000;

/** Text of files by their paths. */
export async function certificateFiles(): Promise<Map<string, string>> {
  const ca = await createCa({ name: "Test CA", now: NOW - 400 * DAY });
  const leaf = (now: number) => issueCertificate(ca, { names: ["app.test"], now, days: 30 });
  const [app, other, expired, early] = await Promise.all(
    [NOW, NOW, NOW - 100 * DAY, NOW + DAY].map(leaf),
  );
  const [second, client] = await Promise.all([
    issueCertificate(ca, { names: ["domain2.test", "*.api.test"], now: NOW, days: 30 }),
    issueCertificate(ca, { names: ["client.test"], now: NOW, days: 30, usage: "client" }),
  ]);
  return new Map([
    ["certs/ca.pem", ca.certPem],
    ["certs/app.pem", app.certPem],
    ["certs/app-key.pem", app.keyPem],
    ["/etc/genkan/app-key.pem", app.keyPem],
    ["certs/sandbox.pem", app.certPem],
    ["certs/sandbox-key.pem", app.keyPem],
    ["certs/other-key.pem", other.keyPem],
    ["certs/expired.pem", expired.certPem],
    ["certs/expired-key.pem", expired.keyPem],
    ["certs/early.pem", early.certPem],
    ["certs/early-key.pem", early.keyPem],
    ["certs/domain1.pem", app.certPem],
    ["certs/domain1-key.pem", app.keyPem],
    ["certs/domain2.pem", second.certPem],
    ["certs/domain2-key.pem", second.keyPem],
    ["certs/client.pem", client.certPem],
    ["certs/client-key.pem", client.keyPem],
    // The shape of one alone (RFC 5280 §5.1); what it revokes is the runtime's to judge.
    ["certs/crl.pem", "-----BEGIN X509 CRL-----\nMAcwADAAAwEA\n-----END X509 CRL-----\n"],
    ["certs/text.pem", "no certificate\n"],
  ]);
}

/** A host with these files at `NOW`, and a folder, an unreadable and a binary file beside them. */
export function hostOf(files: ReadonlyMap<string, string | Uint8Array>): ConfigHost {
  return {
    now: () => NOW,
    readFile(path) {
      const found = files.get(path);
      if (found !== undefined) {
        return Promise.resolve(typeof found === "string" ? new TextEncoder().encode(found) : found);
      }
      if (path === "certs") {
        return Promise.reject(new FileError("is_directory", path, "is a folder"));
      }
      if (path === "certs/secret-key.pem") {
        return Promise.reject(new FileError("permission", path, "permission denied"));
      }
      if (path === "certs/binary.pem") return Promise.resolve(Uint8Array.of(0x30, 0x82, 0xff));
      return Promise.reject(new FileError("not_found", path, "no such file"));
    },
  };
}

/** A host without files. */
export const NO_FILES: ConfigHost = hostOf(new Map());

/**
 * Upstreams that TLS failed with.
 *
 * @module
 */

import type { UpstreamTlsConfig } from "../../config/model.ts";
import type { Cases, Facts } from "./facts.ts";

/** By the failure's code. */
export const TLS_CASES: Cases = {
  upstream_not_tls: ({ configured, settings }) => ({
    title: `${configured} doesn't speak TLS`,
    cause: "genkan began a TLS handshake, and what came back is no TLS: most likely the server " +
      "speaks plain HTTP on this port.",
    fix: `If it does, ${settings.dropTls}. Otherwise correct the port in ${settings.endpoints}.`,
  }),

  tls_untrusted(facts) {
    const { configured, settings, failure } = facts;
    const self = /self.signed/.test(failure.cause ?? "");
    return {
      title: `The certificate of ${configured} is not trusted`,
      cause: self
        ? `It is signed by itself, and genkan trusts only ${trusted(facts)} here.`
        : `genkan trusts ${trusted(facts)} here, and the certificate leads to none of them.`,
      fix: self
        ? `If the certificate is the right one, trust it: ${settings.trustCa}.`
        : `If a CA of your own has issued it, ${settings.trustCa}. If a public one has, the server ` +
          "must send the intermediate certificates behind its own.",
    };
  },

  tls_expired: ({ configured }) => ({
    title: `The certificate of ${configured} has expired`,
    cause: "genkan connected, and the server showed a certificate whose time is over.",
    fix: "Renew the certificate and make the server load it. If it is good, correct this " +
      "machine's clock.",
  }),

  tls_not_yet_valid: ({ configured }) => ({
    title: `The certificate of ${configured} is not valid yet`,
    cause: "genkan connected, and the server showed a certificate whose time has not come.",
    fix: "Correct the clock of this machine, or of the one that the certificate was made on.",
  }),

  tls_wrong_name(facts) {
    const { configured, settings, failure } = facts;
    const names = certificateNames(failure.cause ?? "");
    const others = names.length === 0 ? "other names" : shortList(names);
    return {
      title: `The certificate of ${configured} is for another name`,
      cause: `genkan looked for ${expectedName(facts)}, and the certificate is for ${others}.`,
      fix:
        `If this is the right server, ${
          settings.serverName(names.find((name) => !name.includes("*")) ?? "NAME")
        }. Otherwise ` +
        `correct the address in ${settings.endpoints}.`,
    };
  },

  tls_version({ configured, cluster, settings }) {
    const ours = offeredVersions(cluster?.tls ?? null);
    return {
      title: `${configured} speaks other versions of TLS`,
      cause: `genkan offers ${ours} here, and the server takes none of it.`,
      fix: settings.tlsVersions === null
        ? "Let the server speak TLS 1.2 or 1.3."
        : `Let the server speak ${ours}, or change ${settings.tlsVersions}.`,
    };
  },

  tls_alpn({ configured, cluster, settings }) {
    const ours = cluster?.tls?.alpn.join(", ") ?? "";
    const change = settings.alpn === null ? "" : ` Or change ${settings.alpn}.`;
    return {
      title: `${configured} speaks another protocol`,
      cause: `genkan offers ${ours === "" ? "no protocol" : ours} by ALPN, and the server takes ` +
        "another one only, such as HTTP/2.",
      fix: `Let the server speak HTTP/1.1, too.${change}`,
    };
  },

  tls_client_certificate: ({ configured, settings }) => ({
    title: `${configured} asks for a client certificate`,
    cause: "The server speaks only to clients with a certificate, and genkan shows it none.",
    fix: "Let the server take connections without one, or write the address of a port that does " +
      `in ${settings.endpoints}.`,
  }),

  tls_failed: ({ configured, settings }) => ({
    title: `The TLS handshake with ${configured} failed`,
    cause: "The two have found no way to speak TLS with each other; the detail has the TLS " +
      "library's own words. A bare handshake failure means that they have no cipher in common, " +
      "that the server wants a client certificate, or that it doesn't know the name asked for.",
    fix: `See what \`openssl s_client -connect ${configured}\` says. If it is the name, ` +
      `${settings.serverName("NAME")}.`,
  }),
};

function trusted({ cluster }: Facts): string {
  const ca = cluster?.tls?.ca ?? null;
  if (ca === null) return "the public CAs";
  return ca.path === null ? "the CAs in the configuration" : `the CAs in ${ca.path}`;
}

function expectedName({ cluster, configured, addresses }: Facts): string {
  const tls = cluster?.tls ?? null;
  const name = tls?.verifyName ?? tls?.serverName ?? null;
  return name ?? (configured || addresses[0] || "").replace(/:\d+$/, "");
}

/** The names as Node and Bun list them: `DNS:a.test, IP Address:::1`. */
function certificateNames(said: string): string[] {
  return [...said.matchAll(/(?:DNS|IP Address):([^,\s)]+)/g)].map(([, name]) => name);
}

function shortList(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(", ")} …` : names.join(", ");
}

function offeredVersions(tls: UpstreamTlsConfig | null): string {
  const least = tls?.minVersion ?? "TLSv1.2", most = tls?.maxVersion ?? "TLSv1.3";
  const [low, high] = [least.slice("TLSv".length), most.slice("TLSv".length)];
  return low === high ? `TLS ${low}` : `TLS ${low} to ${high}`;
}

/**
 * Runs `genkan FROM TO…`: certificates for FROM, trust for TO, and then the server.
 *
 * @module
 */

import type { CertificateConfig, PemSource, UpstreamTlsConfig } from "../../config/model.ts";
import { ConnError } from "../../errors.ts";
import { isIpAddress, type Runtime } from "../../runtime/mod.ts";
import { type LocalCa, openLocalCa, openOrCreate, readCertificates } from "../../tls/mod.ts";
import { atMost } from "../../server/at_most.ts";
import { UsageError } from "../command.ts";
import type { FrontArguments } from "./mod.ts";
import {
  type FrontAddress,
  type FrontAddresses,
  isLocalhost,
  isLoopback,
  parseFrontAddresses,
  showUrl,
  speaksTls,
} from "./address.ts";
import { frontBanner } from "./banner.ts";
import { bindAddresses, certificateNames, frontConfig } from "./config.ts";
import { serve } from "../serve.ts";

/** The start doesn't wait for a slow resolver: it only decides on a hint. */
const RESOLVE_TIMEOUT_MS = 1_000;

/** Runs a front until it is told to stop, and gives the exit code. */
export async function startFront(runtime: Runtime, values: FrontArguments): Promise<number> {
  const addresses = parseFrontAddresses(values.from, values.to);
  const { from, to } = addresses;
  checkOptions(values, to[0]);
  const own = speaksTls(from.scheme) ? await certify(runtime, from) : null;
  const upstream = speaksTls(to[0].scheme) ? await trust(runtime, values, addresses) : null;
  const config = frontConfig(addresses, {
    listen: bindAddresses(from, await hasIpv6(runtime)),
    certificate: own?.certificate ?? null,
    upstreamTls: upstream?.tls ?? null,
    accessLog: !values.noAccessLog,
  });
  const resolves = await leadsHere(runtime, from.host);
  return await serve(runtime, config, {
    warnings: values.insecureSkipVerify
      ? [`--insecure-skip-verify: whoever answers at ${showUrl(to[0])} is believed`]
      : [],
    banner: (server) =>
      frontBanner({
        from: { ...from, port: server.listeners()[0].address.port },
        to,
        upstreamTrust: upstream?.words ?? null,
        caPath: own?.ca.certPath ?? null,
        caIsNew: own?.caIsNew ?? false,
        resolves,
      }),
  });
}

function checkOptions(values: FrontArguments, to: FrontAddress): void {
  const { ca, serverName, insecureSkipVerify } = values;
  const given = insecureSkipVerify
    ? "--insecure-skip-verify"
    : ca !== undefined
    ? "--ca"
    : serverName !== undefined
    ? "--server-name"
    : null;
  if (given !== null && !speaksTls(to.scheme)) {
    throw new UsageError(`${given} has nothing to do: ${showUrl(to)} is not TLS`);
  }
  if (insecureSkipVerify && ca !== undefined) {
    throw new UsageError("--ca and --insecure-skip-verify contradict each other: leave one out");
  }
}

interface OwnCertificate {
  readonly ca: LocalCa;
  readonly caIsNew: boolean;
  readonly certificate: CertificateConfig;
}

/** A certificate for FROM, from the local CA; one is made where there is none. */
async function certify(runtime: Runtime, from: FrontAddress): Promise<OwnCertificate> {
  const now = Date.now();
  const before = await openLocalCa(runtime, now);
  const ca = before ?? await openOrCreate(runtime, now);
  const leaf = await ca.issue({ names: certificateNames(from), now });
  return {
    ca,
    caIsNew: before === null,
    certificate: {
      chain: { path: leaf.certPath, pem: leaf.certPem },
      key: { path: leaf.keyPath, pem: leaf.keyPem },
    },
  };
}

interface Trust {
  readonly tls: UpstreamTlsConfig;
  /** For the banner: "verified against …". */
  readonly words: string;
}

/**
 * Whom to believe at TO. On this machine that is the local CA, when there is one: a public one
 * vouches for no `localhost`.
 */
async function trust(
  runtime: Runtime,
  { ca, serverName, insecureSkipVerify }: FrontArguments,
  { to }: FrontAddresses,
): Promise<Trust> {
  const name = hostFor(serverName, to);
  const how = {
    serverName: name,
    verifyName: null,
    certificate: null,
    sans: [],
    alpn: [],
    minVersion: null,
    maxVersion: null,
    ciphers: [],
  };
  if (insecureSkipVerify) {
    return { tls: { ...how, verify: "none", ca: null }, words: "NOT verified" };
  }
  const source = ca !== undefined
    ? await readCa(runtime, ca)
    : to.every(({ host }) => isLoopback(host))
    ? await localCa(runtime)
    : null;
  return {
    tls: { ...how, verify: "full", ca: source },
    words: `verified against ${source?.path ?? "the system's roots"}`,
  };
}

/** Without `--server-name` each TO is asked for by its own name, which the cluster knows. */
function hostFor(serverName: string | undefined, to: readonly FrontAddress[]): string | null {
  if (serverName !== undefined) return serverName.toLowerCase();
  const [{ host }] = to;
  return to.length === 1 && !isIpAddress(host) ? host : null;
}

async function readCa(runtime: Runtime, path: string): Promise<PemSource> {
  const pem = new TextDecoder().decode(await runtime.readFile(path));
  await readCertificates(pem);
  return { path, pem };
}

async function localCa(runtime: Runtime): Promise<PemSource | null> {
  const ca = await openLocalCa(runtime, Date.now());
  return ca === null ? null : { path: ca.certPath, pem: ca.certPem };
}

/** Whether the IPv6 loopback address is there to be bound. */
async function hasIpv6(runtime: Runtime): Promise<boolean> {
  try {
    (await runtime.listen({ host: "::1", port: 0 })).close();
    return true;
  } catch (error) {
    if (error instanceof ConnError) return false;
    throw error;
  }
}

/** Whether FROM's name leads to this machine; no answer in time counts as a yes. */
async function leadsHere(runtime: Runtime, host: string): Promise<boolean> {
  if (isIpAddress(host) || isLocalhost(host)) return true;
  return await atMost(RESOLVE_TIMEOUT_MS, resolvesToLoopback(runtime, host), true);
}

async function resolvesToLoopback(runtime: Runtime, host: string): Promise<boolean> {
  try {
    return (await runtime.resolve(host)).every(isLoopback);
  } catch (error) {
    if (error instanceof ConnError) return false;
    throw error;
  }
}

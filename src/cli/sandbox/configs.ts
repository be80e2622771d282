/**
 * The four proxies of the sandbox, from the files in `configs/`. They are part of the program, so
 * the sandbox runs from anywhere, compiled or not.
 *
 * @module
 */

import type { Config } from "../../config/model.ts";
import { loadConfigText } from "../../config/mod.ts";
import { FileError, type Problem } from "../../errors.ts";
import type { Host } from "../../runtime/mod.ts";
import type { SandboxCerts } from "./certs.ts";
import envoyHttpHttps from "../../../configs/envoy/http-https.yaml" with { type: "text" };
import envoyHttpsHttp from "../../../configs/envoy/https-http.yaml" with { type: "text" };
import envoyHttpsHttps from "../../../configs/envoy/https-https.yaml" with { type: "text" };
import envoyHttpsPassthrough from "../../../configs/envoy/https-passthrough.yaml" with {
  type: "text",
};
import httpHttps from "../../../configs/http-https.yaml" with { type: "text" };
import httpsHttp from "../../../configs/https-http.yaml" with { type: "text" };
import httpsHttps from "../../../configs/https-https.yaml" with { type: "text" };
import httpsPassthrough from "../../../configs/https-passthrough.yaml" with { type: "text" };

/** One proxy of the sandbox. */
export interface SandboxProxy {
  /** `https-http` and so on. */
  readonly name: string;
  /** What is spoken to it. */
  readonly scheme: "https" | "http";
  /** The service that it leads to. */
  readonly service: "service-http" | "service-https";
  /** In genkan's own form. */
  readonly native: string;
  /** In Envoy's. */
  readonly envoy: string;
}

/** The four, in the order of their ports. */
export const PROXIES: readonly SandboxProxy[] = [
  {
    name: "https-http",
    scheme: "https",
    service: "service-http",
    native: httpsHttp,
    envoy: envoyHttpsHttp,
  },
  {
    name: "https-https",
    scheme: "https",
    service: "service-https",
    native: httpsHttps,
    envoy: envoyHttpsHttps,
  },
  {
    name: "http-https",
    scheme: "http",
    service: "service-https",
    native: httpHttps,
    envoy: envoyHttpHttps,
  },
  {
    name: "https-passthrough",
    scheme: "https",
    service: "service-https",
    native: httpsPassthrough,
    envoy: envoyHttpsPassthrough,
  },
];

/** A proxy's configuration with what its front end warned of. */
export interface LoadedProxy {
  readonly config: Config;
  readonly warnings: readonly Problem[];
}

/** Loads a proxy's configuration with the sandbox's certificates. Fails with a ConfigError. */
export async function loadProxy(
  proxy: SandboxProxy,
  { envoy, certs }: { envoy: boolean; certs: SandboxCerts },
): Promise<LoadedProxy> {
  const file = `configs/${envoy ? "envoy/" : ""}${proxy.name}.yaml`;
  return await loadConfigText(envoy ? proxy.envoy : proxy.native, { file, host: filesOf(certs) });
}

/** The certificates, wherever a configuration says that they lie. */
function filesOf(certs: SandboxCerts): Pick<Host, "readFile"> {
  return {
    readFile(path) {
      const text = certs.files.get(path.slice(path.lastIndexOf("/") + 1));
      return text === undefined
        ? Promise.reject(new FileError("not_found", path, "the sandbox has no such file"))
        : Promise.resolve(new TextEncoder().encode(text));
    },
  };
}

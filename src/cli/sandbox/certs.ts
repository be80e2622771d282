/**
 * The sandbox's certificates: a CA and one leaf for `localhost`, made when they aren't there.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import type { Runtime } from "../../runtime/mod.ts";
import { dataFolder, openOrCreate } from "../../tls/mod.ts";

/** What the sandbox shows and trusts. */
export interface SandboxCerts {
  /** The CA's certificate, for `--cacert`. */
  readonly caPath: string;
  readonly caPem: string;
  /** The leaf's chain and key, PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  /** The files that the configurations name, wherever they say that these lie. */
  readonly files: ReadonlyMap<string, string>;
}

/** The folder that a checkout of genkan has for this. */
const CHECKOUT_FOLDER = "certs";

/**
 * Opens or makes `ca.pem`, `ca-key.pem`, `sandbox.pem` and `sandbox-key.pem` in the folder; by
 * default in `certs` when there is such a folder here, else in the user's data folder. Fails with a
 * PemError or a FileError.
 */
export async function sandboxCerts(
  runtime: Runtime,
  folder: string | undefined,
): Promise<SandboxCerts> {
  const here = folder ?? await defaultFolder(runtime);
  const now = Date.now();
  const ca = await openOrCreate(runtime, now, here);
  // No addresses beside the name: BoringSSL, which Bun has, refuses them (see `IssueOptions`).
  const { certPem, keyPem } = await ca.issue({ names: ["localhost"], fileName: "sandbox", now });
  return {
    caPath: ca.certPath,
    caPem: ca.certPem,
    certPem,
    keyPem,
    files: new Map([
      ["ca.pem", ca.certPem],
      ["sandbox.pem", certPem],
      ["sandbox-key.pem", keyPem],
    ]),
  };
}

async function defaultFolder(runtime: Runtime): Promise<string> {
  return await isFolder(runtime, CHECKOUT_FOLDER)
    ? CHECKOUT_FOLDER
    : `${dataFolder(runtime)}/sandbox`;
}

/** A folder can't be read as a file, and says so. */
async function isFolder(runtime: Runtime, path: string): Promise<boolean> {
  try {
    await runtime.readFile(path);
    return false;
  } catch (error) {
    if (error instanceof FileError) return error.code === "is_directory";
    throw error;
  }
}

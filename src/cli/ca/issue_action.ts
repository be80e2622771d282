/**
 * Runs `genkan ca issue`.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import type { Runtime } from "../../runtime/mod.ts";
import { encodePkcs12, type LeafFiles, type LocalCa, openLocalCa } from "../../tls/mod.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { CommandError } from "../failure.ts";
import { day } from "./day.ts";
import type { CaIssueArguments } from "./issue.ts";
import { noCa } from "./missing.ts";

/** A PKCS#12 file that was asked for. */
interface Pkcs12Wish {
  readonly path: string;
  readonly password: string;
}

/** Issues a certificate and says where it is. */
export async function issueFiles(runtime: Runtime, wanted: CaIssueArguments): Promise<number> {
  const { names, client, days, out, folder, force } = wanted;
  checkNames(names, client);
  const pkcs12 = await readWish(runtime, wanted);
  const now = Date.now();
  const ca = await openLocalCa(runtime, now, folder);
  if (ca === null) throw noCa("Cannot issue a certificate", folder);
  const usage = client ? "client" : "server";
  const existing = force ? "replace" : "keep";
  const leaf = await ca.issue({ names, now, days, usage, folder: out, existing });
  if (pkcs12 !== null) await writePkcs12(runtime, ca, leaf, { ...pkcs12, name: names[0], force });
  const verb = leaf.reused ? "kept, it is still good:" : "issued";
  const bundle = pkcs12 === null ? "" : `  ${pkcs12.path} (keep it secret)\n`;
  await runtime.write(
    "stdout",
    `${verb} a ${usage}'s certificate for ${names.join(", ")}, ` +
      `valid until ${day(leaf.certificate.notAfter)}\n` +
      `  ${leaf.certPath}\n  ${leaf.keyPath} (keep it secret)\n${bundle}`,
  );
  if (leaf.certificate.ipAddresses.length > 0) await runtime.write("stderr", ADDRESS_NOTE);
  if (pkcs12 !== null && !isAscii(pkcs12.password)) await runtime.write("stderr", ASCII_NOTE);
  return EXIT_OK;
}

/** BoringSSL's X.509 code doesn't know name constraints on addresses, so it can't keep to them. */
const ADDRESS_NOTE =
  "note: Bun and Envoy refuse a certificate with an IP address from a CA that is kept to private " +
  "ones; for them issue one of names alone\n";

const ASCII_NOTE = "note: Java can't read a PKCS#12 file whose password isn't ASCII\n";

function checkNames(names: readonly string[], client: boolean): void {
  const email = names.find((name) => name.includes("@") && !name.includes("://"));
  if (client || email === undefined) return;
  throw new UsageError(
    `Cannot issue a server's certificate for ${email}: that is an e-mail address; ` +
      "--client issues a client's",
  );
}

/** Everything that can go wrong before anything is issued. */
async function readWish(
  runtime: Runtime,
  { pkcs12: path, passwordFile, noPassword, force }: CaIssueArguments,
): Promise<Pkcs12Wish | null> {
  if (path === undefined) {
    if (passwordFile === undefined && !noPassword) return null;
    const given = noPassword ? "--no-password" : "--password-file";
    throw new UsageError(`${given} has nothing to do without --pkcs12 FILE`);
  }
  if ((passwordFile === undefined) !== noPassword) {
    throw new UsageError("--pkcs12 wants either --password-file FILE or --no-password");
  }
  const password = passwordFile === undefined ? "" : await readPassword(runtime, passwordFile);
  if (!force && await isThere(runtime, path)) throw alreadyThere(path);
  return { path, password };
}

async function readPassword(runtime: Runtime, path: string): Promise<string> {
  const text = new TextDecoder().decode(await runtime.readFile(path));
  const [password] = text.split(/\r?\n/, 1);
  if (password !== "") return password;
  throw new CommandError(
    `Cannot take the password from ${path}: its first line is empty; --no-password writes a file ` +
      "without one",
  );
}

async function isThere(runtime: Runtime, path: string): Promise<boolean> {
  try {
    await runtime.readFile(path);
    return true;
  } catch (error) {
    if (error instanceof FileError && error.code === "not_found") return false;
    throw error;
  }
}

async function writePkcs12(
  runtime: Runtime,
  ca: LocalCa,
  leaf: LeafFiles,
  { path, password, name, force }: Pkcs12Wish & { name: string; force: boolean },
): Promise<void> {
  const bytes = await encodePkcs12({
    chainPem: leaf.certPem + ca.certPem,
    keyPem: leaf.keyPem,
    friendlyName: name,
    password,
  });
  try {
    await runtime.writeFile(path, bytes, { mode: 0o600, createNew: !force });
  } catch (error) {
    throw error instanceof FileError && error.code === "exists" ? alreadyThere(path) : error;
  }
}

function alreadyThere(path: string): CommandError {
  return new CommandError(`Cannot write ${path}: there is one already; --force replaces it`);
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex -- the whole of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

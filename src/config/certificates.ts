/**
 * The certificates, keys and trusted CAs that a configuration names: read, and checked as far as
 * that goes without a connection. The front ends hand in where each one comes from and get a
 * `PemSource` whose text is filled in by `load`.
 *
 * @module
 */

import { FileError, PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import { type CertificateInfo, keyMatches, readCertificates } from "../tls/mod.ts";
import type { Cursor } from "./cursor.ts";
import type { CertificateConfig, PemSource } from "./model.ts";
import { quote } from "./problem.ts";

/** What is needed of the outside. */
export interface CertificateHost extends Pick<Host, "readFile"> {
  /** Milliseconds since 1970. */
  now(): number;
}

/** A place for PEM in the file: a path, or the text itself. */
export interface PemField {
  /** Where problems with it are reported. */
  readonly field: Cursor;
  readonly from: { kind: "file"; path: string } | { kind: "inline"; pem: string };
}

interface Slot extends PemField {
  readonly source: PemSource;
}

const MAX_PEM_BYTES = 4 * 1024 * 1024; // a system's roots are about 0.3 MiB

/** Collects what is named, then reads it. */
export class CertificateLoader {
  readonly #pairs: { chain: Slot | null; key: Slot | null }[] = [];
  readonly #authorities: Slot[] = [];
  readonly #files = new Map<string, Promise<string | FailedFile>>();

  /** A chain with its key. Null for a field that was reported already. */
  pair(chain: PemField | null, key: PemField | null): CertificateConfig {
    const slots = { chain: slotFor(chain), key: slotFor(key) };
    this.#pairs.push(slots);
    return { chain: slots.chain?.source ?? NO_PEM, key: slots.key?.source ?? NO_PEM };
  }

  /** Trusted certificates. */
  authority(field: PemField | null): PemSource {
    const slot = slotFor(field);
    if (slot !== null) this.#authorities.push(slot);
    return slot?.source ?? NO_PEM;
  }

  /** Reads all, one after the other, and reports what is wrong with them at their fields. */
  async load(host: CertificateHost): Promise<void> {
    for (const { chain, key } of this.#pairs) {
      const isChainRead = await this.#readCertificates(chain, "the certificate", host);
      const isKeyRead = await this.#read(key, "the key", host);
      if (isChainRead && isKeyRead) await checkKey(chain!, key!);
    }
    for (const slot of this.#authorities) {
      await this.#readCertificates(slot, "the trusted certificates", host);
    }
  }

  async #readCertificates(
    slot: Slot | null,
    what: string,
    host: CertificateHost,
  ): Promise<boolean> {
    if (slot === null || !await this.#read(slot, what, host)) return false;
    try {
      const certificates = await readCertificates(slot.source.pem);
      for (const certificate of certificates) warnOfDates(slot, certificate, host.now());
      return true;
    } catch (error) {
      failWithPem(slot, error);
      return false;
    }
  }

  async #read(slot: Slot | null, what: string, host: CertificateHost): Promise<boolean> {
    if (slot === null) return false;
    const { path } = slot.source;
    if (path === null) return true;
    const reading = this.#files.get(path) ?? readText(host, path);
    this.#files.set(path, reading);
    const text = await reading;
    if (typeof text === "string") {
      slot.source.pem = text;
      return true;
    }
    slot.field.fail(`Cannot read ${what} ${path}: ${text.reason}`);
    return false;
  }
}

// Never seen outside: a configuration with a reported field is thrown away.
const NO_PEM: PemSource = { path: null, pem: "" };

function slotFor(field: PemField | null): Slot | null {
  if (field === null) return null;
  const { from } = field;
  const source: PemSource = from.kind === "file"
    ? { path: from.path, pem: "" }
    : { path: null, pem: from.pem };
  return { ...field, source };
}

interface FailedFile {
  readonly reason: string;
}

async function readText(host: CertificateHost, path: string): Promise<string | FailedFile> {
  try {
    const bytes = await host.readFile(path);
    if (bytes.length > MAX_PEM_BYTES) return { reason: `found ${bytes.length} bytes, too many` };
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof FileError) return { reason: error.message };
    if (error instanceof TypeError) return { reason: "found binary data, expected PEM text" };
    throw error;
  }
}

async function checkKey(chain: Slot, key: Slot): Promise<void> {
  try {
    if (await keyMatches(chain.source.pem, key.source.pem)) return;
    const [keyName, chainName] = [key, chain].map(({ source }) => source.path ?? "given inline");
    const message = `the key (${keyName}) does not belong to the certificate (${chainName})`;
    key.field.fail(message);
  } catch (error) {
    failWithPem(key, error);
  }
}

function failWithPem(slot: Slot, error: unknown): void {
  if (!(error instanceof PemError)) throw error;
  const { path } = slot.source;
  slot.field.fail(path === null ? error.message : `${error.message}, in ${path}`);
}

function warnOfDates(slot: Slot, { subject, notBefore, notAfter }: CertificateInfo, now: number) {
  const name = `the certificate ${quote(subject)}`;
  const day = (time: number) =>
    new Date(time).toISOString().slice(0, 16).replace("T", " ") + " UTC";
  if (now > notAfter) slot.field.warn(`${name} expired on ${day(notAfter)}; renew it`);
  else if (now < notBefore) slot.field.warn(`${name} is not valid before ${day(notBefore)}`);
}

/**
 * The certificates, keys and trusted CAs that a configuration names: read, and checked as far as
 * that goes without a connection. The front ends hand in where each one comes from and get a
 * `PemSource` whose text is filled in by `load`.
 *
 * @module
 */

import { FileError, PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import { parseCertificates, type ParsedCertificate } from "../tls/certificate.ts";
import { keyMatches } from "../tls/key.ts";
import { encodePem, parsePem } from "../tls/pem.ts";
import { checkRevocationLists } from "../tls/revocation_list.ts";
import {
  type ChainUse,
  type Finding,
  judgeAuthorities,
  judgeChain,
  judgeHosts,
} from "./certificate_findings.ts";
import type { Cursor } from "./cursor.ts";
import { chainsOf } from "./filter_chain_match.ts";
import type { CertificateConfig, Config, PemSource } from "./model.ts";
import { quote } from "./problem.ts";
import { servedHosts } from "./served_hosts.ts";

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

interface Pair {
  readonly chain: Slot | null;
  readonly key: Slot | null;
  readonly use: ChainUse;
}

const MAX_PEM_BYTES = 4 * 1024 * 1024; // a system's roots are about 0.3 MiB

/** Collects what is named, then reads it. */
export class CertificateLoader {
  readonly #pairs: Pair[] = [];
  readonly #authorities: Slot[] = [];
  readonly #revocationLists: Slot[] = [];
  readonly #files = new Map<string, Promise<string | FailedFile>>();
  /** The chains that were read. */
  readonly #leaves = new Map<PemSource, { slot: Slot; leaf: ParsedCertificate }>();

  /** A chain with its key. Null for a field that was reported already. */
  pair(chain: PemField | null, key: PemField | null, use: ChainUse = "server"): CertificateConfig {
    const slots = { chain: slotFor(chain), key: slotFor(key) };
    this.#pairs.push({ ...slots, use });
    return { chain: slots.chain?.source ?? NO_PEM, key: slots.key?.source ?? NO_PEM };
  }

  /** Trusted certificates. */
  authority(field: PemField | null): PemSource {
    const slot = slotFor(field);
    if (slot !== null) this.#authorities.push(slot);
    return slot?.source ?? NO_PEM;
  }

  /** Certificates that are no longer trusted (RFC 5280 §5). */
  revocationList(field: PemField | null): PemSource {
    const slot = slotFor(field);
    if (slot !== null) this.#revocationLists.push(slot);
    return slot?.source ?? NO_PEM;
  }

  /** Reads all, one after the other, and reports what is wrong with them at their fields. */
  async load(host: CertificateHost): Promise<void> {
    for (const pair of this.#pairs) await this.#loadPair(pair, host);
    for (const slot of this.#authorities) await this.#loadAuthority(slot, host);
    for (const slot of this.#revocationLists) await this.#loadRevocationList(slot, host);
  }

  /** Reports the hosts that no certificate of their listener is for. Comes after `load`. */
  checkHosts({ listeners }: Pick<Config, "listeners">): void {
    for (const chain of listeners.flatMap(chainsOf)) {
      const read = (chain.tls?.certificates ?? [])
        .map((certificate) => this.#leaves.get(certificate.chain))
        .filter((each) => each !== undefined);
      if (read.length === 0 || read.length < chain.tls!.certificates.length) continue;
      const finding = judgeHosts(read.map(({ leaf }) => leaf.info), servedHosts(chain));
      if (finding !== null) report(read[0].slot, finding);
    }
  }

  async #loadPair({ chain, key, use }: Pair, host: CertificateHost): Promise<void> {
    const isChainRead = await this.#read(chain, "the certificate", host);
    const isKeyRead = await this.#read(key, "the key", host);
    if (!isChainRead) return;
    const certificates = parse(chain!);
    if (certificates === null) return;
    this.#leaves.set(chain!.source, { slot: chain!, leaf: certificates[0] });
    // Of a chain that begins with another certificate than the leaf nothing else can be said.
    if (isKeyRead && await startsElsewhere(chain!, key!, certificates)) return;
    await reportAll(chain!, () => judgeChain(certificates, { now: host.now(), use }));
  }

  async #loadAuthority(slot: Slot, host: CertificateHost): Promise<void> {
    if (!await this.#read(slot, "the trusted certificates", host)) return;
    const certificates = parse(slot);
    if (certificates === null) return;
    const holdsKey = parsePem(slot.source.pem, "certificates")
      .some(({ label }) => label.endsWith("PRIVATE KEY"));
    await reportAll(slot, () => judgeAuthorities(certificates, { now: host.now(), holdsKey }));
  }

  async #loadRevocationList(slot: Slot, host: CertificateHost): Promise<void> {
    if (!await this.#read(slot, "the revocation list", host)) return;
    try {
      checkRevocationLists(slot.source.pem);
    } catch (error) {
      failWithPem(slot, error);
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

/** Reports a key that isn't the first certificate's; true when it is another one's of the chain. */
async function startsElsewhere(
  chain: Slot,
  key: Slot,
  certificates: readonly ParsedCertificate[],
): Promise<boolean> {
  try {
    for (const [index, { der, info }] of certificates.entries()) {
      if (!await keyMatches(encodePem("CERTIFICATE", der), key.source.pem)) continue;
      if (index === 0) return false;
      chain.field.fail(
        `the certificate that the key belongs to stands at place ${index + 1}: put ` +
          `${quote(info.subject)} first, and its issuers behind it`,
      );
      return true;
    }
  } catch (error) {
    failWithPem(key, error);
    return false;
  }
  const [keyName, chainName] = [key, chain].map(({ source }) => source.path ?? "given inline");
  key.field.fail(`the key (${keyName}) does not belong to the certificate (${chainName})`);
  return false;
}

/** Null where it was reported. */
function parse(slot: Slot): ParsedCertificate[] | null {
  try {
    return parseCertificates(slot.source.pem);
  } catch (error) {
    failWithPem(slot, error);
    return null;
  }
}

async function reportAll(slot: Slot, judge: () => Finding[] | Promise<Finding[]>): Promise<void> {
  try {
    for (const finding of await judge()) report(slot, finding);
  } catch (error) {
    failWithPem(slot, error);
  }
}

function report({ field }: Slot, { severity, message }: Finding): void {
  if (severity === "error") field.fail(message);
  else field.warn(message);
}

function failWithPem(slot: Slot, error: unknown): void {
  if (!(error instanceof PemError)) throw error;
  const { path } = slot.source;
  slot.field.fail(path === null ? error.message : `${error.message}, in ${path}`);
}

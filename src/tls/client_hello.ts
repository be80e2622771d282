/**
 * What a client says first (RFC 8446 §4.1.2): the name that it asks for, and what it can do.
 *
 * Strategy: the message is read when all of it is there, once, from front to back. What decides
 * where a connection goes is read as strictly as by any TLS library behind, so that nobody sees one
 * name here and another one there. The rest is the TLS library's to judge.
 *
 * @module
 */

import type { TlsVersion } from "../runtime/mod.ts";
import { latin1 } from "./der.ts";
import { badHello, WireReader } from "./wire_reader.ts";

/** A version that a client may offer, by the name that OpenSSL prints. */
export type OfferedVersion = TlsVersion | "SSLv3" | "TLSv1" | "TLSv1.1";

/** A ClientHello. Lists are in the client's order, which is its preference. */
export interface ClientHello {
  /**
   * The name that it asks for (RFC 6066 §3): ASCII, lower case; null when there is none. A dot at its
   * end stays, as in Envoy, and then it matches no name without one.
   */
  readonly serverName: string | null;
  /** The application protocols that it offers (RFC 7301 §3.1), each byte one char. */
  readonly alpn: readonly string[];
  /**
   * The versions of supported_versions (RFC 8446 §4.2.1) as far as they have a name. Without that
   * extension, the one that the message begins with, which is the highest that the client speaks.
   */
  readonly versions: readonly OfferedVersion[];
  /** Code points of the cipher suites. */
  readonly cipherSuites: readonly number[];
  /** Code points of signature_algorithms (RFC 8446 §4.2.3); empty when it isn't there. */
  readonly signatureAlgorithms: readonly number[];
  /** Code points of supported_groups (RFC 8446 §4.2.7); empty when it isn't there. */
  readonly groups: readonly number[];
}

/** Extensions that are looked into (RFC 8446 §4.2). */
const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;

/** RFC 6066 §3: the only type of name that there is. */
const HOST_NAME = 0;
/** What TLS libraries take: a host name (RFC 1035 §2.3.4) has no more. */
const MAX_SERVER_NAME_BYTES = 255;
const MAX_SESSION_ID_BYTES = 32;
const RANDOM_BYTES = 32;

const VERSIONS: ReadonlyMap<number, OfferedVersion> = new Map<number, OfferedVersion>([
  [0x0304, "TLSv1.3"],
  [0x0303, "TLSv1.2"],
  [0x0302, "TLSv1.1"],
  [0x0301, "TLSv1"],
  [0x0300, "SSLv3"],
]);
/** RFC 8446 §4.2.1: without supported_versions nothing above TLS 1.2 is spoken. */
const HIGHEST_LEGACY_VERSION = 0x0303;

/** Reads the message without its four bytes of type and length. Fails with a ProtocolError. */
export function parseClientHello(body: Uint8Array): ClientHello {
  const hello = new WireReader(body, "fields");
  const legacyVersion = hello.u16();
  hello.skip(RANDOM_BYTES);
  if (hello.vector8("a session id").length > MAX_SESSION_ID_BYTES) {
    throw badHello(`a session id of more than ${MAX_SESSION_ID_BYTES} bytes`);
  }
  const cipherSuites = hello.vector16("cipher suites").numbers();
  hello.vector8("compression methods").u8();
  // RFC 5246 §7.4.1.2: a hello may end here.
  const extensions = hello.done ? null : readExtensions(hello.vector16("extensions"));
  hello.end();
  const reader = (type: number, name: string): WireReader | null =>
    extensions?.get(type)?.named(name) ?? null;
  return {
    serverName: readServerName(reader(SERVER_NAME, "server names")),
    alpn: readAlpn(reader(ALPN, "application protocols")),
    versions: readVersions(reader(SUPPORTED_VERSIONS, "supported versions"), legacyVersion),
    cipherSuites,
    signatureAlgorithms: readNumbers(reader(SIGNATURE_ALGORITHMS, "signature algorithms")),
    groups: readNumbers(reader(SUPPORTED_GROUPS, "groups")),
  };
}

/** RFC 8446 §4.2: a type comes once. Of two server names, two readers may see different ones. */
function readExtensions(list: WireReader): Map<number, WireReader> {
  const extensions = new Map<number, WireReader>();
  while (!list.done) {
    const type = list.u16();
    if (extensions.has(type)) throw badHello(`extension ${type} twice`);
    extensions.set(type, list.vector16("extensions"));
  }
  return extensions;
}

/** RFC 6066 §3: a list, but of one name of one type. */
function readServerName(extension: WireReader | null): string | null {
  if (extension === null) return null;
  const list = extension.vector16("server names");
  extension.end();
  const type = list.u8();
  if (type !== HOST_NAME) throw badHello(`a server name of type ${type}`);
  const name = list.vector16("a server name").rest();
  list.end();
  if (name.length === 0) throw badHello("an empty server name");
  if (name.length > MAX_SERVER_NAME_BYTES) throw badHello(`a server name of ${name.length} bytes`);
  if (name.some((byte) => byte <= 0x20 || byte >= 0x7f)) {
    throw badHello("a server name that isn't ASCII");
  }
  return latin1(name).toLowerCase();
}

function readAlpn(extension: WireReader | null): string[] {
  if (extension === null) return [];
  const list = extension.vector16("application protocols");
  extension.end();
  const protocols: string[] = [];
  do {
    const name = list.vector8("an application protocol").rest();
    if (name.length === 0) throw badHello("an empty application protocol");
    protocols.push(latin1(name));
  } while (!list.done);
  return protocols;
}

function readVersions(extension: WireReader | null, legacyVersion: number): OfferedVersion[] {
  let offered = [Math.min(legacyVersion, HIGHEST_LEGACY_VERSION)];
  if (extension !== null) {
    offered = extension.vector8("supported versions").numbers();
    extension.end();
  }
  return offered.flatMap((version) => VERSIONS.get(version) ?? []);
}

function readNumbers(extension: WireReader | null): number[] {
  if (extension === null) return [];
  const numbers = extension.vector16("numbers").numbers();
  extension.end();
  return numbers;
}

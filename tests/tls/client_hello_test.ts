/**
 * What is read from ClientHellos: from real clients' and from those that no client should send.
 *
 * @module
 */

import { ProtocolError } from "../../src/errors.ts";
import type { ClientHello } from "../../src/tls/client_hello.ts";
import { ClientHelloReader, NEED_DATA, NOT_TLS } from "../../src/tls/client_hello_reader.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import {
  alpnContent,
  bytesOf,
  hello,
  type HelloFields,
  helloMessage,
  inRecords,
  REAL_HELLOS,
  serverNames,
  vector16,
  vector8,
} from "./hellos.ts";

function read(bytes: Uint8Array) {
  return new ClientHelloReader().read(bytes);
}

function parsed(bytes: Uint8Array): ClientHello {
  const found = read(bytes);
  assert(typeof found !== "symbol", String(found));
  return found;
}

const H2 = ["h2", "http/1.1"];
const NEW = ["TLSv1.3", "TLSv1.2"];
const ALL = [...NEW, "TLSv1.1", "TLSv1"];

/** Name, protocols and versions that each real client was told to ask for. */
const REAL: Readonly<Record<string, readonly [string | null, string[], string[]]>> = {
  bun_fetch: ["localhost", ["http/1.1"], NEW],
  bun_tls: ["app.example.com", [], NEW],
  chromium: ["app.example.com", H2, NEW],
  curl: ["app.example.com", H2, ALL],
  deno_fetch: ["localhost", H2, NEW],
  deno_tls: ["app.example.com", [], NEW],
  go: ["app.example.com", ["h2"], NEW],
  node: ["app.example.com", H2, NEW],
  openssl: ["app.example.com", H2, ALL],
  openssl_records: ["shop.example.com", ["http/1.1"], ALL],
  openssl_tls12: [null, [], ["TLSv1.2"]],
  python: ["app.example.com", [], NEW],
};

Deno.test("A real client's name, protocols and versions are read as it was told to send them", () => {
  assertEquals([...REAL_HELLOS.keys()], Object.keys(REAL));
  for (const [name, bytes] of REAL_HELLOS) {
    const { serverName, alpn, versions, cipherSuites, groups, signatureAlgorithms } = parsed(bytes);
    assertEquals([serverName, alpn, versions], REAL[name], name);
    // ECDSA with P-256 and SHA-256, and P-256: nobody leaves these out.
    assert(cipherSuites.length > 5 && groups.includes(23), name);
    assert(signatureAlgorithms.includes(0x0403), name);
  }
});

Deno.test("Every list is in the client's order, and GREASE is no version", () => {
  const { alpn, cipherSuites, groups, signatureAlgorithms, versions } = parsed(hello({
    alpn: ["\x0a\x0a", "http/1.1", "h2"],
    cipherSuites: Uint8Array.of(0x0a, 0x0a, 0x13, 0x02, 0x13, 0x01),
  }));
  assertEquals(alpn, ["\x0a\x0a", "http/1.1", "h2"]);
  assertEquals(cipherSuites, [0x0a0a, 0x1302, 0x1301]);
  assertEquals([groups, signatureAlgorithms], [[0x1d, 0x17], [0x0403, 0x0804]]);
  assertEquals(versions, ["TLSv1.3", "TLSv1.2"]);
});

/** A hello with these extensions and no others. */
function only(extensions: readonly (readonly [number, Uint8Array])[], fields: HelloFields = {}) {
  const all = extensions.map(([type, content]) => bytesOf([0, type], vector16(content)));
  return hello({ ...fields, behindCompression: vector16(bytesOf(...all)) });
}

Deno.test("Without supported_versions the version is the one that the message begins with", () => {
  const versions = (legacyVersion: number) =>
    parsed(hello({ legacyVersion, behindCompression: new Uint8Array() })).versions;
  assertEquals(versions(0x0303), ["TLSv1.2"]);
  assertEquals(versions(0x0301), ["TLSv1"]);
  assertEquals(versions(0x0300), ["SSLv3"]);
  assertEquals(versions(0x0304), ["TLSv1.2"]);
  assertEquals(versions(0x0002), []);
});

Deno.test("A hello without extensions, or with none that matter, has no name and offers nothing", () => {
  for (const bytes of [hello({ behindCompression: new Uint8Array() }), only([])]) {
    const { serverName, alpn, groups, signatureAlgorithms } = parsed(bytes);
    assertEquals([serverName, alpn, groups, signatureAlgorithms], [null, [], [], []]);
  }
});

Deno.test("A server name is lower case, and keeps the dot at its end", () => {
  assertEquals(parsed(hello({ serverName: "WWW.Example.COM." })).serverName, "www.example.com.");
});

Deno.test("What doesn't begin as a TLS record is not TLS, at the first byte that tells", () => {
  for (
    const text of ["G", "GET / HTTP/1.1\r\n\r\n", "PROXY TCP4", "\x80\x2e\x01\x03\x01", "\x15"]
  ) {
    assertEquals(read(new TextEncoder().encode(text)), NOT_TLS, text);
  }
  assertEquals(read(Uint8Array.of(22, 2)), NOT_TLS);
  assertEquals(read(Uint8Array.of(22)), NEED_DATA);
  assertEquals(read(new Uint8Array()), NEED_DATA);
});

const MESSAGE = helloMessage({ serverName: "a.test" });
const RECORD = inRecords(MESSAGE);

/** The message with other bytes at a place. */
function altered(at: number, ...bytes: number[]): Uint8Array {
  const copy = MESSAGE.slice();
  copy.set(bytes, at);
  return copy;
}

/** What can't be a ClientHello, and what is said of it. */
const REFUSED: readonly (readonly [what: RegExp, bytes: Uint8Array])[] = [
  [/message type 2/, inRecords(altered(0, 2))],
  [/message type 0/, Uint8Array.of(22, 3, 1, 0, 4, 0)],
  [/an empty record/, Uint8Array.of(22, 3, 1, 0, 0)],
  [/an empty record/, bytesOf(inRecords(MESSAGE.subarray(0, 9)), [22, 3, 1, 0, 0])],
  [/a record of 16385 bytes/, Uint8Array.of(22, 3, 1, 0x40, 1)],
  [/a record of type 23 within/, bytesOf(inRecords(MESSAGE.subarray(0, 9)), [23, 3, 3, 0, 1])],
  [/a record of type 21 within/, bytesOf(inRecords(MESSAGE.subarray(0, 2)), [21, 3, 3, 0, 2])],
  [/another protocol/, bytesOf(inRecords(MESSAGE.subarray(0, 9)), [22, 2, 0, 0, 1])],
  [/bytes behind it in its record/, inRecords(bytesOf(MESSAGE, [1]))],
  [/bytes behind it in its record/, inRecords(bytesOf(MESSAGE, MESSAGE))],
  [/bytes behind it/, inRecords(bytesOf(MESSAGE, [1]), [MESSAGE.length - 1])],
  [/fields that break off/, inRecords(Uint8Array.of(1, 0, 0, 0))],
  [/fields that break off/, inRecords(bytesOf([1, 0, 0, 9], MESSAGE.subarray(4, 13)))],
  [/a session id of more than 32/, hello({ sessionId: new Uint8Array(33) })],
  [/cipher suites that break off/, hello({ cipherSuites: new Uint8Array() })],
  [/cipher suites that break off/, hello({ cipherSuites: Uint8Array.of(0x13, 0x01, 0xc0) })],
  [/compression methods that break off/, hello({ compression: new Uint8Array() })],
  [/fields that break off/, hello({ behindCompression: Uint8Array.of(0) })],
  [/fields that break off/, hello({ behindCompression: Uint8Array.of(0, 1) })],
  [/fields with bytes behind/, hello({ behindCompression: Uint8Array.of(0, 0, 0) })],
  [/extensions that break off/, hello({ behindCompression: vector16(Uint8Array.of(0, 0, 0)) })],
  [/extension 0 twice/, hello({ serverName: "a.test", extensions: [[0, new Uint8Array()]] })],
  [/extension 99 twice/, only([[99, new Uint8Array()], [99, new Uint8Array()]])],
  [/server names that break off/, only([[0, new Uint8Array()]])],
  [/server names that break off/, only([[0, vector16(new Uint8Array())]])],
  [/server names that break off/, only([[0, vector16(Uint8Array.of(0, 0, 9, 65))]])],
  [/server names with bytes behind/, only([[0, serverNames([[0, "a.test"], [0, "b.test"]])]])],
  [/server names with bytes behind/, only([[0, bytesOf(serverNames([[0, "a.test"]]), [0])]])],
  [/a server name of type 1/, only([[0, serverNames([[1, "a.test"]])]])],
  [/an empty server name/, hello({ serverName: "" })],
  [/a server name of 256 bytes/, hello({ serverName: "a".repeat(256) })],
  [/isn't ASCII/, hello({ serverName: "a.test\0.b.test" })],
  [/isn't ASCII/, hello({ serverName: "a test" })],
  [/isn't ASCII/, hello({ serverName: "a\x7f.test" })],
  [/isn't ASCII/, hello({ serverName: "caf\xe9.test" })],
  [/application protocols that break off/, only([[16, vector16(new Uint8Array())]])],
  [/an empty application protocol/, hello({ alpn: ["h2", ""] })],
  [/application protocols with bytes/, only([[16, bytesOf(alpnContent(["h2"]), [0])]])],
  [/application protocols that break/, only([[16, vector16(Uint8Array.of(3, 104, 50))]])],
  [/supported versions that break off/, only([[43, vector8(new Uint8Array())]])],
  [/supported versions that break off/, only([[43, vector8(Uint8Array.of(3, 4, 3))]])],
  [/supported versions with bytes/, only([[43, bytesOf(vector8(Uint8Array.of(3, 4)), [0])]])],
  [/numbers that break off/, only([[13, vector16(Uint8Array.of(4))]])],
  [/numbers that break off/, only([[10, vector16(new Uint8Array())]])],
];

Deno.test("What can't be a ClientHello is refused with what was found, again and again", () => {
  for (const [what, bytes] of REFUSED) {
    const reader = new ClientHelloReader();
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = assertThrows(() => assert(!reader.read(bytes), String(what)), ProtocolError);
      assertMatch(error.message, what);
      assertEquals(error.code, "bad_client_hello");
    }
  }
});

/** A hello of so many bytes, in records of at most 16 KiB. */
function sized(size: number, recordBytes: number): Uint8Array {
  const bare = helloMessage({ extensions: [[21, new Uint8Array()]] }).length;
  let padding = size - bare - 5;
  for (;;) {
    const message = helloMessage({ extensions: [[21, new Uint8Array(padding)]] });
    const records = Math.ceil(message.length / recordBytes);
    const bytes = inRecords(message, Array(records).fill(recordBytes));
    if (bytes.length <= size) return bytes;
    padding -= Math.ceil((bytes.length - size) / (1 + 5 / recordBytes));
  }
}

Deno.test("A hello has up to 16 KiB with its records' headers, and a larger one is refused early", () => {
  for (const recordBytes of [1, 100, 16_384]) {
    assert(typeof read(sized(16_384, recordBytes)) !== "symbol");
    const larger = inRecords(
      helloMessage({ extensions: [[21, new Uint8Array(16_384)]] }),
      Array(20_000).fill(recordBytes),
    );
    const error = assertThrows(() => read(larger.subarray(0, 24)), ProtocolError);
    assertEquals(error.code, "client_hello_too_large");
  }
  for (const size of [16_384, 16_385]) assertEquals(sized(size, 16_384).length, size);
  assertThrows(() => read(sized(16_385, 16_384)), ProtocolError);
});

Deno.test("What comes behind a hello is not looked at", () => {
  for (const behind of [[], [20, 3, 3, 0, 1, 1], [23, 3, 3, 0x10, 0, 9], [0, 0]]) {
    assertEquals(parsed(bytesOf(RECORD, behind)).serverName, "a.test");
  }
});

/**
 * PROXY headers as HAProxy sends them, as the specification has them, and as nobody should.
 *
 * @module
 */

import { ProtocolError } from "../../src/errors.ts";
import { NEED_DATA, type ProxyHeader, readProxyHeader } from "../../src/proxy_protocol/mod.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function proxied(source: string, destination: string): ProxyHeader {
  const address = (text: string) => {
    const at = text.lastIndexOf(":");
    return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
  };
  return { kind: "proxied", source: address(source), destination: address(destination) };
}

const UNKNOWN: ProxyHeader = { kind: "unknown" };
const LOCAL: ProxyHeader = { kind: "local" };

/** A header of version 2; version and command, family and protocol, and the rest in hex. */
function v2(head: string, rest = "", length = rest.length / 2): Uint8Array {
  const size = length.toString(16).padStart(4, "0");
  return Uint8Array.fromHex(`0d0a0d0a000d0a515549540a${head}${size}${rest}`);
}

const V4 = "c0000201c633640704d201bb";
const UNIX = "00".repeat(216);
/** What HAProxy 2.6.12 sent with `send-proxy-v2 proxy-v2-options crc32c,unique-id`. */
const HAPROXY_OPTIONS = "7f0000017f000001abc08b03" + "03000430f8ded4" + "050000";

const READ: readonly (readonly [name: string, bytes: Uint8Array, header: ProxyHeader])[] = [
  [
    "the specification's example",
    latin1("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
    proxied("192.168.0.1:56324", "192.168.0.11:443"),
  ],
  [
    "the longest line of TCP4",
    latin1("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
    proxied("255.255.255.255:65535", "255.255.255.255:65535"),
  ],
  [
    "the longest line of TCP6",
    latin1(`PROXY TCP6 ${"ffff:".repeat(7)}ffff ${"FFFF:".repeat(7)}FFFF 65535 65535\r\n`),
    proxied(`${"ffff:".repeat(8)}65535`, `${"ffff:".repeat(8)}65535`),
  ],
  [
    "HAProxy, send-proxy",
    latin1("PROXY TCP4 127.0.0.1 127.0.0.1 59622 45797\r\n"),
    proxied("127.0.0.1:59622", "127.0.0.1:45797"),
  ],
  [
    "HAProxy, send-proxy over IPv6",
    latin1("PROXY TCP6 ::1 ::1 59556 33299\r\n"),
    proxied("::1:59556", "::1:33299"),
  ],
  [
    "an IPv4 address in an IPv6 one",
    latin1("PROXY TCP6 ::ffff:192.0.2.1 2001:DB8:0::7 1 2\r\n"),
    proxied("192.0.2.1:1", "2001:db8::7:2"),
  ],
  ["UNKNOWN alone", latin1("PROXY UNKNOWN\r\n"), UNKNOWN],
  [
    "the specification's longest line",
    latin1(`PROXY UNKNOWN ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`),
    UNKNOWN,
  ],
  ["HAProxy, send-proxy-v2", v2("2111", "7f0000017f000001c7348501"), {
    ...proxied("127.0.0.1:50996", "127.0.0.1:34049"),
  }],
  [
    "HAProxy, send-proxy-v2 over IPv6",
    v2("2121", `${"0".repeat(31)}1${"0".repeat(31)}1a8d0ab33`),
    proxied("::1:43216", "::1:43827"),
  ],
  ["HAProxy, with a checksum and an identifier", v2("2111", HAPROXY_OPTIONS), {
    ...proxied("127.0.0.1:43968", "127.0.0.1:35587"),
  }],
  ["local", v2("2000"), LOCAL],
  ["local, of a family that isn't looked at", v2("20ff", "0102030405"), LOCAL],
  ["no family", v2("2100"), UNKNOWN],
  ["no family, and bytes that nobody can read", v2("2100", "ff"), UNKNOWN],
  ["no protocol", v2("2110", V4), UNKNOWN],
  ["no protocol, and bytes that nobody can read", v2("2110", "ff"), UNKNOWN],
  ["no family, but a protocol", v2("2101", V4), UNKNOWN],
  ["datagrams", v2("2112", V4), UNKNOWN],
  ["a unix socket", v2("2131", UNIX), UNKNOWN],
  ["a unix datagram socket", v2("2132", `${UNIX}040000`), UNKNOWN],
  [
    "an extension of 4 KB",
    v2("2111", `${V4}ee0fe1${"aa".repeat(4065)}`),
    proxied("192.0.2.1:1234", "198.51.100.7:443"),
  ],
];

for (const [name, bytes, header] of READ) {
  Deno.test(`A PROXY header is read with its size, whatever follows: ${name}`, () => {
    assertEquals(readProxyHeader(bytes), { header, size: bytes.length });
    const more = new Uint8Array([...bytes, 13, 10, 0]);
    assertEquals(readProxyHeader(more), { header, size: bytes.length });
    for (let size = 0; size < bytes.length; size++) {
      assert(readProxyHeader(bytes.subarray(0, size)) === NEED_DATA, `${size} bytes are enough`);
    }
  });
}

const REFUSED: readonly (readonly [what: RegExp, bytes: Uint8Array])[] = [
  [/found none/, latin1("G")],
  [/found none/, latin1("PROXZ")],
  [/found none/, latin1("PROXY\tTCP4")],
  [/found none/, latin1("proxy TCP4")],
  [/found none/, latin1(" PROXY TCP4")],
  [/found none/, latin1("\x16\x03\x01")],
  [/found none/, latin1("\r\n\r\n\r")],
  [/found none/, latin1("\r\n\r\n\0\r\nQUIT\r")],
  [/a protocol other/, latin1("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n")],
  [/a protocol other/, latin1("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n")],
  [/a protocol other/, latin1("PROXY UNKNOWNS\r\n")],
  [/a protocol other/, latin1("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n")],
  [/a protocol other/, latin1("PROXY \r\n")],
  [/6 words/, latin1("PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n")],
  [/6 words/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n")],
  [/4 words/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n")],
  [/an address/, latin1("PROXY TCP4 ::1 ::1 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 ::1 192.0.2.2 1 2\r\n")],
  [/an address/, latin1("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n")],
  [/an address/, latin1("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n")],
  [/an address/, latin1("PROXY TCP4 192.0.513 192.0.2.2 1 2\r\n")],
  [/an address/, latin1("PROXY TCP4 0xc0000201 192.0.2.2 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 [::1] ::1 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 1::2::3 ::1 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 12345::1 ::1 1 2\r\n")],
  [/an address/, latin1("PROXY TCP6 1:2:3 ::1 1 2\r\n")],
  [/a bad port/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n")],
  [/a bad port/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n")],
  [/a bad port/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n")],
  [/a bad port/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 1 +2\r\n")],
  [/a bad port/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n")],
  [/can't be in its line/, latin1("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n")],
  [/can't be in its line/, latin1("PROXY UNKNOWN\rx")],
  [/can't be in its line/, latin1("PROXY UNKNOWN a\nPROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")],
  [/can't be in its line/, latin1("PROXY UNKNOWN \0\r\n")],
  [/can't be in its line/, latin1("PROXY UNKNOWN \xe9\r\n")],
  [/more than 107 bytes/, latin1(`PROXY UNKNOWN ${"a".repeat(92)}\r\n`)],
  [/more than 107 bytes/, latin1(`PROXY UNKNOWN ${"a".repeat(93)}`)],
  [/version 1/, v2("11").subarray(0, 13)],
  [/version 3/, v2("3111", V4)],
  [/command 2/, v2("2211", V4)],
  [/family 4 with protocol 1/, v2("2141", V4)],
  [/family 1 with protocol 3/, v2("2113", V4)],
  [/can't hold its addresses/, v2("2111", V4, 11)],
  [/can't hold its addresses/, v2("2121", V4)],
  [/can't hold its addresses/, v2("2131", V4)],
  [/can't hold its addresses/, v2("2112")],
  [/4097 bytes, more than 4096/, v2("2111", "", 4081)],
  [/4097 bytes, more than 4096/, v2("2000", "", 4081)],
  [/an extension that breaks off/, v2("2111", `${V4}04`)],
  [/an extension that breaks off/, v2("2111", `${V4}0400`)],
  [/an extension that breaks off/, v2("2111", `${V4}04000100`.slice(0, -2))],
  [/an extension that breaks off/, v2("2111", `${V4}040000ee0002aa`)],
  [/an extension that breaks off/, v2("2131", `${UNIX}04`)],
];

Deno.test("What two receivers could read differently, or can't be a PROXY header, is refused", () => {
  for (const [what, bytes] of REFUSED) {
    const error = assertThrows(() => readProxyHeader(bytes), ProtocolError);
    assertMatch(error.message, what);
    assertEquals(error.code, what.source === "found none" ? "no_proxy_header" : "bad_proxy_header");
  }
});

/**
 * PROXY headers of any kind, written and read again; and bytes of any kind, in any pieces.
 *
 * @module
 */

import fc from "fast-check";
import { ProtocolError } from "../../src/errors.ts";
import {
  encodeProxyHeader,
  NEED_DATA,
  type ProxyHeader,
  readProxyHeader,
} from "../../src/proxy_protocol/mod.ts";
import { ipBytes, ipText } from "../../src/tls/ip_address.ts";
import { assert, assertEquals } from "../assert.ts";

const RUNS = { numRuns: 1000 };
const MAX_BYTES = 4096;

const host = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => ipText(ipBytes(text)!))
  // Those are IPv4 addresses, and come back as such.
  .filter((text) => !/^::ffff:[^:]+:[^:]+$/.test(text));
const address = fc.record({ host, port: fc.nat({ max: 65_535 }) });
const proxied: fc.Arbitrary<ProxyHeader> = fc.record({
  kind: fc.constant("proxied" as const),
  source: address,
  destination: address,
});
const anyHeader = fc.oneof(
  proxied,
  fc.constantFrom<ProxyHeader>({ kind: "local" }, { kind: "unknown" }),
);
const version = fc.constantFrom(1 as const, 2 as const);

/** What comes of bytes that are read one more at a time from `first` on. */
function outcome(bytes: Uint8Array, first: number): unknown {
  for (let size = first; size <= bytes.length; size++) {
    try {
      const found = readProxyHeader(bytes.subarray(0, size));
      if (found !== NEED_DATA) return found;
      assert(size < MAX_BYTES, "asks for more than the limit");
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return error.message;
    }
  }
  return "need data";
}

Deno.test("A PROXY header of two addresses is read as it was written, in either version", () => {
  fc.assert(
    fc.property(proxied, version, fc.uint8Array(), (header, version, behind) => {
      const bytes = encodeProxyHeader(header, version);
      const found = readProxyHeader(Uint8Array.of(...bytes, ...behind));
      assertEquals(found, { header, size: bytes.length });
    }),
    RUNS,
  );
});

const edits = fc.array(
  fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 3 })),
  { maxLength: 3 },
);
const mutated = fc.tuple(anyHeader, version, edits).map(([header, version, edits]) =>
  edits.reduce((bytes, [place, removed, added]) => {
    const at = place % (bytes.length + 1);
    return Uint8Array.of(...bytes.subarray(0, at), ...added, ...bytes.subarray(at + removed));
  }, encodeProxyHeader(header, version))
);
const line = fc.array(
  fc.constantFrom("TCP4", "TCP6", "UNKNOWN", "::1", "192.0.2.1", "0", "65535", "", "\r", "\n"),
  { maxLength: 7 },
).map((words) => new TextEncoder().encode(`PROXY ${words.join(" ")}\r\n`));
const anything = fc.oneof(mutated, line, fc.uint8Array({ maxLength: 40 }));

Deno.test("Any bytes are a PROXY header, an error or too few, the same in every split", () => {
  fc.assert(
    fc.property(anything, fc.nat({ max: 60 }), (bytes, first) => {
      const whole = outcome(bytes, bytes.length);
      assertEquals(outcome(bytes, Math.min(first, bytes.length)), whole);
      assertEquals(outcome(bytes, 0), whole);
    }),
    RUNS,
  );
});

/**
 * The ClientHello reader against bytes of any kind, in any pieces.
 *
 * @module
 */

import fc from "fast-check";
import { ProtocolError } from "../../src/errors.ts";
import { ClientHelloReader, NEED_DATA, NOT_TLS } from "../../src/tls/client_hello_reader.ts";
import { assert, assertEquals } from "../assert.ts";
import { bytesOf, hello, helloMessage, inRecords, REAL_HELLOS } from "./hellos.ts";

const RUNS = { numRuns: 500 };
const MAX_BYTES = 16 * 1024;

/** What comes of bytes that are read in pieces, and how many of them it took. */
function outcome(bytes: Uint8Array, cuts: readonly number[]): unknown {
  const reader = new ClientHelloReader();
  for (const end of [...cuts, bytes.length]) {
    try {
      const found = reader.read(bytes.slice(0, end));
      if (found === NOT_TLS) return "not TLS";
      if (found !== NEED_DATA) return found;
      assert(end < MAX_BYTES, "asks for more than the limit");
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return error.message;
    }
  }
  return "need data";
}

/** One after the other at every byte. */
function everywhere(bytes: Uint8Array): number[] {
  return Array.from(bytes, (_, at) => at);
}

const anyHello = fc.oneof(
  fc.constantFrom(...REAL_HELLOS.values()),
  fc.record({
    serverName: fc.stringMatching(/^[!-~]{1,40}$/),
    alpn: fc.array(fc.stringMatching(/^[ -\xff]{1,10}$/), { minLength: 1, maxLength: 4 }),
  }).map(hello),
);

/** Bytes changed, left out and slipped in. */
const edits = fc.array(
  fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 3 })),
  { minLength: 1, maxLength: 4 },
);

const mutated = fc.tuple(anyHello, edits).map(([bytes, edits]) =>
  edits.reduce((bytes, [place, removed, added]) => {
    const at = place % (bytes.length + 1);
    return bytesOf(bytes.subarray(0, at), added, bytes.subarray(at + removed));
  }, bytes)
);

const beginsAsTls = fc.uint8Array({ maxLength: 200 }).map((rest) => bytesOf([22, 3, 1], rest));
const anything = fc.oneof(anyHello, mutated, beginsAsTls, fc.uint8Array({ maxLength: 200 }));

Deno.test("Any bytes are a ClientHello, no TLS, an error or too few, the same in every split", () => {
  fc.assert(
    fc.property(anything, fc.array(fc.nat({ max: 2000 })), (bytes, places) => {
      const cuts = places.filter((place) => place < bytes.length).sort((one, other) => one - other);
      const whole = outcome(bytes, []);
      assertEquals(outcome(bytes, cuts), whole);
      assertEquals(outcome(bytes, everywhere(bytes)), whole);
    }),
    RUNS,
  );
});

Deno.test("A ClientHello says the same in records of any sizes, and never before its end", () => {
  const message = (bytes: Uint8Array) => bytes.subarray(5);
  const inOneRecord = [...REAL_HELLOS].filter(([name]) => name !== "openssl_records");
  fc.assert(
    fc.property(
      fc.constantFrom(...inOneRecord),
      fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 20 }),
      ([, bytes], sizes) => {
        const cut = inRecords(message(bytes), sizes);
        assertEquals(outcome(cut, []), outcome(bytes, []));
        assertEquals(outcome(cut.subarray(0, -1), []), "need data");
      },
    ),
    RUNS,
  );
});

Deno.test("A name and protocols are read as they were written", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[!-~]{1,255}$/),
      fc.array(fc.stringMatching(/^[ -\xff]{1,20}$/), { minLength: 1, maxLength: 9 }),
      (serverName, alpn) => {
        const found = new ClientHelloReader().read(hello({ serverName, alpn }));
        assert(typeof found !== "symbol");
        assertEquals([found.serverName, found.alpn], [serverName.toLowerCase(), alpn]);
      },
    ),
    RUNS,
  );
});

Deno.test("A hello that comes byte by byte is not looked at again and again", () => {
  for (const recordBytes of [1, 16_384]) {
    const message = helloMessage({ extensions: [[21, new Uint8Array(2000)]] });
    const bytes = inRecords(message, Array(message.length).fill(recordBytes));
    let looks = 0, length = 0;
    const counted = new Proxy(bytes, {
      get(target, key) {
        if (key === "length") return length;
        if (key === "subarray") {
          return (start: number, end: number) => {
            looks += end - start;
            return target.subarray(start, end);
          };
        }
        if (typeof key === "string") looks++;
        return Reflect.get(target, key, target);
      },
    });
    const reader = new ClientHelloReader();
    for (length = 1; length < bytes.length; length++) {
      assertEquals(reader.read(counted), NEED_DATA);
    }
    assert(typeof reader.read(counted) !== "symbol");
    assert(looks < 12 * bytes.length, `${looks} looks at ${bytes.length} bytes`);
  }
});

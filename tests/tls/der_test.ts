import fc from "fast-check";
import {
  booleanValue,
  DerError,
  DerReader,
  encodeDer,
  oidText,
  Tag,
  timeValue,
} from "../../src/tls/der.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex);
}

Deno.test("what encodeDer() writes, DerReader reads", () => {
  const sizes = fc.constantFrom(0, 1, 127, 128, 255, 256, 65_535, 65_536);
  fc.assert(fc.property(sizes, fc.integer({ min: 0, max: 30 }), (size, tag) => {
    const reader = new DerReader(encodeDer(tag, new Uint8Array(size).fill(7)));
    const { content } = reader.next();
    assertEquals(content.length, size);
    assert(content.every((byte) => byte === 7));
    assert(reader.done);
  }));
});

Deno.test("DerReader refuses what isn't DER", () => {
  const cases: [string, string][] = [
    ["", "fewer bytes than there should be"],
    ["30", "fewer bytes than there should be"],
    ["3001", "a length past the end"],
    ["3080", "a length that isn't DER"], // indefinite
    ["308101", "a length that isn't DER"], // would have fit in one byte
    ["30820080", "a length that isn't DER"], // a leading zero
    ["308400000001", "a length that isn't DER"],
    ["3082ffff", "a length past the end"],
    ["1f8101", "a tag that takes more than one byte"],
  ];
  for (const [hex, found] of cases) {
    assertEquals(assertThrows(() => new DerReader(bytes(hex)).next(), DerError).message, found);
  }
});

Deno.test("DerReader.take() names the tag that it found", () => {
  const error = assertThrows(() => new DerReader(bytes("0400")).take(Tag.integer), DerError);
  assertEquals(error.message, "tag 0x04 in place of 0x02");
});

Deno.test("DerReader.takeOptional() reads nothing when the tag is another", () => {
  const reader = new DerReader(bytes("0400"));
  assertEquals(reader.takeOptional(Tag.integer), null);
  assertEquals(reader.take(Tag.octetString).length, 0);
  assertEquals(reader.takeOptional(Tag.integer), null);
});

Deno.test("oidText() reads object identifiers, also of arcs past 2^53", () => {
  assertEquals(oidText(bytes("2a864886f70d010101")), "1.2.840.113549.1.1.1");
  assertEquals(oidText(bytes("550411")), "2.5.4.17");
  assertEquals(oidText(bytes("27")), "0.39");
  assertEquals(oidText(bytes("8837")), "2.999");
  // ITU-T X.667: 2.25 and a UUID as one number.
  assertEquals(
    oidText(bytes("6983ffffffffffffffffffffffffffffffffff7f")),
    `2.25.${2n ** 128n - 1n}`,
  );
  for (const hex of ["", "2a86", "2a8001", "01".repeat(65)]) {
    assertThrows(() => oidText(bytes(hex)), DerError);
  }
});

Deno.test("booleanValue() takes the two values of DER only", () => {
  assertEquals(booleanValue(bytes("ff")), true);
  assertEquals(booleanValue(bytes("00")), false);
  for (const hex of ["", "01", "ffff"]) assertThrows(() => booleanValue(bytes(hex)), DerError);
});

function time(tag: number, text: string): number {
  return timeValue(new DerReader(encodeDer(tag, new TextEncoder().encode(text))).next());
}

Deno.test("timeValue() reads both forms of time", () => {
  assertEquals(time(Tag.utcTime, "260501120000Z"), Date.UTC(2026, 4, 1, 12));
  assertEquals(time(Tag.utcTime, "491231235959Z"), Date.UTC(2049, 11, 31, 23, 59, 59));
  assertEquals(time(Tag.utcTime, "500101000000Z"), Date.UTC(1950, 0, 1));
  assertEquals(time(Tag.generalizedTime, "20500101000000Z"), Date.UTC(2050, 0, 1));
  assertEquals(time(Tag.generalizedTime, "99991231235959Z"), Date.UTC(9999, 11, 31, 23, 59, 59));
});

Deno.test("timeValue() refuses times that don't exist or are written otherwise", () => {
  for (const text of ["260229000000Z", "261301000000Z", "260501240000Z", "260501120060Z"]) {
    assertEquals(
      assertThrows(() => time(Tag.utcTime, text), DerError).message,
      "a time that doesn't exist",
    );
  }
  for (const text of ["2605011200Z", "260501120000+0100", "20260501120000Z", ""]) {
    assertThrows(() => time(Tag.utcTime, text), DerError);
  }
  assertThrows(() => time(Tag.generalizedTime, "20260501120000.5Z"), DerError);
  assertThrows(() => time(Tag.octetString, "260501120000Z"), DerError);
});

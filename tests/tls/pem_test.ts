import fc from "fast-check";
import { PemError } from "../../src/errors.ts";
import { encodePem, parsePem } from "../../src/tls/pem.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const BLOCK = encodePem("CERTIFICATE", Uint8Array.of(1, 2, 3));

function messageOf(text: string): string {
  return assertThrows(() => parsePem(text, "the file"), PemError).message;
}

Deno.test("what encodePem() writes, parsePem() reads", () => {
  const label = fc.constantFrom("CERTIFICATE", "EC PRIVATE KEY", "X");
  const block = fc.record({ label, der: fc.uint8Array({ minLength: 1, maxLength: 300 }) });
  fc.assert(fc.property(fc.array(block), fc.constantFrom("\n", "\r\n"), (blocks, newline) => {
    const text = blocks.map(({ label, der }) => encodePem(label, der)).join("");
    const read = parsePem(text.replaceAll("\n", newline), "the file");
    assertEquals(
      read.map(({ label, der }) => ({ label, der: [...der] })),
      blocks.map(({ label, der }) => ({ label, der: [...der] })),
    );
  }));
});

Deno.test("encodePem() writes 64 characters a line", () => {
  const lines = encodePem("X", new Uint8Array(100)).split("\n");
  assertEquals(lines.map((line) => line.length), [17, 64, 64, 8, 15, 0]);
});

Deno.test("parsePem() passes over text between blocks", () => {
  const text = `Bag Attributes\n  friendlyName: x\n${BLOCK}-----\nsubject=CN = x\n${BLOCK}the end`;
  assertEquals(parsePem(text, "the file").length, 2);
});

Deno.test("parsePem() takes spaces at line ends and a last line without its line feed", () => {
  assertEquals(parsePem(BLOCK.replaceAll("\n", " \t\n").trimEnd(), "the file").length, 1);
});

Deno.test("parsePem() keeps the headers of an encrypted key apart from its base64", () => {
  const text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" +
    "DEK-Info: AES-256-CBC,00\n\nAQID\n-----END RSA PRIVATE KEY-----\n";
  const [block] = parsePem(text, "the file");
  assertEquals(block.headers, ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00"]);
  assertEquals([...block.der], [1, 2, 3]);
});

Deno.test("parsePem() finds nothing in text without blocks", () => {
  assertEquals(parsePem("", "the file"), []);
  assertEquals(parsePem("hello\n", "the file"), []);
});

Deno.test("parsePem() says what is wrong with a block", () => {
  const begin = "-----BEGIN CERTIFICATE-----\n";
  const end = "-----END CERTIFICATE-----\n";
  assertEquals(
    messageOf(`${begin}AQID\n`),
    "Cannot read the file: found BEGIN CERTIFICATE without its END",
  );
  assertEquals(
    messageOf(`${begin}AQID\n-----END PRIVATE KEY-----\n`),
    "Cannot read the file: found END PRIVATE KEY after BEGIN CERTIFICATE",
  );
  assertEquals(
    messageOf(`${begin}${begin}AQID\n${end}`),
    "Cannot read the file: found BEGIN CERTIFICATE inside of a CERTIFICATE block",
  );
  for (const body of ["AQI", "AQ=D", "A*ID", "AQID====", "AQID\n\u00e9"]) {
    assertEquals(
      messageOf(`${begin}${body}\n${end}`),
      "Cannot read the file: found bad base64 in CERTIFICATE",
    );
  }
});

Deno.test("parsePem() tells of a BEGIN that is indented or glued to other text", () => {
  for (const text of [BLOCK.replaceAll(/^/gm, "  "), BLOCK.replaceAll("\n", "\\n")]) {
    assert(messageOf(text).includes("must be a line of its own"));
  }
});

Deno.test("parsePem() throws nothing but PemError, whatever it is given", () => {
  const line = fc.constantFrom(
    "-----BEGIN A-----",
    "-----END A-----",
    "-----BEGIN B-----",
    "AQID",
    "A: b",
    "",
    "=",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(line).map((lines) => lines.join("\n")),
  );
  fc.assert(fc.property(text, (text) => {
    try {
      parsePem(text, "the file");
    } catch (error) {
      if (!(error instanceof PemError)) throw error;
    }
  }));
});

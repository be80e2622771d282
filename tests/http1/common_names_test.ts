import { COMMON_NAMES, commonName } from "../../src/http1/common_names.ts";
import { isToken } from "../../src/http1/syntax.ts";
import { assert, assertEquals } from "../assert.ts";
import { latin1Bytes } from "./driver.ts";

function found(name: string): string | undefined {
  const bytes = latin1Bytes(`GET${name}: x`);
  return commonName(bytes, 3, 3 + name.length);
}

Deno.test("Every common name is found in any case, and lowered (RFC 9110 §5.1)", () => {
  for (const name of COMMON_NAMES) {
    assertEquals(found(name), name);
    assertEquals(found(name.toUpperCase()), name);
    assertEquals(found(name[0].toUpperCase() + name.slice(1)), name);
  }
});

Deno.test("Common names are lower-case and of letters, digits and - alone", () => {
  for (const name of COMMON_NAMES) assert(/^[a-z0-9-]+$/.test(name), name);
});

Deno.test("No other name is taken for a common one, be there one byte between them", () => {
  const known = new Set(COMMON_NAMES);
  for (const name of COMMON_NAMES) {
    for (let at = 0; at < name.length; at++) {
      for (let byte = 0x21; byte < 0x7f; byte++) {
        const other = name.slice(0, at) + String.fromCharCode(byte) + name.slice(at + 1);
        if (!isToken(other) || known.has(other.toLowerCase())) continue;
        assertEquals(found(other), undefined, other);
      }
    }
  }
});

Deno.test("A name that begins or goes on like a common one is another", () => {
  for (const name of ["hos", "hostx", "xhost", "h", "_", "a".repeat(100)]) {
    assertEquals(found(name), undefined, name);
  }
});

import { ProtocolError } from "../../src/errors.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { parseConnection, persists } from "../../src/http1/mod.ts";
import { assertEquals, assertThrows } from "../assert.ts";

function connection(...values: string[]): HeaderMap {
  return HeaderMap.of(...values.map((value) => ["connection", value] as const));
}

/** The claim, the Connection fields, then close, keep-alive and what is nominated. */
const READ: readonly (readonly [
  claim: string,
  values: readonly string[],
  close: boolean,
  keepAlive: boolean,
  nominated: readonly string[],
])[] = [
  ["Without a Connection field nothing is said (RFC 9110 §7.6.1)", [], false, false, []],
  ["close is read (RFC 9112 §9.6)", ["close"], true, false, []],
  ["keep-alive is read (RFC 9112 §9.3)", ["keep-alive"], false, true, []],
  ["Options have no case (RFC 9110 §7.6.1)", ["CLOSE"], true, false, []],
  ["Keep-Alive is read as browsers write it", ["Keep-Alive"], false, true, []],
  ["A list may have both (RFC 9110 §7.6.1)", ["keep-alive, close"], true, true, []],
  ["Several fields are one list (RFC 9110 §5.3)", ["x-a", "Close"], true, false, ["x-a"]],
  ["Other options are nominated, lowered (RFC 9110 §7.6.1)", ["X-A, close, x-b"], true, false, [
    "x-a",
    "x-b",
  ]],
  ["Empty elements are ignored (RFC 9110 §5.6.1.2)", [",, close ,\t,"], true, false, []],
  ["White space around options is ignored (RFC 9110 §5.6.1)", [" close\t,\tx-a "], true, false, [
    "x-a",
  ]],
  ["An empty field says nothing (RFC 9110 §5.6.1.2)", [""], false, false, []],
  ["A no-break space is no white space (RFC 9110 §5.6.3)", ["close\xa0, x-a"], false, false, [
    "close\xa0",
    "x-a",
  ]],
  ["What begins like close isn't close (RFC 9112 §9.6)", ["closed"], false, false, ["closed"]],
];
for (const [claim, values, close, keepAlive, nominated] of READ) {
  Deno.test(claim, () => {
    assertEquals(parseConnection(connection(...values)), { close, keepAlive, nominated });
  });
}

const REFUSED: readonly (readonly [claim: string, value: string])[] = [
  ["Ten options are refused, as Envoy does", "a,b,c,d,e,f,g,h,i,j"],
  ["A pseudo header may not be nominated, as Envoy has it", "close, :path"],
  ...[
    "x-forwarded-for",
    "X-Forwarded-Host",
    "x-forwarded-proto",
    "host",
    "content-length",
    "authorization",
    "Cookie",
  ].map((name) =>
    [`${name} may not be nominated: the next hop needs it`, `close, ${name}`] as const
  ),
];
for (const [claim, value] of REFUSED) {
  Deno.test(claim, () => {
    const error = assertThrows(() => parseConnection(connection(value)), ProtocolError);
    assertEquals([error.status, error.code], [400, "bad_connection"]);
  });
}

Deno.test("Nine options are taken, empty ones not counted", () => {
  const { nominated } = parseConnection(connection(",a,b,c,d,e,f,g,h,,,i,"));
  assertEquals(nominated.length, 9);
});

/** The claim, the Connection fields, the minor version, and whether the connection goes on. */
const PERSISTS: readonly (readonly [
  claim: string,
  values: readonly string[],
  minorVersion: 0 | 1,
  goesOn: boolean,
])[] = [
  ["HTTP/1.1 goes on by itself (RFC 9112 §9.3)", [], 1, true],
  ["HTTP/1.1 goes on with keep-alive (RFC 9112 §9.3)", ["keep-alive"], 1, true],
  ["HTTP/1.1 ends with close (RFC 9112 §9.3)", ["close"], 1, false],
  ["close wins over keep-alive (RFC 9112 §9.3)", ["keep-alive, close"], 1, false],
  ["HTTP/1.0 ends by itself (RFC 9112 §9.3)", [], 0, false],
  ["HTTP/1.0 goes on with keep-alive (RFC 9112 §9.3)", ["keep-alive"], 0, true],
  ["HTTP/1.0 ends with close, keep-alive or not (RFC 9112 §9.3)", ["close, keep-alive"], 0, false],
];
for (const [claim, values, minorVersion, goesOn] of PERSISTS) {
  Deno.test(claim, () => {
    assertEquals(persists(parseConnection(connection(...values)), minorVersion), goesOn);
  });
}

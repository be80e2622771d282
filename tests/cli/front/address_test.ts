import { UsageError } from "../../../src/cli/command.ts";
import { isLoopback, parseFrontAddresses, showUrl } from "../../../src/cli/front/address.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../../assert.ts";

/** FROM, the TOs, and what they are read as. */
const READ: readonly [from: string, to: string[], read: string[]][] = [
  ["https://localhost:8443", ["http://localhost:3000"], [
    "https://localhost:8443",
    "http://localhost:3000",
  ]],
  ["https://app.test", ["http://127.0.0.1"], ["https://app.test:443", "http://127.0.0.1:80"]],
  ["https://localhost:8443", ["3000"], ["https://localhost:8443", "http://localhost:3000"]],
  ["https://localhost:8443", [":3000", "3001", "app.internal:80"], [
    "https://localhost:8443",
    "http://localhost:3000",
    "http://localhost:3001",
    "http://app.internal:80",
  ]],
  ["http://localhost:8080", ["https://example.com"], [
    "http://localhost:8080",
    "https://example.com:443",
  ]],
  ["https://LOCALHOST:8443/", ["HTTP://App.Test:3000/"], [
    "https://localhost:8443",
    "http://app.test:3000",
  ]],
  ["https://[::1]:8443", ["http://[::1]:3000"], ["https://[::1]:8443", "http://[::1]:3000"]],
  ["tcp://0.0.0.0:8443", ["10.0.0.7:443"], ["tcp://0.0.0.0:8443", "tcp://10.0.0.7:443"]],
  ["tls://localhost:8443", ["5432"], ["tls://localhost:8443", "tcp://localhost:5432"]],
  ["tcp://localhost:5432", ["tls://db.internal:5432"], [
    "tcp://localhost:5432",
    "tls://db.internal:5432",
  ]],
  ["http://localhost:0", ["3000"], ["http://localhost:0", "http://localhost:3000"]],
];

for (const [from, to, read] of READ) {
  Deno.test(`genkan ${from} ${to.join(" ")} leads ${read[0]} to ${read.slice(1)}`, () => {
    const addresses = parseFrontAddresses(from, to);
    assertEquals([addresses.from, ...addresses.to].map(showUrl), read);
  });
}

/** FROM, TO, and words of the refusal. */
const REFUSED: readonly [from: string, to: string[], words: string][] = [
  ["localhost:8443", ["3000"], "write https://localhost:8443"],
  [":8443", ["3000"], "write https://localhost:8443"],
  ["https://:8443", ["3000"], "no host; write https://localhost:8443"],
  ["https://localhost:8443", ["tcp://localhost:5432"], "write tls://localhost:8443 for bytes"],
  ["tcp://localhost:8443", ["http://localhost:3000"], "write tcp://localhost:3000 for bytes"],
  ["tcp://localhost:8443", ["https://localhost:3000"], "write tls://localhost:3000 for bytes"],
  ["https://localhost:1", ["http://a:2", "https://b:3"], "the same scheme"],
  ["https://localhost:8443", ["https://127.0.0.1:8443"], "to itself"],
  ["tcp://localhost", ["10.0.0.1:5"], "tcp:// needs a port"],
  ["https://localhost:8443", ["http://localhost:3000/api"], 'found "/api" after the port'],
  ["https://localhost:8443", ["http://user@localhost:3000"], "a user name has no place here"],
  ["https://localhost:70000", ["3000"], "at most 65535"],
  ["https://localhost:8443", ["localhost:0"], "port 0 is no port"],
  ["https://localhost:8443", ["wss://localhost:3000"], "write https://"],
  ["ftp://localhost:21", ["3000"], 'unknown scheme "ftp"'],
  ["https://256.0.0.1:8443", ["3000"], "not a host name"],
  ["https://a b:8443", ["3000"], "not a host name"],
  ["https://-a:8443", ["3000"], "not a host name"],
  ["https://localhost:8443", [""], "no host and no port"],
];

for (const [from, to, words] of REFUSED) {
  Deno.test(`genkan "${from}" "${to.join('" "')}" is refused: ${words}`, () => {
    const { message } = assertThrows(() => parseFrontAddresses(from, to), UsageError);
    assertMatch(message, words);
    assert(!message.includes("\n"), "one line");
  });
}

Deno.test("Loopback is localhost, the names under it, 127.0.0.0/8 and ::1", () => {
  const loopback = ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"];
  const other = ["app.test", "localhost.com", "127.example.com", "10.0.0.1", "::2", "0.0.0.0"];
  assertEquals([...loopback, ...other].filter(isLoopback), loopback);
});

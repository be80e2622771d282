import {
  isLoopback,
  parseAdminAddress,
  parseAuthority,
  parseEndpoint,
  parseListenAddress,
  parseNetwork,
  parseServerPattern,
} from "../../src/config/address.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("parseEndpoint() takes an address or a name, with a port", () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1:3000", "127.0.0.1", 3000],
    ["[::1]:443", "::1", 443],
    ["[2001:DB8:0:0::1]:443", "2001:db8::1", 443],
    ["app.internal:65535", "app.internal", 65535],
    ["APP_1.Internal:1", "app_1.internal", 1],
    ["localhost:80", "localhost", 80],
  ];
  for (const [text, host, port] of cases) {
    assertEquals(parseEndpoint(text), { value: { host, port } }, text);
  }
});

Deno.test("parseEndpoint() refuses what isn't host:port", () => {
  const bad = ["", "app", "app:", ":80", "::1:80", "[::1]", "[app]:80", "app:0", "app:65536"]
    .concat(["app:8o", "a b:80", "10.0.0:80", "256.1.1.1:80", "-app:80", "app/x:80", "app:80/x"])
    .concat(["http://app:80", "user@app:80", `${"a".repeat(64)}:80`, `${"a.".repeat(127)}a:80`]);
  for (const text of bad) assert("expected" in parseEndpoint(text), text);
});

Deno.test("An IPv6 address without brackets is refused with how to write it", () => {
  for (const parse of [parseEndpoint, parseListenAddress, parseAdminAddress]) {
    for (const host of ["::1", "::", "2001:db8::5"]) {
      const reading = parse(`${host}:80`);
      assertEquals("hint" in reading && reading.hint, `; write [${host}]:80`);
    }
    for (const text of ["a:b:80", "::1", "1:2:80"]) {
      const reading = parse(text);
      assertEquals("hint" in reading && reading.hint, "", text);
    }
  }
});

Deno.test("parseAuthority() takes what a Host may say", () => {
  const good = ["app.test", "App.test:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"];
  for (const text of good) {
    assertEquals(parseAuthority(text), { value: text.toLowerCase() }, text);
  }
  const bad = ["", ":80", "a b", "a.test:", "a.test:65536", "a.test:8o", "::1", "[a.test]", "a/b"]
    .concat(["u@a.test", "a.test#", "a.test\r\nx: y", "\u00e9.test", "256.1.1.1", "http://a.test"]);
  for (const text of bad) assert("expected" in parseAuthority(text), text);
});

Deno.test("parseListenAddress() takes IP addresses, localhost and any free port", () => {
  const cases: [string, string, number][] = [
    ["0.0.0.0:443", "0.0.0.0", 443],
    ["[::]:8443", "::", 8443],
    ["localhost:8443", "127.0.0.1", 8443],
    ["127.0.0.1:0", "127.0.0.1", 0],
  ];
  for (const [text, host, port] of cases) {
    assertEquals(parseListenAddress(text), { value: { host, port } }, text);
  }
});

Deno.test("parseListenAddress() asks which address a port alone means", () => {
  for (const text of [":443", "443"]) {
    assertEquals(parseListenAddress(text), {
      expected: "an IP address and a port, such as 127.0.0.1:8443 or 0.0.0.0:443",
      hint: "; write 0.0.0.0:443 for every address, 127.0.0.1:443 for this machine only",
    });
  }
  assert("expected" in parseListenAddress("app.test:443"));
});

Deno.test("parseAdminAddress() takes a port alone for this machine", () => {
  for (const text of ["9901", ":9901", "127.0.0.1:9901", "localhost:9901"]) {
    assertEquals(parseAdminAddress(text), { value: { host: "127.0.0.1", port: 9901 } }, text);
  }
  assertEquals(parseAdminAddress("0.0.0.0:9901"), { value: { host: "0.0.0.0", port: 9901 } });
  assert("expected" in parseAdminAddress("99010"));
});

Deno.test("isLoopback() knows the whole of 127.0.0.0/8 and ::1", () => {
  assertEquals(["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "10.0.0.1"].map(isLoopback), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("A unix socket is listened on and sent to by its absolute path", () => {
  const value = { host: "/run/a b:80.sock", port: 0 };
  for (const parse of [parseListenAddress, parseEndpoint]) {
    assertEquals(parse("unix:/run/a b:80.sock"), { value });
    const longest = `/${"a".repeat(106)}`;
    assertEquals(parse(`unix:${longest}`), { value: { host: longest, port: 0 } });
    const bad = ["unix:", "unix:a", "unix:@a", "unix:/a/", "unix:/a\0b", `unix:${longest}a`];
    for (const text of [...bad, `unix:/${"é".repeat(54)}`, "UNIX:/a", "/a"]) {
      assert("expected" in parse(text), text);
    }
  }
  assert("expected" in parseAdminAddress("unix:/run/a.sock"));
});

Deno.test("parseNetwork() takes a network in its short form, and an address as one of one", () => {
  const cases = [
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["192.0.2.128/25", "192.0.2.128/25"],
    ["192.0.2.7", "192.0.2.7/32"],
    ["FD00:0::/8", "fd00::/8"],
    ["2001:db8:8000::/33", "2001:db8:8000::/33"],
    ["::1", "::1/128"],
    ["::/0", "::/0"],
  ];
  for (const [text, value] of cases) assertEquals(parseNetwork(text), { value }, text);
});

Deno.test("parseNetwork() refuses what is no network, and names the one that was meant", () => {
  for (const text of ["", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "a.test/8", "10.0.0.0/-1"]) {
    const reading = parseNetwork(text);
    assert("expected" in reading && reading.hint === undefined, text);
  }
  const meant = [["10.1.2.3/8", "10.0.0.0/8"], ["192.0.2.128/24", "192.0.2.0/24"], [
    "fd00::1/127",
    "fd00::/127",
  ]];
  for (const [text, network] of meant) {
    const reading = parseNetwork(text);
    assert("expected" in reading);
    assertEquals(reading.hint, `; write ${network} for the network that it is in`, text);
  }
});

Deno.test("parseServerPattern() takes a name that clients ask for, or all below one", () => {
  const cases = [["App.test", "app.test"], ["*.App.test", "*.app.test"], ["*.test", "*.test"]];
  for (const [text, value] of cases) assertEquals(parseServerPattern(text), { value }, text);
  const bad = ["", "*", "*.", "*a.test", "a.*", "*.*.test", ".a.test", "a.test.", "a b", "a:80"];
  for (const text of [...bad, "10.0.0.1", "::1", "*.10.0.0.1"]) {
    assert("expected" in parseServerPattern(text), text);
  }
});

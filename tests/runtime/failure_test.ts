import { connError, fileError, handshakeError } from "../../src/runtime/failure.ts";
import { assertEquals } from "../assert.ts";

/** An error as the runtimes throw them. */
function thrown(message: string, fields: { name?: string; code?: string } = {}): Error {
  return Object.assign(new Error(message), fields);
}

Deno.test("A failure says what was attempted, a colon, what was found", () => {
  const refused = connError("Cannot connect to [::1]:80", thrown("x", { code: "ECONNREFUSED" }));
  assertEquals(refused.message, "Cannot connect to [::1]:80: connection refused");
  const other = connError("Cannot connect to a:1", thrown("first line\n  at second", {}));
  assertEquals([other.code, other.message], ["other", "Cannot connect to a:1: first line"]);
});

Deno.test("An errno tells more than the class of the error", () => {
  const cases: [string, { name?: string; code?: string }][] = [
    ["refused", { code: "ECONNREFUSED" }],
    ["refused", { name: "ConnectionRefused" }],
    ["unreachable", { name: "Error", code: "EHOSTUNREACH" }],
    ["reset", { code: "EPIPE" }],
    ["reset", { name: "ConnectionReset" }],
    ["timeout", { code: "ETIMEDOUT" }],
    ["dns", { code: "ENOTFOUND" }],
    ["closed", { name: "BadResource" }],
    ["address_in_use", { code: "EADDRINUSE" }],
    ["address_not_available", { code: "EADDRNOTAVAIL" }],
    ["permission", { name: "NotCapable" }],
    ["tls", { code: "EPROTO" }],
    ["tls", { code: "ERR_SSL_DECRYPTION_FAILED" }],
    ["other", { code: "EMFILE" }],
  ];
  for (const [code, fields] of cases) {
    assertEquals(connError("Cannot", thrown("", fields)).code, code, JSON.stringify(fields));
  }
});

Deno.test("What a TLS library complains of is said in one language, its own words after it", () => {
  const cases = [
    ["received corrupt message of type InvalidContentType", "the other end does not speak TLS"],
    [
      "error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
      "the other end does not speak TLS",
    ],
    ["invalid peer certificate: UnknownIssuer", "the certificate's issuer is not trusted"],
    ["self-signed certificate", "the certificate's issuer is not trusted"],
    ["certificate has expired", "the certificate has expired"],
    [
      "Hostname/IP does not match certificate's altnames: Host: a. is not in b",
      "the certificate is for another name",
    ],
    ["received fatal alert: ProtocolVersion", "no TLS version in common"],
    ["peer doesn't support any known protocol", "no ALPN protocol in common"],
  ];
  for (const [said, ours] of cases) {
    const { code, message } = handshakeError("Cannot connect to a:1", thrown(said));
    assertEquals([code, message], ["tls", `Cannot connect to a:1: ${ours} (${said})`]);
  }
  const unknown = handshakeError("Cannot connect to a:1", thrown("something new"));
  assertEquals([unknown.code, unknown.message], ["tls", "Cannot connect to a:1: something new"]);
});

Deno.test("A handshake that the network ends is the network's failure", () => {
  assertEquals(handshakeError("Cannot", thrown("", { code: "ECONNRESET" })).code, "reset");
  assertEquals(
    handshakeError("Cannot", thrown("", { name: "UnexpectedEof" })).code,
    "unexpected_eof",
  );
});

Deno.test("A file's failure leaves its path to whoever prints it", () => {
  const cases: [string, string, { name?: string; code?: string }][] = [
    ["not_found", "no such file", { code: "ENOENT" }],
    ["permission", "permission denied", { name: "PermissionDenied" }],
    ["is_directory", "is a directory", { code: "EISDIR" }],
    ["exists", "exists already", { name: "AlreadyExists" }],
    ["other", "a part of the path is not a folder", { code: "ENOTDIR" }],
  ];
  for (const [code, message, fields] of cases) {
    const error = fileError("/a/b", thrown("in /a/b", fields));
    assertEquals([error.code, error.message, error.path], [code, message, "/a/b"]);
  }
});

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
    [
      "not_tls",
      "received corrupt message of type InvalidContentType",
      "the other end does not speak TLS",
    ],
    [
      "not_tls",
      "error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
      "the other end does not speak TLS",
    ],
    [
      "untrusted",
      "invalid peer certificate: UnknownIssuer",
      "the certificate's issuer is not trusted",
    ],
    ["untrusted", "self-signed certificate", "the certificate's issuer is not trusted"],
    [
      "untrusted",
      "unable to verify the first certificate",
      "the certificate's issuer is not trusted",
    ],
    ["expired", "certificate has expired", "the certificate has expired"],
    ["not_yet_valid", "certificate is not yet valid", "the certificate is not valid yet"],
    [
      "wrong_name",
      "Hostname/IP does not match certificate's altnames: Host: a. is not in b",
      "the certificate is for another name",
    ],
    ["version", "received fatal alert: ProtocolVersion", "no TLS version in common"],
    ["alpn", "peer doesn't support any known protocol", "no ALPN protocol in common"],
    [
      "client_certificate_required",
      "received fatal alert: CertificateRequired",
      "a client certificate is asked for, and there is none",
    ],
    [
      "client_certificate_required",
      "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED",
      "a client certificate is asked for, and there is none",
    ],
  ];
  for (const [expected, said, ours] of cases) {
    const { code, reason, message } = handshakeError("Cannot connect to a:1", thrown(said));
    assertEquals(
      [code, reason, message],
      ["tls", expected, `Cannot connect to a:1: ${ours} (${said})`],
    );
  }
  const { code, reason, message } = handshakeError("Cannot connect to a:1", thrown("new words"));
  assertEquals([code, reason, message], ["tls", "other", "Cannot connect to a:1: new words"]);
});

Deno.test("A TLS failure behind the handshake has a reason, too", () => {
  const said = "received fatal alert: CertificateRequired";
  const failure = connError("Cannot go on", thrown(said, { code: "ERR_SSL_TLSV13_ALERT" }));
  assertEquals([failure.code, failure.reason], ["tls", "client_certificate_required"]);
});

Deno.test("An alert on certificates of ours is not taken for a verdict on the other end's", () => {
  for (const alert of ["UnknownCA", "CertificateExpired", "CertificateUnknown"]) {
    const failure = handshakeError("Cannot", thrown(`received fatal alert: ${alert}`));
    assertEquals(failure.reason, "other", alert);
  }
});

Deno.test("Only TLS failures have a TLS reason", () => {
  assertEquals(connError("Cannot", thrown("", { code: "ECONNREFUSED" })).reason, null);
  assertEquals(handshakeError("Cannot", thrown("", { code: "ECONNRESET" })).reason, null);
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

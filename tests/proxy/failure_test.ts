import {
  ConnError,
  type ConnErrorCode,
  ProtocolError,
  ProxyError,
  type TlsReason,
} from "../../src/errors.ts";
import {
  connectFailure,
  describeFailure,
  exchangeFailure,
  failureFields,
  noEndpoint,
  UPSTREAM_TIMEOUT,
} from "../../src/proxy/failure.ts";
import { assert, assertEquals } from "../assert.ts";
import { cluster } from "../server/fixture.ts";

const LEAD = "upstream connect error or disconnect/reset before headers. ";

/** A failure that must not be named in an answer. */
function secret(code: ConnErrorCode, reason?: TlsReason): ConnError {
  return new ConnError(code, `Cannot connect to 10.1.2.3:99: ${code}`, { reason });
}

/** An exchange whose answer began with these bytes. */
function answered(...bytes: number[]) {
  const input = { bytes: Uint8Array.from([0, ...bytes, 0]), start: 1, end: 1 + bytes.length };
  return { unanswered: bytes.length === 0, reader: { decoder: { input } } };
}

Deno.test("A connection that can't be made is 503 UF in Envoy's words", () => {
  for (
    const [code, reason] of [
      ["refused", "remote connection failure"],
      ["unreachable", "remote connection failure"],
      ["reset", "remote connection failure"],
      ["tls", "remote connection failure"],
      ["other", "remote connection failure"],
      ["timeout", "connection timeout"],
    ] as const
  ) {
    const { status, flag, body } = describeFailure(connectFailure(secret(code)), {
      retried: false,
    });
    assertEquals([status, flag, body], [503, "UF", `${LEAD}reset reason: ${reason}`], code);
  }
});

Deno.test("Each way in which a connection can't be made has its code", () => {
  const cases: [string, ConnError][] = [
    ["connect_refused", secret("refused")],
    ["connect_timeout", secret("timeout")],
    ["connect_unreachable", secret("unreachable")],
    ["connect_reset", secret("reset")],
    ["connect_closed", secret("unexpected_eof")],
    ["connect_failed", secret("other")],
    ["connect_failed", secret("address_not_available")],
    ["dns_failure", secret("dns")],
    ["upstream_not_tls", secret("tls", "not_tls")],
    ["tls_untrusted", secret("tls", "untrusted")],
    ["tls_expired", secret("tls", "expired")],
    ["tls_not_yet_valid", secret("tls", "not_yet_valid")],
    ["tls_wrong_name", secret("tls", "wrong_name")],
    ["tls_version", secret("tls", "version")],
    ["tls_alpn", secret("tls", "alpn")],
    ["tls_client_certificate", secret("tls", "client_certificate_required")],
    ["tls_failed", secret("tls")],
  ];
  for (const [code, error] of cases) {
    const failure = connectFailure(error);
    assertEquals([failure.code, failure.source, failure.retriable], [code, "upstream", true]);
  }
});

Deno.test("What a cluster has no room for is 503 UO, and a wait that was too long 504 UT", () => {
  const overflow = new ProxyError("overflow", { source: "internal", message: "Cannot: full" });
  assertEquals(describeFailure(connectFailure(overflow), { retried: false }), {
    status: 503,
    flag: "UO",
    body: `${LEAD}reset reason: overflow`,
    code: "overflow",
    cause: "Cannot: full",
  });
  const late = new ProxyError("pending_timeout", { source: "upstream", message: "Cannot: late" });
  assertEquals(describeFailure(connectFailure(late), { retried: false }), {
    ...UPSTREAM_TIMEOUT,
    code: "pending_timeout",
    cause: "Cannot: late",
  });
});

Deno.test("A connection that was lost before the answer is 503 UC", () => {
  const cases: [string, ConnError | null][] = [
    ["upstream_reset", secret("reset")],
    ["upstream_closed", secret("unexpected_eof")],
    ["upstream_closed", null],
    ["upstream_lost", secret("other")],
    ["upstream_lost", secret("tls")],
    ["tls_client_certificate", secret("tls", "client_certificate_required")],
  ];
  for (const [code, error] of cases) {
    const failure = exchangeFailure(error, { unanswered: true });
    const told = describeFailure(failure, { retried: false });
    assertEquals([told.status, told.flag, told.code], [503, "UC", code]);
    assertEquals(told.body, `${LEAD}reset reason: connection termination`);
  }
});

Deno.test("An upstream that breaks the protocol is 502 UPE, with the decoder's code", () => {
  const failure = exchangeFailure(
    new ProtocolError("bad_status_line", "Cannot: x"),
    answered(0x48, 0x15),
  );
  assertEquals(describeFailure(failure, { retried: false }), {
    status: 502,
    flag: "UPE",
    body: `${LEAD}reset reason: protocol error`,
    code: "bad_status_line",
    cause: "Cannot: x",
  });
});

Deno.test("A TLS record in place of an answer is told from other noise", () => {
  const code = (...bytes: number[]) =>
    exchangeFailure(new ProtocolError("bad_line", "?"), answered(...bytes)).code;
  assertEquals(code(0x15, 3, 3, 0, 2, 2, 50), "upstream_speaks_tls");
  assertEquals(code(0x16, 3, 1), "upstream_speaks_tls");
  assertEquals(code(0x15), "upstream_speaks_tls");
  assertEquals(code(0x15, 4), "bad_line");
  assertEquals(code(0x17, 3, 3), "bad_line");
  assertEquals(code(), "bad_line");
});

Deno.test("A retry that failed too says so", () => {
  const failure = exchangeFailure(secret("reset"), { unanswered: true });
  const { body } = describeFailure(failure, { retried: true });
  assertEquals(body, `${LEAD}retried and the latest reset reason: connection termination`);
});

Deno.test("No answer names what is inside", () => {
  for (const code of ["refused", "tls", "reset", "other"] as const) {
    for (
      const failure of [
        connectFailure(secret(code)),
        exchangeFailure(secret(code), { unanswered: true }),
      ]
    ) {
      const { body } = describeFailure(failure, { retried: true });
      assert(!body.includes("10.1.2.3"), body);
    }
  }
});

Deno.test("Only a loss before any byte of the answer may be retried", () => {
  const retriable = (error: unknown, unanswered: boolean) =>
    exchangeFailure(error, { unanswered }).retriable;
  assertEquals(retriable(secret("reset"), true), true);
  assertEquals(retriable(null, true), true);
  assertEquals(retriable(secret("reset"), false), false);
  assertEquals(retriable(new ProtocolError("bad_status_line", "?"), true), false);
});

Deno.test("No endpoint is 503 UH in Envoy's words, and the code says why there is none", () => {
  const named = cluster(["a.test:80", "b.test:81"]);
  const cases = [
    ["no_endpoint", null, noEndpoint(cluster([]), 0)],
    ["dns_failure", "Cannot resolve a.test, b.test: found no address", noEndpoint(named, 0)],
    ["no_healthy_upstream", null, noEndpoint(named, 2)],
  ] as const;
  for (const [code, cause, failure] of cases) {
    const expected = { status: 503, flag: "UH", body: "no healthy upstream", code, cause };
    assertEquals(failure, expected);
  }
});

Deno.test("The log has a code for whatever an upstream does", () => {
  const nowhere = { cluster: null, endpoint: null };
  const cases: [unknown, string][] = [
    [connectFailure(secret("refused")), "connect_refused"],
    [secret("reset"), "upstream_reset"],
    [new ProtocolError("bad_chunk_size", "?"), "bad_chunk_size"],
    [UPSTREAM_TIMEOUT, "route_timeout"],
    [noEndpoint(cluster([]), 0), "no_endpoint"],
  ];
  for (const [cause, code] of cases) assertEquals(failureFields(cause, nowhere).code, code);
  assertEquals(failureFields(noEndpoint(cluster([]), 0), nowhere).cause, "no healthy upstream");
});

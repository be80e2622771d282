import { ConnError, type ConnErrorCode, ProtocolError } from "../../src/errors.ts";
import {
  connectFailure,
  describeFailure,
  exchangeFailure,
  NO_UPSTREAM,
  UPSTREAM_TIMEOUT,
} from "../../src/proxy/failure.ts";
import { assert, assertEquals } from "../assert.ts";

const LEAD = "upstream connect error or disconnect/reset before headers. ";

/** A failure that must not be named in an answer. */
function secret(code: ConnErrorCode): ConnError {
  return new ConnError(code, `Cannot connect to 10.1.2.3:99: ${code}`);
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
    const failure = connectFailure(secret(code));
    assertEquals([failure.code, failure.source], [`connect_${code}`, "upstream"]);
    const { status, flag, body } = describeFailure(failure, { retried: false });
    assertEquals([status, flag, body], [503, "UF", `${LEAD}reset reason: ${reason}`], code);
  }
});

Deno.test("A connection that was lost before the answer is 503 UC", () => {
  const failure = exchangeFailure(secret("reset"), { unanswered: true });
  assertEquals(describeFailure(failure, { retried: false }), {
    status: 503,
    flag: "UC",
    body: `${LEAD}reset reason: connection termination`,
  });
});

Deno.test("An upstream that breaks the protocol is 502 UPE", () => {
  const failure = exchangeFailure(new ProtocolError("bad_status_line", "?"), { unanswered: false });
  assertEquals(describeFailure(failure, { retried: false }), {
    status: 502,
    flag: "UPE",
    body: `${LEAD}reset reason: protocol error`,
  });
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
  assertEquals(retriable(secret("reset"), false), false);
  assertEquals(retriable(new ProtocolError("bad_status_line", "?"), true), false);
});

Deno.test("No endpoint and no answer in time are told as Envoy tells them", () => {
  assertEquals(NO_UPSTREAM, { status: 503, flag: "UH", body: "no healthy upstream" });
  assertEquals(UPSTREAM_TIMEOUT, { status: 504, flag: "UT", body: "upstream request timeout" });
});

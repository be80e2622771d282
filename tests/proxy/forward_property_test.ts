/**
 * Whatever the codec lets in, what is written of it on the other side is one message, whole and
 * the same, to a reader that shares nothing with the codec.
 *
 * @module
 */

import fc from "fast-check";
import { messagesOf } from "../../scripts/fuzz/messages.ts";
import { ProtocolError } from "../../src/errors.ts";
import { HeaderMap, type RequestHead, type ResponseHead } from "../../src/http/mod.ts";
import { parseConnection } from "../../src/http1/mod.ts";
import { NO_CLIENT_CERTIFICATE } from "../../src/proxy/client_certificate.ts";
import { type ForwardOptions, forwardRequest } from "../../src/proxy/forward_request.ts";
import { forwardResponse } from "../../src/proxy/forward_response.ts";
import { assert, assertEquals } from "../assert.ts";
import { readRequest, readResponse, requestLine, valuesOf } from "../conformance/strict_reader.ts";
import {
  concat,
  encodeRequest,
  encodeResponse,
  lastResponses,
  mutated,
  requests,
  responses,
} from "../http1/arbitraries.ts";
import { decodeRequests, decodeResponses, latin1Bytes, latin1Text } from "../http1/driver.ts";

const RUNS = { numRuns: 500 };
const MODES: readonly ForwardOptions["mode"][] = ["replace", "append", "keep"];

/** Names that a sender may nominate, to have them taken out at this hop. */
const nominations = fc.array(
  fc.constantFrom(
    ...["close", "te", "transfer-encoding", "upgrade", "trailer", "date", "x-request-id"],
    ...["x-forwarded-proto", "x-envoy-internal", "content-type", "cookie", "accept", "via", ""],
  ),
  { maxLength: 4 },
).map((names) => names.join(", "));

/** Fields that a hop must not take over. */
const fields = fc.array(
  fc.constantFrom<[name: string, value: string]>(
    ["te", "trailers"],
    ["trailer", "content-length"],
    ["upgrade", "websocket"],
    ["keep-alive", "timeout=5"],
    ["expect", "100-continue"],
    ["http2-settings", "AAMAAABk"],
    ["x-forwarded-host", "b.test"],
    ["x-request-id", "1"],
    ["date", "today"],
  ),
  { maxLength: 3 },
);

function spiced<M extends { readonly headers: HeaderMap }>(messages: fc.Arbitrary<M>) {
  return fc.tuple(messages, nominations, fields).map(([message, nominated, fields]) => ({
    ...message,
    headers: HeaderMap.of(...message.headers, ...fields, ["connection", nominated]),
  }));
}

function piecesOf(body: string): Uint8Array[] {
  return body === "" ? [] : [latin1Bytes(body)];
}

/** What a head says of its connection; null when it is refused for it. */
function nominatedBy(headers: HeaderMap): readonly string[] | null {
  try {
    return parseConnection(headers).nominated;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** The whole messages that the codec reads, without those that are refused later. */
function* taken<H extends RequestHead | ResponseHead>(
  events: ReturnType<typeof decodeRequests>,
): Generator<{ head: H; body: string; nominated: readonly string[] }> {
  for (const { head, body, complete } of messagesOf(events)) {
    const nominated = nominatedBy(head.headers);
    if (complete && nominated !== null) yield { head: head as H, body, nominated };
  }
}

Deno.test("A request that is let in goes out as one request, the same to a strict reader", () => {
  const whole = spiced(requests).map(encodeRequest);
  const streams = fc.oneof(whole, mutated(whole), fc.tuple(whole, mutated(whole)).map(concat));
  let forwarded = 0;
  fc.assert(
    fc.property(streams, fc.constantFrom(...MODES), (bytes, mode) => {
      for (const { head, body, nominated } of taken<RequestHead>(decodeRequests(bytes))) {
        // What HTTP/1.0 lacks is put in before.
        if (head.minorVersion === 0) continue;
        const request = forwardRequest(head, {
          mode,
          nominated,
          downstream: { peer: "192.0.2.7", tls: false, client: NO_CLIENT_CERTIFICATE },
          clientCert: "sanitize",
          timeoutMs: 15_000,
          path: null,
          upgrade: null,
          hops: 1,
          newId: () => "new-id",
        });
        const text = latin1Text(encodeRequest({ ...request, pieces: piecesOf(body) }));
        const read = readRequest(text);
        assert(read !== null && read.size === text.length, JSON.stringify(text));
        assertEquals({ ...requestLine(read), body: read.body }, {
          method: head.method,
          target: head.path,
          body,
        });
        assertEquals(valuesOf(read.fields, "host"), [head.authority]);
        forwarded++;
      }
    }),
    RUNS,
  );
  assert(forwarded > RUNS.numRuns / 4, `${forwarded} requests were let in`);
});

Deno.test("A response that is let in goes out as one response, the same to a strict reader", () => {
  const whole = spiced(fc.oneof(responses, lastResponses));
  const streams = whole.chain((response) => {
    const bytes = fc.constant(encodeResponse(response));
    return fc.tuple(fc.constant(response.method), fc.oneof(bytes, mutated(bytes)));
  });
  let forwarded = 0;
  fc.assert(
    fc.property(streams, ([method, bytes]) => {
      const events = decodeResponses(bytes, { methods: [method], ending: "clean" });
      const final = taken<ResponseHead>(events).find(({ head }) => head.status >= 200);
      if (final === undefined) return;
      const { head, body } = final;
      const response = forwardResponse(head, {
        method,
        minorVersion: 1,
        session: { connectionOption: null, willClose: () => {} },
        serviceTimeMs: 1,
        date: "Sun, 06 Nov 1994 08:49:37 GMT",
      });
      const out = { ...response, method, informational: [], pieces: piecesOf(body) };
      const text = latin1Text(encodeResponse(out)), read = readResponse(text, { method });
      assert(read !== null && read.size === text.length, JSON.stringify(text));
      assertEquals([read.start, read.body], [`HTTP/1.1 ${head.status} ${head.reason}`, body]);
      forwarded++;
    }),
    RUNS,
  );
  assert(forwarded > RUNS.numRuns / 4, `${forwarded} responses were let in`);
});

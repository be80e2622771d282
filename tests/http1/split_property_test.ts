import fc from "fast-check";
import { assert, assertEquals } from "../assert.ts";
import {
  concat,
  encodeRequest,
  encodeResponse,
  lastResponses,
  mutated,
  requests,
  responses,
  soup,
  splits,
} from "./arbitraries.ts";
import { decodeRequests, decodeResponses, type FeedOptions } from "./driver.ts";

const RUNS = { numRuns: 300 };
const endings = fc.constantFrom("open", "clean", "cut");
const methods = fc.array(fc.constantFrom("GET", "HEAD"), { maxLength: 3 });

const requestStreams = fc.array(requests.map(encodeRequest), { minLength: 1, maxLength: 3 })
  .map(concat);
const responseStreams = fc.array(fc.oneof(responses, lastResponses).map(encodeResponse), {
  minLength: 1,
  maxLength: 3,
}).map(concat);

/** Whole streams, nearly whole ones, cut ones, and rubbish. */
function streams(messages: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const cut = fc.tuple(messages, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([bytes, share]) => bytes.subarray(0, Math.floor(share * bytes.length)));
  return fc.oneof(messages, mutated(messages), cut, soup, fc.uint8Array({ maxLength: 100 }));
}

// The driver fails when anything but a ProtocolError is thrown, and when the decoder is asked more
// often than the bytes allow; so these also say that no bytes crash it or make it run in circles.

Deno.test("Requests are read the same however their bytes are split", () => {
  fc.assert(
    fc.property(streams(requestStreams), splits, endings, (bytes, pieces, ending) => {
      const whole = decodeRequests(bytes, { ending });
      assertEquals(decodeRequests(bytes, { ending, pieces }), whole);
    }),
    RUNS,
  );
});

Deno.test("Responses are read the same however their bytes are split", () => {
  fc.assert(
    fc.property(
      streams(responseStreams),
      splits,
      fc.record({ ending: endings, methods }),
      (bytes, pieces, options: FeedOptions) => {
        const whole = decodeResponses(bytes, options);
        assertEquals(decodeResponses(bytes, { ...options, pieces }), whole);
      },
    ),
    RUNS,
  );
});

Deno.test("A stream that ends cleanly ends in a message's end or in an error", () => {
  fc.assert(
    fc.property(streams(requestStreams), splits, (bytes, pieces) => {
      const last = decodeRequests(bytes, { ending: "clean", pieces }).at(-1);
      assert(last === undefined || "end" in last || "error" in last, JSON.stringify(last));
    }),
    RUNS,
  );
});

Deno.test("What comes behind bytes changes no event before", () => {
  fc.assert(
    fc.property(streams(requestStreams), streams(requestStreams), (bytes, more) => {
      const before = decodeRequests(bytes);
      const after = decodeRequests(concat([bytes, more])).slice(0, before.length);
      const last = before.at(-1);
      // A body that hasn't ended goes on; all else stands.
      if (last !== undefined && "body" in last) {
        const longer = after.pop();
        before.pop();
        assert(longer !== undefined && "body" in longer && longer.body.startsWith(last.body));
      }
      assertEquals(after, before);
    }),
    RUNS,
  );
});

import fc from "fast-check";
import { assertEquals } from "../assert.ts";
import {
  bodyText,
  concat,
  encodeRequest,
  encodeResponse,
  lastResponses,
  type Request,
  requests,
  type Response,
  responses,
  splits,
} from "./arbitraries.ts";
import { decodeRequests, decodeResponses, type Event } from "./driver.ts";

/** An event without what the encoder adds: the fields that say the framing. */
function plain(event: Event): unknown {
  if (!("head" in event)) return event;
  const { headers, framing, ...line } = event.head;
  const added = framing.kind === "length" || framing.kind === "chunked" ? 1 : 0;
  const names = headers.names.slice(0, headers.size - added);
  return { ...line, framing, names, values: headers.values.slice(0, names.length) };
}

function bodyEvents(message: Request | Response): unknown[] {
  return message.pieces.length === 0 ? [] : [{ body: bodyText(message) }];
}

function requestEvents(request: Request): unknown[] {
  const { method, target, framing, headers: { names, values } } = request;
  const rest = { path: target, authority: "a.test", minorVersion: 1, framing, names, values };
  return [{ method, target, ...rest }, ...bodyEvents(request), { end: true }];
}

function responseEvents(response: Response): unknown[] {
  const { informational, status, reason, framing, headers: { names, values } } = response;
  const bare = { reason: "", minorVersion: 1, framing: { kind: "none" }, names: [], values: [] };
  return [
    ...informational.map((status) => ({ status, ...bare })),
    { status, reason, minorVersion: 1, framing, names, values },
    ...bodyEvents(response),
    { end: true },
  ];
}

Deno.test("Requests that the encoder writes are what the decoder reads, one behind the other", () => {
  const pipelines = fc.array(requests, { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(pipelines, splits, (pipeline, pieces) => {
    const bytes = concat(pipeline.map(encodeRequest));
    const events = decodeRequests(bytes, { pieces, ending: "clean" });
    assertEquals(events.map(plain), pipeline.flatMap(requestEvents));
  }));
});

Deno.test("Responses that the encoder writes are what the decoder reads, one behind the other", () => {
  const pipelines = fc.array(responses, { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(pipelines, splits, (pipeline, pieces) => {
    const bytes = concat(pipeline.map(encodeResponse));
    const methods = pipeline.map((response) => response.method);
    const events = decodeResponses(bytes, { pieces, methods, ending: "cut" });
    assertEquals(events.map(plain), pipeline.flatMap(responseEvents));
  }));
});

Deno.test("A response that ends with its connection is what the decoder reads", () => {
  fc.assert(fc.property(responses, lastResponses, splits, (first, last, pieces) => {
    const bytes = concat([encodeResponse(first), encodeResponse(last)]);
    const events = decodeResponses(bytes, { pieces, methods: [first.method], ending: "clean" });
    assertEquals(events.map(plain), [...responseEvents(first), ...responseEvents(last)]);
  }));
});

/**
 * Writes messages again as a proxy does, and has a reader that shares nothing with the codec count
 * what was written.
 *
 * @module
 */

import { HeaderMap } from "../../src/http/mod.ts";
import {
  CHUNK_END,
  encodeChunkStart,
  encodeRequestHead,
  encodeResponseHead,
  LAST_CHUNK,
  OutputBuffer,
} from "../../src/http1/mod.ts";
import {
  Malformed,
  readRequest,
  readResponse,
  statusOf,
} from "../../tests/conformance/strict_reader.ts";
import { latin1Bytes, latin1Text } from "../../tests/http1/driver.ts";
import { type Message, plainFields } from "./messages.ts";
import type { Case } from "./subject.ts";

/** The whole messages that can be written in HTTP/1.1: one of 1.0 may lack the Host. */
export function rewritable(messages: readonly Message[]): Message[] {
  return messages.filter(({ head, complete }) =>
    complete && !("method" in head && !head.headers.has("host"))
  );
}

/** The bytes of the messages, one char a byte. */
export function rewrite(messages: readonly Message[]): string {
  const out = new OutputBuffer();
  for (const message of messages) {
    const { head, body } = message;
    const headers = HeaderMap.of(...plainFields(message));
    if ("method" in head) encodeRequestHead(out, { ...head, headers });
    else encodeResponseHead(out, { ...head, headers });
    if (head.framing.kind === "chunked") {
      if (body !== "") {
        encodeChunkStart(out, body.length);
        out.append(latin1Bytes(body));
        out.text(CHUNK_END);
      }
      out.text(LAST_CHUNK);
    } else {
      out.append(latin1Bytes(body));
    }
  }
  return latin1Text(out.pending);
}

/** How many messages a strict reader finds; or what it finds wrong. */
export function strictCount(text: string, { side, methods }: Case): number | string {
  let count = 0, answered = 0;
  try {
    for (let rest = text; rest !== ""; count++) {
      const method = methods[answered] ?? "GET";
      const message = side === "request" ? readRequest(rest) : readResponse(rest, { method });
      if (message === null) return "a message that doesn't end";
      if (side === "response" && statusOf(message) >= 200) answered++;
      rest = rest.slice(message.size);
    }
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
  return count;
}

/**
 * What must hold of every input: however its bytes are split they mean the same; nothing but a
 * ProtocolError is thrown; the decoder is asked no more often than its bytes allow; a second reader
 * finds the same messages; and what is written of them again is read as the same, one by one.
 *
 * @module
 */

import { Driver, type Event } from "../../tests/http1/driver.ts";
import { isUpgrade, meaning, type Message, messagesOf } from "./messages.ts";
import { rewritable, rewrite, strictCount } from "./rewrite.ts";
import { readRequests, readResponses, type SecondMessage } from "./second_reader.ts";
import type { Case, Codec } from "./subject.ts";

/** Steps that tell one path from another. */
const PATH_STEPS = 5;

/** Errors of framing and syntax, on which a second reader must agree; others say what it can't see. */
const AGREED_ERRORS = new Set([
  "bad_line",
  "bad_field_name",
  "obs_fold",
  "bad_request_line",
  "bad_status_line",
  "bad_version",
  "bad_length",
  "different_lengths",
  "length_and_coding",
  "bad_coding",
  "unknown_coding",
  "coding_in_http10",
  "bad_chunk_size",
  "bad_chunk_extension",
  "bad_chunk_end",
  "truncated_head",
  "truncated_body",
]);

/** What became of a case. */
export interface Judgement {
  /** What doesn't hold, for people; null when all does. */
  readonly failure: string | null;
  /** How the input's end was read, without its data: inputs of one path are much alike. */
  readonly path: string;
  /** Whole messages. */
  readonly accepted: number;
  /** Whether an error ended it. */
  readonly refused: boolean;
}

/** Reads the case in every way, and compares. */
export function judge(input: Case, codec: Codec): Judgement {
  let events: Event[] = [];
  try {
    events = decode(input, codec);
    return { failure: complaint(input, codec, events), ...summary(events) };
  } catch (error) {
    // The driver lets through what a decoder may not throw, and fails when it runs in circles.
    const failure = `threw ${error instanceof Error ? error.stack : error}`;
    return { failure, ...summary(events) };
  }
}

function decode(input: Case, codec: Codec, pieces: readonly number[] = []): Event[] {
  const { side, text, ending, methods } = input;
  const decoder = side === "request" ? codec.requestDecoder() : codec.responseDecoder();
  return new Driver(decoder, { ending, methods, pieces }).run(text);
}

function summary(events: readonly Event[]): Omit<Judgement, "failure"> {
  const steps = events.map((event) => {
    if ("error" in event) return event.error;
    if (!("head" in event)) return "end" in event ? "." : "body";
    return "status" in event.head ? `${event.head.status}` : event.head.framing.kind;
  });
  return {
    // How it came there says little: a pipeline may be as long as it likes.
    path: steps.slice(-PATH_STEPS).join(" "),
    accepted: steps.filter((step) => step === ".").length,
    refused: events.some((event) => "error" in event),
  };
}

function complaint(input: Case, codec: Codec, events: readonly Event[]): string | null {
  const whole = JSON.stringify(events);
  for (const pieces of [[1], input.pieces]) {
    const split = JSON.stringify(decode(input, codec, pieces));
    if (split === whole) continue;
    return `reads it in another way in pieces of ${pieces}\n  whole:  ${whole}\n  pieces: ${split}`;
  }
  return secondOpinion(input, events) ?? againstItself(input, codec, events);
}

/** Compares with what another reader makes of the bytes. */
function secondOpinion(input: Case, events: readonly Event[]): string | null {
  const { side, text, methods, ending } = input;
  const messages = messagesOf(events);
  const error = events.flatMap((event) => "error" in event ? [event.error] : []).at(0);
  const others = side === "request"
    ? readRequests(text)
    : readResponses(text, { methods, ended: ending === "clean" });
  for (const [at, message] of messages.entries()) {
    const other = others[at];
    if (other === undefined) return `reads message ${at}, which is none`;
    const differs = difference(message, other);
    if (differs !== null) return `reads another ${differs} of message ${at}`;
  }
  // The first message that isn't all there must not be to the other either.
  const next = messages.filter(({ complete }) => complete).length;
  if (!others[next]?.complete || isUpgrade(messages.at(-1))) return null;
  if (error === undefined) return `waits for the end of message ${next}, which is all there`;
  return AGREED_ERRORS.has(error) ? `refuses message ${next}, which is whole: ${error}` : null;
}

function difference({ head, body, complete }: Message, other: SecondMessage): string | null {
  const minor = head.minorVersion;
  const line = "method" in head
    ? `${head.method} ${head.target} HTTP/1.${minor}`
    : `HTTP/1.${minor} ${head.status} ${head.reason}`;
  // The blank before an empty reason may be missing.
  if (line.trimEnd() !== other.line.trimEnd()) return "first line";
  if (JSON.stringify([...head.headers]) !== JSON.stringify(other.fields)) return "head";
  if (complete && !other.complete) return "end";
  return (complete ? body === other.body : other.body.startsWith(body)) ? null : "body";
}

/** Writes the messages again, and reads them again. */
function againstItself(input: Case, codec: Codec, events: readonly Event[]): string | null {
  const messages = rewritable(messagesOf(events));
  const untilEnd = messages.some(({ head }) => head.framing.kind === "eof");
  const again: Case = { ...input, text: rewrite(messages), ending: untilEnd ? "clean" : "open" };
  const before = messages.map(meaning);
  const after = messagesOf(decode(again, codec)).map(meaning);
  if (before.join() !== after.join()) return `reads ${after} where it had written ${before}`;
  // The strict reader wants every length told.
  const count = untilEnd ? messages.length : strictCount(again.text, again);
  return count === messages.length
    ? null
    : `writes ${messages.length} messages, which a strict reader takes for ${count}`;
}

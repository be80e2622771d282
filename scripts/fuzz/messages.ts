/**
 * The messages in what a decoder gave, and what of a message must survive its being written again.
 *
 * @module
 */

import type { Framing, RequestHead, ResponseHead } from "../../src/http/mod.ts";
import type { Event } from "../../tests/http1/driver.ts";

/** A message that was read, as far as it goes. */
export interface Message {
  readonly head: RequestHead | ResponseHead;
  /** One char a byte. */
  readonly body: string;
  readonly complete: boolean;
}

/** Written by the encoder, from the framing. */
const FRAMING_FIELDS = ["content-length", "transfer-encoding"];

/** The messages in the events; informational responses are messages of their own. */
export function messagesOf(events: readonly Event[]): Message[] {
  const messages: Message[] = [];
  for (const event of events) {
    if ("head" in event) {
      messages.push({ head: event.head, body: "", complete: isInformational(event.head) });
    } else if (!("error" in event)) {
      const last = messages.pop()!;
      messages.push("body" in event ? { ...last, body: event.body } : { ...last, complete: true });
    }
  }
  return messages;
}

/** Whether another protocol follows. */
export function isUpgrade(message: Message | undefined): boolean {
  return message !== undefined && "status" in message.head && message.head.status === 101;
}

/** The fields that a proxy copies. */
export function plainFields({ head }: Message): [name: string, value: string][] {
  return [...head.headers].filter(([name]) => !FRAMING_FIELDS.includes(name));
}

/** What a message says, whatever version and spelling it says it in; to be compared. */
export function meaning(message: Message): string {
  const { head, body, complete } = message;
  const line = "method" in head
    ? [head.method, head.target, head.path, head.authority]
    : [head.status, head.reason];
  return JSON.stringify([line, plainFields(message), framing(head.framing), body, complete]);
}

function framing(framing: Framing): number | string {
  return framing.kind === "length" ? framing.size : framing.kind;
}

function isInformational(head: Message["head"]): boolean {
  return "status" in head && head.status < 200 && head.status !== 101;
}

/**
 * What a case about a request says: the bytes, the clause, and what must happen.
 *
 * @module
 */

import type { Field } from "./strict_reader.ts";

/** A request as the upstream must get it. */
export interface ExpectedRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** One char a byte. */
  readonly body: string;
  /** All fields that came from the client and pass, in order: no other may come. */
  readonly fields: readonly Field[];
}

/** What must happen to the bytes. */
export type RequestOutcome =
  /** The upstream gets exactly these, and each is answered, in order. */
  | {
    readonly kind: "accepted";
    readonly requests: readonly ExpectedRequest[];
    /** The connection ends behind the last answer. */
    readonly closes: boolean;
  }
  /** Those of the pipeline before it are answered; then this, and the connection is closed. */
  | {
    readonly kind: "refused";
    readonly before: readonly ExpectedRequest[];
    readonly status: number;
    readonly body: string;
  }
  /**
   * The head is good and the body breaks: refused as well, but where the body came later, the
   * upstream may have got the beginning: that must not look like a whole request, and its connection
   * is closed. The target is `/cut`, by which the beginning is known.
   */
  | { readonly kind: "cut"; readonly status: number }
  /** The client leaves in the middle: no answer, and upstream goes the beginning of `/cut` at most. */
  | { readonly kind: "dropped" }
  /** A refusal, or just the end: nobody there reads HTTP. */
  | { readonly kind: "closed" }
  /** The upstream gets the request and switches; what follows is passed both ways. */
  | {
    readonly kind: "upgraded";
    readonly request: ExpectedRequest;
    /** Sent behind the 101, and echoed by the upstream. */
    readonly bytes: string;
  };

/** One case. */
export interface RequestCase {
  /** What is special about it; unique. */
  readonly name: string;
  /** Where it is written, such as `RFC 9112 §6.3`. */
  readonly clause: string;
  /** One char a byte. */
  readonly send: string;
  readonly outcome: RequestOutcome;
  /** What the log on stderr must say of it. */
  readonly logged?: RegExp;
  /** What is behind the head is sent when a 100 has come. */
  readonly awaitsContinue?: boolean;
  /** In one piece, and with nothing behind it, where bytes that follow rightly change its meaning. */
  readonly alone?: boolean;
}

/** The Host of all cases that aren't about it. */
export const HOST = "Host: a.test";

/** Lines with their line ends, and the empty line. */
export function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A GET for `/` with these field lines. */
export function get(...lines: readonly string[]): string {
  return head("GET / HTTP/1.1", HOST, ...lines);
}

/** A POST with these field lines and what follows the head. */
export function post(lines: readonly string[], rest: string, target = "/"): string {
  return head(`POST ${target} HTTP/1.1`, HOST, ...lines) + rest;
}

/** What the upstream must get: a GET for `/` with the usual Host but for what is said. */
export function expected(different: Partial<ExpectedRequest> = {}): ExpectedRequest {
  return { method: "GET", target: "/", host: "a.test", body: "", fields: [], ...different };
}

const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  414: "URI Too Long",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
};

/** Requests that are refused: their bytes by name. */
export function refuses(
  clause: string,
  cases: Readonly<Record<string, string>>,
  options: {
    readonly status?: number;
    readonly body?: string;
    readonly before?: readonly ExpectedRequest[];
  } = {},
): RequestCase[] {
  const { status = 400, before = [] } = options;
  const body = options.body ?? PHRASES[status];
  return Object.entries(cases).map(([name, send]) => (
    { name, clause, send, outcome: { kind: "refused", status, body, before } }
  ));
}

/** Bodies of `/cut` that break: the whole bytes by name. */
export function cuts(
  clause: string,
  cases: Readonly<Record<string, string>>,
  { status = 400 } = {},
): RequestCase[] {
  return Object.entries(cases).map(([name, send]) => (
    { name, clause, send, outcome: { kind: "cut", status } }
  ));
}

/** Clients that leave in the middle: what they sent, by name. */
export function drops(clause: string, cases: Readonly<Record<string, string>>): RequestCase[] {
  return Object.entries(cases).map(([name, send]) => (
    { name, clause, send, outcome: { kind: "dropped" } }
  ));
}

/** The bytes, and the requests that the upstream must see in them. */
export type AcceptedRow = readonly [send: string, ...requests: readonly ExpectedRequest[]];

/** Bytes that are taken for these requests, by name. */
export function accepts(
  clause: string,
  cases: Readonly<Record<string, AcceptedRow>>,
  { closes = false } = {},
): RequestCase[] {
  return Object.entries(cases).map(([name, [send, ...requests]]) => (
    { name, clause, send, outcome: { kind: "accepted", requests, closes } }
  ));
}

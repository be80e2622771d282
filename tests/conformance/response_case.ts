/**
 * What a case about a response says: the upstream's bytes, the clause, and what must happen.
 *
 * @module
 */

import type { Field } from "./strict_reader.ts";

/** A response as the client must get it. */
export interface ExpectedResponse {
  readonly status: number;
  readonly reason: string;
  /** One char a byte. */
  readonly body: string;
  /** All fields that came from the upstream and pass, in order: no other may come. */
  readonly fields: readonly Field[];
  /** Informational responses before it. */
  readonly interims: readonly (readonly [status: number, fields: readonly Field[]])[];
}

/** What must happen to the bytes. */
export type ResponseOutcome =
  /** The client gets exactly this. */
  | {
    readonly kind: "forwarded";
    readonly response: ExpectedResponse;
    /** The upstream's connection serves the next client; otherwise it is ended, and never does. */
    readonly reused: boolean;
  }
  /** 502 with flag UPE, and the upstream's connection is ended. */
  | { readonly kind: "rejected"; readonly interims: number }
  /**
   * The head was good and the rest breaks. When the client has the head already, all that can be
   * said is said by cutting its connection; else it gets a 502. The flag is UPE for bytes that are
   * wrong, UC for bytes that are missing.
   */
  | { readonly kind: "broken"; readonly flag: "UPE" | "UC" }
  /** 503 with flag UC: the upstream went away before its answer began. */
  | { readonly kind: "lost"; readonly interims: number };

/** One case. */
export interface ResponseCase {
  /** What is special about it; unique. */
  readonly name: string;
  /** Where it is written, such as `RFC 9112 §6.3`. */
  readonly clause: string;
  /** The request's method. */
  readonly method: string;
  /** Field lines of the request. */
  readonly asks?: readonly string[];
  /** What the upstream sends; one char a byte. */
  readonly send: string;
  /** Whether the upstream then ends the connection. */
  readonly ends: boolean;
  readonly outcome: ResponseOutcome;
}

/** How the rows of a table are asked for and end. */
export interface RowOptions {
  readonly method?: string;
  readonly ends?: boolean;
}

/** A 200 with these field lines and what follows the head. */
export function answer(lines: readonly string[], rest = ""): string {
  return status("200 OK", lines, rest);
}

/** A response with this status and reason. */
export function status(line: string, lines: readonly string[] = [], rest = ""): string {
  return `${[`HTTP/1.1 ${line}`, ...lines].join("\r\n")}\r\n\r\n${rest}`;
}

/** A 200 with five bytes. */
export const HELLO: string = answer(["Content-Length: 5"], "hello");

/** What the client must get: `hello` with 200 but for what is said. */
export function response(different: Partial<ExpectedResponse> = {}): ExpectedResponse {
  return { status: 200, reason: "OK", body: "hello", fields: [], interims: [], ...different };
}

/** Responses that pass, by name. */
export function forwards(
  clause: string,
  cases: Readonly<Record<string, readonly [send: string, response: ExpectedResponse]>>,
  { method = "GET", ends = false, reused = !ends }: RowOptions & { readonly reused?: boolean } = {},
): ResponseCase[] {
  return Object.entries(cases).map(([name, [send, response]]) => (
    { name, clause, method, send, ends, outcome: { kind: "forwarded", response, reused } }
  ));
}

/** Responses that are a 502, by name. */
export function rejects(
  clause: string,
  cases: Readonly<Record<string, string>>,
  { method = "GET", ends = false, interims = 0 }: RowOptions & { readonly interims?: number } = {},
): ResponseCase[] {
  return Object.entries(cases).map(([name, send]) => (
    { name, clause, method, send, ends, outcome: { kind: "rejected", interims } }
  ));
}

/** Bodies that break, by name. */
export function breaks(
  clause: string,
  flag: "UPE" | "UC",
  cases: Readonly<Record<string, string>>,
  { method = "GET", ends = flag === "UC" }: RowOptions = {},
): ResponseCase[] {
  return Object.entries(cases).map(([name, send]) => (
    { name, clause, method, send, ends, outcome: { kind: "broken", flag } }
  ));
}

/** Upstreams that leave before their answer, by name. POST, which isn't sent twice. */
export function loses(
  clause: string,
  cases: Readonly<Record<string, string>>,
  { interims = 0 } = {},
): ResponseCase[] {
  return Object.entries(cases).map(([name, send]) => (
    { name, clause, method: "POST", send, ends: true, outcome: { kind: "lost", interims } }
  ));
}

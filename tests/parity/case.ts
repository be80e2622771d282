/**
 * What a case is: bytes that a client sends, what the upstream answers, and the differences between
 * Envoy and genkan that it shows.
 *
 * @module
 */

import type { Difference } from "./differences.ts";
import type { Wire } from "../server/wire.ts";
import type { Answer } from "./recorder.ts";

/** Stands in the bytes of a case for its name. */
export const KEY = "{case}";

/** One conversation. */
export interface Case {
  /** What is special about it; unique. */
  readonly name: string;
  /** The listener's name in `configuration()`. */
  readonly listener: string;
  /** What the client sends, one char a byte, with `KEY` for the User-Agent. */
  readonly send: string;
  /** How many final responses are waited for. */
  readonly responses: number;
  /** What the upstream answers. */
  readonly answer?: Answer;
  /** The upstream closes behind its answer. */
  readonly ends?: boolean;
  /** How many lines of the access log are waited for: one a response, by default. */
  readonly logs?: number;
  /** What happens behind the last response, in a line, instead of another request. */
  readonly behind?: (wire: Wire) => Promise<string>;
  /** What the client sends once it got the informational response that it waits for. */
  readonly afterContinue?: string;
  /** Lines that only one of the two has, and why; none by default. */
  readonly shows: readonly Shown[];
}

/** A difference as a case shows it. */
export interface Shown {
  readonly why: Difference;
  /** Lines of the observation that only Envoy has. */
  readonly envoy: readonly string[];
  /** Lines that only genkan has. */
  readonly genkan: readonly string[];
}

/** What may be said of a case beside its bytes. */
export type CaseOptions = Partial<Omit<Case, "name" | "send" | "shows">>;

/** A request with a Host and the case's name, unless the fields say otherwise. */
export function request(line: string, fields: readonly string[] = [], body = ""): string {
  const named = (name: string) => fields.some((field) => field.toLowerCase().startsWith(name));
  return [
    line.includes(" HTTP/") ? line : `${line} HTTP/1.1`,
    ...(named("host:") ? [] : ["host: a.test"]),
    `user-agent: ${KEY}`,
    ...fields,
    "",
    body,
  ].join("\r\n");
}

/** A case; `shows` are the differences that it shows. */
export function sends(
  name: string,
  send: string,
  { listener = "plain", responses = 1, ...more }: CaseOptions = {},
  ...shows: readonly Shown[]
): Case {
  return { name, listener, send, responses, ...more, shows };
}

/** A case whose request is plain and whose answer is not. */
export function answers(
  name: string,
  answer: Answer,
  more: CaseOptions & { readonly line?: string } = {},
  ...shows: readonly Shown[]
): Case {
  const { line = "GET /", ...options } = more;
  return sends(name, request(line), { ...options, answer }, ...shows);
}

/** A difference that a case shows. */
export function shown(why: Difference, envoy: readonly string[], genkan: readonly string[]): Shown {
  return { why, envoy, genkan };
}

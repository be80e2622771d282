/**
 * What an endpoint of the admin is, and the three kinds of answers.
 *
 * @module
 */

import type { ServerView } from "./view.ts";

/** One path of the admin. */
export interface Endpoint {
  /** Exactly this. */
  readonly path: string;
  /** What it does, in the words of `/help`. */
  readonly help: string;
  /** The query parameters that it knows; others are ignored. */
  readonly params?: readonly { readonly name: string; readonly help: string }[];
  /** True when it changes something: then only POST may call it. */
  readonly mutates?: boolean;
  /** `now` is milliseconds since 1970. */
  answer(view: ServerView, query: URLSearchParams, now: number): Response | Promise<Response>;
}

/** A plain text answer. */
export function text(body: string, status = 200): Response {
  return answer(body, status, "text/plain; charset=UTF-8");
}

/** A JSON answer, indented by one space as Envoy's are. */
export function json(value: unknown): Response {
  return answer(JSON.stringify(value, null, 1) + "\n", 200, "application/json");
}

/** A JSON answer on one line, for what is long. */
export function compactJson(value: unknown): Response {
  return answer(JSON.stringify(value), 200, "application/json");
}

/** A page. It may load nothing and be framed by nobody; its forms lead back to the admin. */
export function html(body: string): Response {
  const response = answer(body, 200, "text/html; charset=UTF-8");
  response.headers.set(
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  );
  return response;
}

const encoder = new TextEncoder();

function answer(body: string, status: number, type: string): Response {
  const bytes = encoder.encode(body);
  return new Response(bytes, {
    status,
    headers: {
      "content-type": type,
      "content-length": String(bytes.length), // so that HEAD tells it too
      "cache-control": "no-cache, max-age=0",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "server": "genkan",
    },
  });
}

/**
 * The regular expression of a query parameter; null when it is absent or empty. It is JavaScript's,
 * where Envoy has RE2: an expression that takes exponential time is possible, from somebody who
 * might as well POST /quitquitquit. Throws a `SyntaxError`.
 */
export function regexParam(query: URLSearchParams, name: string): RegExp | null {
  const source = query.get(name);
  return source === null || source === "" ? null : new RegExp(source);
}

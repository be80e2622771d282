/**
 * An explanation as HTML, JSON or text, whichever the client would rather have.
 *
 * @module
 */

import { reasonPhrase } from "../../http/mod.ts";
import { type ExplanationType, preferredType } from "./accept.ts";
import type { Explanation } from "./explain.ts";
import { renderHtml } from "./html.ts";

/** What is sent. It depends on the request's Accept and on who asks, so it must not be cached. */
export interface RenderedExplanation {
  /** The content-type field. */
  readonly contentType: string;
  /** The content, to be encoded as UTF-8. */
  readonly body: string;
}

const RENDERERS: Readonly<
  Record<ExplanationType, (explanation: Explanation) => RenderedExplanation>
> = {
  "text/plain": (explanation) => ({
    contentType: "text/plain; charset=utf-8",
    body: renderText(explanation),
  }),
  "application/json": (explanation) => ({
    contentType: "application/json",
    body: renderJson(explanation),
  }),
  "text/html": (explanation) => ({
    contentType: "text/html; charset=utf-8",
    body: renderHtml(explanation, reasonPhrase(explanation.status)),
  }),
};

/** Renders it for the value of an Accept field, the values of several joined by commas; null for none. */
export function renderExplanation(
  explanation: Explanation,
  accept: string | null,
): RenderedExplanation {
  return RENDERERS[preferredType(accept)](explanation);
}

/** The names are stable; `fix` has backticks around names of settings. */
function renderJson(explanation: Explanation): string {
  const { status, code, summary, title, cause, fix, cluster, endpoint, detail } = explanation;
  const shown = { status, code, summary, title, cause, fix, cluster, endpoint, detail };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

/** Envoy's line comes first: it is what people and scripts look for. */
function renderText(explanation: Explanation): string {
  const { code, summary, title, cause, fix, cluster, endpoint, detail } = explanation;
  const facts = Object.entries({ code, cluster, endpoint, detail })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${`${name}:`.padEnd(10)}${value}\n`);
  return `${summary}\n\n${title}.\n${cause}\n\nFix: ${fix}\n\n${facts.join("")}`;
}

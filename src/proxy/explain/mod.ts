/**
 * A 502, 503, 504 or 508 of genkan's own that explains itself: who may be told (`audience.ts`), what
 * there is to tell (`explain.ts`, with a sentence or two for each code in `connect_cases.ts`,
 * `tls_cases.ts` and `exchange_cases.ts`), in the words of whichever configuration is in use
 * (`settings.ts`), and as HTML, JSON or text (`render.ts`). No I/O but the probes that are handed in.
 *
 * @module
 */

export { mayKnow } from "./audience.ts";
export {
  explain,
  type ExplainContext,
  type ExplainedEndpoint,
  type Explanation,
} from "./explain.ts";
export { networkProbe, type Probe } from "./probe.ts";
export { type RenderedExplanation, renderExplanation } from "./render.ts";
export type { ConfigForm } from "./settings.ts";

/**
 * Judges inputs in a worker, because a decoder that never returns can only be stopped from outside.
 * Each message asks for a batch of work and is answered with what came of it.
 *
 * @module
 */

import { CORPUS } from "./corpus.ts";
import { type Finding, Fuzzer, shrink, type Totals } from "./fuzzer.ts";
import { judge } from "./judge.ts";
import type { Case, Codec } from "./subject.ts";
import { noteIn } from "./slot.ts";

/** What a worker is asked for. */
export type Order =
  /** Comes first: the codec's URL, and where to note the input that is being judged. */
  | { readonly kind: "begin"; readonly codec: string; readonly slot: SharedArrayBuffer }
  /** New inputs for so many milliseconds; the first such order tells the seed. */
  | { readonly kind: "fuzz"; readonly seed: number; readonly ms: number }
  | { readonly kind: "judge"; readonly input: Case };

/** What a worker answers. */
export interface Report {
  readonly totals: Totals | null;
  readonly finding: Finding | null;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(report: Report): void;
};

let codec: Codec, slot: SharedArrayBuffer, fuzzer: Fuzzer | null = null;

scope.onmessage = async ({ data: order }) => scope.postMessage(await obey(order));

async function obey(order: Order): Promise<Report> {
  switch (order.kind) {
    case "begin":
      codec = await import(order.codec);
      slot = order.slot;
      return { totals: null, finding: null };
    case "fuzz":
      return fuzz(order);
    case "judge": {
      noteIn(slot, order.input);
      const { failure } = judge(order.input, codec);
      return { totals: null, finding: failure === null ? null : { input: order.input, failure } };
    }
  }
}

function fuzz({ seed, ms }: { seed: number; ms: number }): Report {
  const before = (input: Case) => noteIn(slot, input);
  fuzzer ??= new Fuzzer(codec, { seed, corpus: CORPUS, before });
  for (const end = performance.now() + ms; performance.now() < end;) {
    const finding = fuzzer.step();
    if (finding !== null) return { totals: fuzzer.totals, finding: shrink(finding, codec, before) };
  }
  return { totals: fuzzer.totals, finding: null };
}

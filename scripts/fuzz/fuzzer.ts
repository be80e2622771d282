/**
 * Makes inputs and judges them, one a step. An input that is read in a way that none was read
 * before joins the pool, so that later ones go further than a few edits from the corpus.
 *
 * @module
 */

import { judge } from "./judge.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Case, Codec, Seed } from "./subject.ts";

/** The pool keeps no more than so many; a newer one then takes a place of chance. */
const MAX_POOL = 4000;
/** Attempts to make a failing input smaller. */
const MAX_SHRINKS = 1000;

/** What was done so far. */
export interface Totals {
  inputs: number;
  /** Whole messages that were read. */
  messages: number;
  /** Inputs that ended in an error. */
  refused: number;
  /** Ways in which inputs were read. */
  paths: number;
}

/** An input of which something doesn't hold. */
export interface Finding {
  readonly input: Case;
  readonly failure: string;
}

/** Options beside the codec. */
export interface FuzzerOptions {
  /** Same seed, same inputs in the same order. */
  readonly seed: number;
  readonly corpus: readonly Seed[];
  /** Is told of each input before it is judged. */
  readonly before?: (input: Case) => void;
}

/** A run. */
export class Fuzzer {
  readonly totals: Totals = { inputs: 0, messages: 0, refused: 0, paths: 0 };
  readonly #codec: Codec;
  readonly #random: Random;
  readonly #before: (input: Case) => void;
  readonly #pool: Seed[];
  /** Those of the pool that were read without an error: edits of the others seldom get further. */
  readonly #sound: Seed[] = [];
  readonly #paths = new Set<string>();
  #untouched: readonly Seed[];

  /** Begins with the corpus as it is. */
  constructor(codec: Codec, { seed, corpus, before = () => {} }: FuzzerOptions) {
    this.#codec = codec;
    this.#random = new Random(seed);
    this.#before = before;
    this.#pool = [...corpus];
    this.#untouched = corpus;
  }

  /** Judges one more input; gives it when something doesn't hold. */
  step(): Finding | null {
    const seed = this.#next(), input = this.#arriving(seed);
    this.#before(input);
    const { failure, path, accepted, refused } = judge(input, this.#codec);
    const { totals } = this;
    totals.inputs++;
    totals.messages += accepted;
    if (refused) totals.refused++;
    if (!this.#paths.has(path)) {
      this.#paths.add(path);
      totals.paths = this.#paths.size;
      this.#keep(this.#pool, seed);
      if (!refused) this.#keep(this.#sound, seed);
    }
    return failure === null ? null : { input, failure };
  }

  #next(): Seed {
    const [first, ...rest] = this.#untouched;
    this.#untouched = rest;
    if (first !== undefined) return first;
    const sound = this.#sound.length > 0 && this.#random.below(4) > 0;
    const seed = this.#random.pick(sound ? this.#sound : this.#pool);
    const others = [this.#random.pick(this.#pool).text, seed.text];
    return { ...seed, text: mutate(seed, this.#random, others) };
  }

  #keep(pool: Seed[], seed: Seed): void {
    if (pool.length < MAX_POOL) pool.push(seed);
    else pool[this.#random.below(MAX_POOL)] = seed;
  }

  #arriving({ side, text }: Seed): Case {
    const random = this.#random;
    return {
      side,
      text,
      pieces: Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(40)),
      ending: random.pick(["open", "open", "clean", "cut"]),
      methods: Array.from({ length: random.below(3) }, () => random.pick(["GET", "HEAD"])),
    };
  }
}

/** A smaller input that fails in the same way: spans are left out for as long as that holds. */
export function shrink(
  { input, failure }: Finding,
  codec: Codec,
  before: (input: Case) => void = () => {},
): Finding {
  let smallest: Finding = { input, failure };
  let attempts = 0;
  for (let size = input.text.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.input.text.length && attempts < MAX_SHRINKS; attempts++) {
      const { text } = smallest.input;
      const smaller = { ...smallest.input, text: text.slice(0, at) + text.slice(at + size) };
      before(smaller);
      const again = judge(smaller, codec).failure;
      if (again === null || kindOf(again) !== kindOf(failure)) at += size;
      else smallest = { input: smaller, failure: again };
    }
  }
  return smallest;
}

function kindOf(failure: string): string {
  return failure.replaceAll(/[0-9]+/g, "").split(" ", 3).join(" ");
}

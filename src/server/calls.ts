/**
 * Questions and answers over a channel between two threads. Either side may ask the other.
 *
 * @module
 */

import { ConnError, messageOf } from "../errors.ts";
import type { Channel } from "../runtime/mod.ts";

/** What can be asked: each takes one value, and gives one. */
// deno-lint-ignore no-explicit-any -- any values that structured cloning carries
export type Methods = { readonly [name: string]: (value: any) => unknown };

/** What a method is asked with, and what comes back. */
type Asked<M extends Methods, Name extends keyof M> = Parameters<M[Name]>[0];
type Given<M extends Methods, Name extends keyof M> = Awaited<ReturnType<M[Name]>>;

type Message =
  | { readonly id: number; readonly method: string; readonly value: unknown }
  | { readonly id: number; readonly given: unknown }
  | { readonly id: number; readonly failure: Failure };

/** An error on its way: structured cloning would keep neither its class nor its fields. */
interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly conn: Pick<ConnError, "code" | "reason" | "unbound"> | null;
}

/** The other thread has ended before it has answered. */
export class ThreadEnded extends Error {
  override readonly name = "ThreadEnded";
}

/** One end of the channel. `Theirs` is what the other side answers. */
export class Calls<Theirs extends Methods> {
  readonly #channel: Channel;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;
  #ended = false;

  /** `mine` is what this side answers. A method that fails, fails on the other side. */
  constructor(channel: Channel, mine: Methods) {
    this.#channel = channel;
    channel.onMessage((message) => this.#take(message as Message, mine));
  }

  /** Asks the other side. Fails as the method does, or with `ThreadEnded`. */
  ask<Name extends keyof Theirs & string>(
    method: Name,
    value: Asked<Theirs, Name>,
  ): Promise<Given<Theirs, Name>> {
    const answer = Promise.withResolvers<unknown>();
    if (this.#ended) answer.reject(new ThreadEnded("Cannot ask a thread: it has ended"));
    else {
      const id = this.#next++;
      this.#waiting.set(id, answer);
      this.#channel.post({ id, method, value });
    }
    return answer.promise as Promise<Given<Theirs, Name>>;
  }

  /** Nobody answers any more. */
  end(): void {
    this.#ended = true;
    for (const answer of this.#waiting.values()) {
      answer.reject(new ThreadEnded("Cannot get an answer: the thread has ended"));
    }
    this.#waiting.clear();
  }

  #take(message: Message, mine: Methods): void {
    if ("method" in message) return void this.#answer(message.id, mine[message.method], message);
    const answer = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("failure" in message) answer?.reject(revive(message.failure));
    else answer?.resolve(message.given);
  }

  async #answer(id: number, method: Methods[string], { value }: { value: unknown }): Promise<void> {
    try {
      this.#channel.post({ id, given: await method(value) });
    } catch (error) {
      this.#channel.post({ id, failure: failureOf(error) });
    }
  }
}

function failureOf(error: unknown): Failure {
  return {
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
    conn: error instanceof ConnError
      ? { code: error.code, reason: error.reason, unbound: error.unbound }
      : null,
  };
}

function revive({ message, stack, conn }: Failure): Error {
  if (conn !== null) {
    const { code, reason, unbound } = conn;
    return new ConnError(code, message, {
      reason: reason ?? undefined,
      unbound: unbound ?? undefined,
    });
  }
  const error = new Error(message);
  error.stack = stack;
  return error;
}

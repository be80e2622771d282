/**
 * One thing after the other.
 *
 * @module
 */

/** Runs tasks one at a time, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Gives what the task gives, and fails as it does. */
  take<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {}); // Its own caller is told.
    return turn;
  }
}

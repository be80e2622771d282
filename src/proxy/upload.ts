/**
 * A request's body on its way upstream, beside the response that may begin before it has ended.
 *
 * @module
 */

import { type Http1ClientSession, type Http1ServerSession, pump } from "../session/mod.ts";
import type { BodyProgress } from "./body_progress.ts";

/** Where it is; `unwanted` when the upstream takes no more of it. */
export type UploadState = "running" | "done" | "cut" | "unwanted";

/** One upload. */
export class Upload {
  readonly #session: Http1ServerSession;
  readonly #progress: BodyProgress;
  readonly #onEnd: (upstream: Http1ClientSession) => void;
  #state: UploadState = "running";
  #finished: Promise<void> | null = null;
  #error: unknown = null;

  /** `onEnd` is told when it is over, however it ended. */
  constructor(
    session: Http1ServerSession,
    progress: BodyProgress,
    onEnd: (upstream: Http1ClientSession) => void,
  ) {
    this.#session = session;
    this.#progress = progress;
    this.#onEnd = onEnd;
  }

  /** Where it is. */
  get state(): UploadState {
    return this.#state;
  }

  /** What ended it before its end, when it is `cut`: a ConnError or a ProtocolError. */
  get error(): unknown {
    return this.#error;
  }

  /** Resolves when nobody reads the request's body any more, and never rejects; null before `start`. */
  get finished(): Promise<void> | null {
    return this.#finished;
  }

  /** True when a connection that it was sent on can't carry another request. */
  get spoilt(): boolean {
    return this.#state !== "done";
  }

  /** Begins to send the body. Once only. */
  start(upstream: Http1ClientSession): void {
    this.#finished = this.#run(upstream);
  }

  async #run(upstream: Http1ClientSession): Promise<void> {
    const result = await pump(this.#session.reader, upstream.writer, this.#progress);
    switch (result.kind) {
      case "done":
        this.#state = "done";
        break;
      case "read_failed":
        // Half a request must not look like a whole one: the upstream sees its connection end.
        this.#state = "cut";
        this.#error = result.error;
        upstream.close();
        break;
      case "write_failed":
        // The upstream has heard enough. What it answered, if anything, is still to be read.
        this.#state = "unwanted";
        break;
    }
    this.#onEnd(upstream);
  }
}

/**
 * What the floors on both runtimes share: each client is joined with an upstream connection, and what
 * comes in at one end is written to the other. Neither a request nor an answer is read, with two
 * exceptions, both off the path of a kept-alive load:
 *
 * - Where upstream connections are kept, as a proxy of HTTP does, one that its client leaves or lets
 *   rest is another client's next if the last chunk that came on it was a whole answer, by its
 *   `Content-Length`. It is closed otherwise.
 * - What a client says first is searched for wrk's `Connection: close`, which the upstream is not to
 *   see; its answer's `Connection: keep-alive`, as nginx writes it, is turned into that in its turn.
 *
 * Whoever goes takes the other along, whatever is on its way.
 *
 * @module
 */

/** After this much silence, twice that at most, an upstream connection is handed back. */
const QUIET_MS = 100;
/** How much may wait behind a write before its source is held, as in src/runtime. */
const HOLD_BYTES = 64 * 1024;

/** A port, and where it leads. */
export interface Route {
  readonly port: number;
  /** Whether its clients speak TLS with the floor. */
  readonly endsTls: boolean;
  readonly upstreamPort: number;
  /** Whether the upstream is spoken to over TLS. */
  readonly startsTls: boolean;
  /** Whether upstream connections outlive their clients. */
  readonly keeps: boolean;
}

/** What takes the bytes that come in at an end. */
export interface Receiver {
  /** Null once `bytes` may be overwritten; else a promise of that, before which no more may come. */
  arrived(bytes: Uint8Array): Promise<void> | null;
  /** The end is closed. */
  gone(): void;
}

/** A connection, as its runtime has it. */
export interface End {
  /** Hands what comes to `receiver` from now on. */
  feed(receiver: Receiver): void;
  /** As `Receiver.arrived`. */
  write(bytes: Uint8Array): Promise<void> | null;
  /** The receiver is told, but not before this returns. */
  close(): void;
}

/** A runtime's calls. */
export interface Calls {
  /** Listens on a port, where TLS ends or not. */
  listen(port: number, endsTls: boolean, accept: (end: End) => void): void;
  /** Connects to a port of the upstream, over TLS or not. */
  dial(port: number, startsTls: boolean): Promise<End>;
}

/** Serves all routes. */
export function serve(routes: readonly Route[], { listen, dial }: Calls): void {
  for (const { port, endsTls, upstreamPort, startsTls, keeps } of routes) {
    const upstreams = new Upstreams(() => dial(upstreamPort, startsTls), keeps);
    if (keeps) setInterval(() => upstreams.takeBackQuiet(), QUIET_MS);
    listen(port, endsTls, (end) => void new Client(end, upstreams));
  }
}

/** Connections to one upstream. */
export class Upstreams {
  readonly keeps: boolean;
  readonly #dial: () => Promise<End>;
  readonly #open = new Set<Upstream>();
  #kept: Upstream[] = [];

  constructor(dial: () => Promise<End>, keeps: boolean) {
    this.#dial = dial;
    this.keeps = keeps;
  }

  /** One that nobody has. */
  async take(): Promise<Upstream> {
    const kept = this.#kept.pop();
    if (kept !== undefined) return kept;
    const upstream = new Upstream(await this.#dial(), this);
    this.#open.add(upstream);
    return upstream;
  }

  /** Its client has left. */
  giveBack(upstream: Upstream): void {
    const isFree = this.keeps && upstream.hasAnswered();
    upstream.clear();
    if (isFree) this.#kept.push(upstream);
    else upstream.end.close();
  }

  /** Takes those back whose clients rest since the last call. */
  takeBackQuiet(): void {
    for (const upstream of this.#open) {
      if (upstream.client !== null && upstream.isQuiet() && upstream.hasAnswered()) {
        upstream.client.leave();
      }
    }
  }

  /** It is closed. */
  forget(upstream: Upstream): void {
    this.#open.delete(upstream);
    this.#kept = this.#kept.filter((each) => each !== upstream);
  }
}

class Upstream implements Receiver {
  readonly end: End;
  client: Client | null = null;
  readonly #upstreams: Upstreams;
  /** What came last, unless the client spoke after it. */
  #answer: Uint8Array | null = null;
  /** What that was when `isQuiet` was called. */
  #seen: Uint8Array | null = null;

  constructor(end: End, upstreams: Upstreams) {
    this.end = end;
    this.#upstreams = upstreams;
    end.feed(this);
  }

  send(bytes: Uint8Array): Promise<void> | null {
    this.#answer = null;
    return this.end.write(bytes);
  }

  arrived(bytes: Uint8Array): Promise<void> | null {
    this.#answer = bytes;
    if (this.client !== null) return this.client.answer(bytes);
    this.end.close(); // Nobody has asked.
    return null;
  }

  gone(): void {
    const { client } = this;
    this.clear();
    this.#upstreams.forget(this);
    client?.end.close();
  }

  /** Whether nothing came or went since the last call. */
  isQuiet(): boolean {
    const isQuiet = this.#seen === this.#answer;
    this.#seen = this.#answer;
    return isQuiet;
  }

  /** Whether what came last was a whole answer. */
  hasAnswered(): boolean {
    return this.#answer !== null && isWholeAnswer(this.#answer);
  }

  /** Nobody has it any more. */
  clear(): void {
    this.client = this.#answer = this.#seen = null;
  }
}

/** Whom a runtime has accepted. */
export class Client implements Receiver {
  readonly end: End;
  readonly #upstreams: Upstreams;
  #upstream: Upstream | null = null;
  #isGone = false;
  /** Whether it wants to be told that the connection is closed. */
  #wantsClose = false;

  constructor(end: End, upstreams: Upstreams) {
    this.end = end;
    this.#upstreams = upstreams;
    end.feed(this);
  }

  arrived(bytes: Uint8Array): Promise<void> | null {
    return this.#upstream === null ? this.#begin(bytes) : this.#upstream.send(bytes);
  }

  /** The upstream says something. */
  answer(bytes: Uint8Array): Promise<void> | null {
    if (this.#wantsClose && !overwrite(bytes, "Connection: keep-alive", "Connection: close")) {
      this.end.close(); // It would go on, and the load see a connection that isn't new.
      return null;
    }
    return this.end.write(bytes);
  }

  /** Lets go of its upstream connection until it speaks again. */
  leave(): void {
    const upstream = this.#upstream;
    this.#upstream = null;
    if (upstream !== null) this.#upstreams.giveBack(upstream);
  }

  gone(): void {
    this.#isGone = true;
    this.leave();
  }

  async #begin(bytes: Uint8Array): Promise<void> {
    if (this.#upstreams.keeps) {
      this.#wantsClose = overwrite(bytes, "Connection: close", "Connection:");
    }
    const upstream = await this.#upstreams.take();
    if (this.#isGone) return this.#upstreams.giveBack(upstream);
    upstream.client = this;
    this.#upstream = upstream;
    await upstream.send(bytes);
  }
}

/** An end whose runtime pushes: what comes while the receiver is busy waits, and then the source. */
export abstract class PushedEnd implements End {
  #receiver: Receiver | null = null;
  #isBusy = false;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;

  abstract write(bytes: Uint8Array): Promise<void> | null;
  abstract close(): void;
  protected abstract pause(): void;
  protected abstract resume(): void;

  feed(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** The runtime has a chunk, which is ours to keep. */
  push(bytes: Uint8Array): void {
    if (this.#isBusy) return this.#enqueue(bytes);
    const done = this.#receiver!.arrived(bytes);
    if (done !== null) void this.#await(done);
  }

  /** The runtime has closed it. */
  closed(): void {
    this.#receiver?.gone();
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= HOLD_BYTES) this.pause();
  }

  async #await(done: Promise<void> | null): Promise<void> {
    this.#isBusy = true;
    try {
      await done;
      for (let next; (next = this.#queue.shift()) !== undefined;) {
        await this.#receiver!.arrived(next);
      }
    } catch {
      return this.close();
    }
    this.#isBusy = false;
    if (this.#queuedBytes >= HOLD_BYTES) this.resume();
    this.#queuedBytes = 0;
  }
}

const decoder = new TextDecoder("latin1"), encoder = new TextEncoder();

/** Whether a chunk is an answer's head with all of the body that its `Content-Length` tells of. */
function isWholeAnswer(bytes: Uint8Array): boolean {
  const text = decoder.decode(bytes);
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(text);
  return text.startsWith("HTTP/1.1 ") && length !== null &&
    text.length === text.indexOf("\r\n\r\n") + 4 + Number(length[1]);
}

/** Puts `word` and spaces over the first `found`, which is no shorter; false when there is none. */
function overwrite(bytes: Uint8Array, found: string, word: string): boolean {
  const at = decoder.decode(bytes).indexOf(found);
  if (at >= 0) bytes.set(encoder.encode(word.padEnd(found.length)), at);
  return at >= 0;
}

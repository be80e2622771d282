import { assertEquals } from "../assert.ts";
import { Client, type End, type Receiver, Upstreams } from "../../scripts/bench/floor_link.ts";

const BODY = "x".repeat(67);
const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const ANSWER = head("Connection: keep-alive") + BODY;

function head(line: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: 67\r\n${line}\r\n\r\n`;
}

/** An end whose other side is the test. */
class TestEnd implements End {
  readonly written: string[] = [];
  isClosed = false;
  #receiver: Receiver | null = null;

  feed(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  write(bytes: Uint8Array): null {
    this.written.push(new TextDecoder().decode(bytes));
    return null;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    queueMicrotask(() => this.#receiver!.gone());
  }

  async says(text: string): Promise<void> {
    await this.#receiver!.arrived(new TextEncoder().encode(text));
  }
}

/** A floor's upstream, and clients of it. */
function floor({ keeps = true } = {}) {
  const dialled: TestEnd[] = [];
  const upstreams = new Upstreams(() => {
    dialled.push(new TestEnd());
    return Promise.resolve(dialled.at(-1)!);
  }, keeps);
  const accept = () => {
    const end = new TestEnd();
    new Client(end, upstreams);
    return end;
  };
  return { dialled, upstreams, accept };
}

async function leave(end: TestEnd): Promise<void> {
  end.close();
  await Promise.resolve();
}

Deno.test("A floor's client that leaves after a whole answer leaves its upstream connection to the next", async () => {
  const { dialled, accept } = floor();
  for (let client = 0; client < 3; client++) {
    const end = accept();
    await end.says(REQUEST);
    await dialled[0].says(ANSWER);
    assertEquals(end.written, [ANSWER]);
    await leave(end);
  }
  assertEquals(dialled.map(({ written }) => written), [[REQUEST, REQUEST, REQUEST]]);
});

Deno.test("A floor closes an upstream connection whose client leaves before the end of its answer", async () => {
  const { dialled, accept } = floor();
  for (const part of ["", ANSWER.slice(0, 20), ANSWER.slice(0, -1)]) {
    const end = accept();
    await end.says(REQUEST);
    if (part !== "") await dialled.at(-1)!.says(part);
    await leave(end);
  }
  assertEquals(dialled.map(({ isClosed }) => isClosed), [true, true, true]);
});

Deno.test("A floor's client that rests has no upstream connection until it speaks again", async () => {
  const { dialled, upstreams, accept } = floor();
  const [one, two] = [accept(), accept()];
  await one.says(REQUEST);
  upstreams.takeBackQuiet();
  upstreams.takeBackQuiet(); // It waits for its answer, however long that takes.
  await dialled[0].says(ANSWER);
  upstreams.takeBackQuiet();
  upstreams.takeBackQuiet();
  await two.says(REQUEST);
  await dialled[0].says(ANSWER);
  assertEquals([one.written, two.written], [[ANSWER], [ANSWER]]);
  await one.says(REQUEST);
  assertEquals(dialled.map(({ written }) => written.length), [2, 1]);
});

Deno.test("A floor's client that wants its connection closed is told so, and the upstream isn't", async () => {
  const { dialled, accept } = floor();
  const end = accept();
  await end.says("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  await dialled[0].says(ANSWER);
  const [request] = dialled[0].written;
  assertEquals(request, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection:      \r\n\r\n");
  assertEquals(end.written, [head("Connection: close     ") + BODY]);
  await leave(end);
  assertEquals(dialled[0].isClosed, false);
});

Deno.test("A floor that passes through gives each client a connection, which goes with it", async () => {
  const { dialled, accept } = floor({ keeps: false });
  for (let client = 0; client < 2; client++) {
    const end = accept();
    await end.says(REQUEST);
    await dialled[client].says(ANSWER);
    await leave(end);
  }
  assertEquals(dialled.map(({ isClosed }) => isClosed), [true, true]);
});

Deno.test("A floor's client goes with its upstream connection, and none is kept that is gone", async () => {
  const { dialled, accept } = floor();
  const end = accept();
  await end.says(REQUEST);
  await dialled[0].says(ANSWER);
  await leave(dialled[0]);
  await Promise.resolve(); // The client has left, too.
  assertEquals(end.isClosed, true);
  await accept().says(REQUEST);
  assertEquals(dialled.length, 2);
});

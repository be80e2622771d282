/**
 * Clients that nobody wants: they are slow, give up half-way, speak another protocol, or ask for what
 * is broken behind genkan or was taken away.
 *
 * @module
 */

import { isLost, Wire } from "../../tests/e2e/wire.ts";
import type { Kind } from "./load.ts";
import type { Stage } from "./stage.ts";

/** Between a slow client's bytes. */
const SLOW_MS = 20;

/** All kinds. */
export function rudeClients({ program, ca, passingPort }: Stage): Kind[] {
  const plain = program.port("plain"), secure = program.port("secure"), raw = program.port("raw");
  const kind = (
    name: string,
    { count = 1, pauseMs = 30 }: { count?: number; pauseMs?: number },
    visit: Kind["visit"],
  ): Kind => ({ name, count, pauseMs, visit });
  const say = (port: number, text: string) => async () => {
    using wire = await Wire.connect(port, port === secure ? ca : null);
    await wire.send(text);
    await wire.toEnd();
  };
  return [
    kind("slow heads", { count: 3 }, async (turn) => {
      using wire = await Wire.connect(plain);
      for (const byte of "GET /slow HTTP/1.1\r\nhost: loc") {
        if (turn.isOver()) return;
        await wire.send(byte);
        await pause(SLOW_MS);
      }
    }),
    kind("slow readers", { count: 2 }, async (turn) => {
      using wire = await Wire.connect(secure, ca);
      await wire.send(get("/large"));
      for (let count = 0; count < 50 && !turn.isOver(); count++) {
        await wire.bytes(1024);
        await pause(SLOW_MS);
      }
    }),
    kind("aborted downloads", {}, async () => {
      using wire = await Wire.connect(secure, ca);
      await wire.send(get("/large"));
      await wire.bytes(64 * 1024);
    }),
    kind("aborted uploads", {}, async () => {
      using wire = await Wire.connect(plain);
      await wire.send("POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n");
      await wire.send("half of it ".repeat(4000));
    }),
    kind("half handshakes", {}, async () => {
      using wire = await Wire.connect(secure);
      await wire.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
      await pause(SLOW_MS);
    }),
    kind("requests that fail behind", { count: 2 }, async () => {
      using wire = await Wire.connect(secure, ca);
      await wire.send(get("/flaky", "connection: close\r\n"));
      await wire.toEnd();
    }),
    kind("plain HTTP on a TLS port", {}, async () => {
      using wire = await Wire.connect(secure);
      await wire.send(get("/"));
      await wire.toEnd();
    }),
    kind("garbage", {}, say(plain, "what is this?\r\n\r\n")),
    kind(
      "smuggling",
      {},
      say(plain, get("/", "content-length: 4\r\ntransfer-encoding: chunked\r\n")),
    ),
    kind("tunnels that are cut", {}, async () => {
      using wire = await Wire.connect(raw);
      await wire.send("not waited for ".repeat(1000));
    }),
    kind("what comes and goes", { count: 2 }, async () => {
      using wire = await Wire.connect(passingPort);
      await wire.send(get("/", "connection: close\r\n"));
      await wire.toEnd();
    }),
    kind("routes that come and go", {}, async (turn) => {
      using wire = await Wire.connect(secure, ca);
      while (!turn.isOver()) {
        await wire.send(get("/passing"));
        await wire.response();
        await pause(SLOW_MS);
      }
    }),
  ];
}

/** Opens that many WebSockets a second, and never closes one: a planted leak. */
export function leak({ program, ca }: Stage, perSecond: number): AsyncDisposable {
  const port = program.port("secure");
  const held = new Set<Wire>();
  const opening = new Set<Promise<void>>();
  const open = async () => {
    const wire = await Wire.connect(port, ca);
    held.add(wire);
    await wire.send(get("/socket", UPGRADE));
    await wire.until("\r\n\r\n");
  };
  const openOne = () => {
    const begun = open().catch((error) => {
      if (!isLost(error)) throw error;
    }).finally(() => opening.delete(begun));
    opening.add(begun);
  };
  const timer = perSecond === 0 ? undefined : setInterval(openOne, 1000 / perSecond);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await Promise.all(opening);
      for (const wire of held) wire[Symbol.dispose]();
    },
  };
}

const UPGRADE = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" +
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

function get(path: string, more = ""): string {
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

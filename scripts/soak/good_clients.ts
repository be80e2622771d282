/**
 * Clients that behave well: each of their requests must be answered, and nothing may be cut off.
 *
 * @module
 */

import { Talk } from "../../tests/e2e/websocket.ts";
import { Wire } from "../../tests/e2e/wire.ts";
import type { Kind, Turn } from "./load.ts";
import type { Stage } from "./stage.ts";
import { LARGE_BYTES, SMALL } from "./upstreams.ts";

/** Requests on a connection before another one is made. */
const REQUESTS = 200;
const UPLOAD = "bytes that come back ".repeat(10_000);
const MESSAGE = "is anybody there?";
/** Between requests, and between messages. */
const THINK_MS = 4, TALK_MS = 50;

/** All kinds. WebSockets and tunnels of those that stay are opened once, and live through all reloads. */
export function goodClients({ program, ca }: Stage): Kind[] {
  const plain = program.port("plain"), secure = program.port("secure"), raw = program.port("raw");
  const kind = (name: string, count: number, pauseMs: number, visit: Kind["visit"]): Kind => {
    return { name, count, pauseMs, visit };
  };
  return [
    kind("kept-alive", 6, 0, (turn) => keepAsking(plain, null, turn)),
    kind("kept-alive, TLS", 6, 0, (turn) => keepAsking(secure, ca, turn)),
    kind("new", 2, 20, (turn) => askOnce(plain, null, turn)),
    kind("new, TLS", 2, 20, (turn) => askOnce(secure, ca, turn)),
    kind("downloads", 1, 50, (turn) => download(plain, null, turn)),
    kind("downloads, TLS", 1, 50, (turn) => download(secure, ca, turn)),
    kind("uploads", 1, 50, (turn) => upload(secure, ca, turn)),
    kind("WebSockets", 2, 0, (turn) => talk(`ws://127.0.0.1:${plain}/socket`, null, 10, turn)),
    kind("WebSockets that stay", 2, 0, (turn) => {
      return talk(`wss://localhost:${secure}/socket`, ca, Infinity, turn);
    }),
    kind("tunnels", 2, 20, (turn) => tunnel(raw, 5, turn)),
    kind("tunnels that stay", 2, 0, (turn) => tunnel(raw, Infinity, turn)),
  ];
}

async function keepAsking(port: number, ca: string | null, turn: Turn): Promise<void> {
  using wire = await Wire.connect(port, ca);
  for (let count = 1; count <= REQUESTS && !turn.isOver(); count++) {
    await wire.send(requestFor("/small"));
    const response = await wire.response();
    expectSmall(response);
    turn.served();
    if (/^connection: close\r$/m.test(response)) return;
    await pause(THINK_MS);
  }
}

async function askOnce(port: number, ca: string | null, turn: Turn): Promise<void> {
  using wire = await Wire.connect(port, ca);
  await wire.send(requestFor("/small", "connection: close\r\n"));
  expectSmall(await wire.toEnd());
  turn.served();
}

async function download(port: number, ca: string | null, turn: Turn): Promise<void> {
  using wire = await Wire.connect(port, ca);
  await wire.send(requestFor("/large", "connection: close\r\n"));
  await wire.until("\r\n\r\n");
  const count = await wire.drainToEnd();
  if (count !== LARGE_BYTES) throw new Error(`${count} bytes of ${LARGE_BYTES} came`);
  turn.served();
}

async function upload(port: number, ca: string | null, turn: Turn): Promise<void> {
  using wire = await Wire.connect(port, ca);
  const head = `POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${UPLOAD.length}\r\n\r\n`;
  await wire.send(head + UPLOAD);
  const response = await wire.response();
  if (!response.endsWith(`\r\n\r\n${UPLOAD}`)) throw new Error("other bytes came back");
  turn.served();
}

async function talk(url: string, ca: string | null, messages: number, turn: Turn): Promise<void> {
  await using talk = await Talk.open(url, { ca });
  await talk.message();
  for (let count = 0; count < messages && !turn.isOver(); count++) {
    talk.socket.send(MESSAGE);
    const message = await talk.message();
    if (message !== MESSAGE) throw new Error(`"${message}" came back`);
    turn.served();
    await pause(TALK_MS);
  }
}

async function tunnel(port: number, messages: number, turn: Turn): Promise<void> {
  using wire = await Wire.connect(port);
  for (let count = 0; count < messages && !turn.isOver(); count++) {
    await wire.send(MESSAGE);
    const back = await wire.bytes(MESSAGE.length);
    if (back !== MESSAGE) throw new Error(`"${back}" came back`);
    turn.served();
    await pause(TALK_MS);
  }
}

function expectSmall(response: string): void {
  if (!response.startsWith("HTTP/1.1 200 ") || !response.endsWith(`\r\n\r\n${SMALL}`)) {
    throw new Error(`found ${JSON.stringify(response)}`);
  }
}

function requestFor(path: string, more = ""): string {
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

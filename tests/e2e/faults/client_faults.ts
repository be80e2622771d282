/**
 * Clients that misbehave, and what becomes of their requests.
 *
 * @module
 */

import { HEAD_END, type Way } from "./fault.ts";
import type { Act, FaultSocket } from "./fault_socket.ts";
import { answerClean } from "./lanes.ts";

/** One fault. */
export interface ClientFault {
  /** As in "a client that …". */
  readonly name: string;
  /** `plain` unless it says otherwise. */
  readonly way?: Way;
  /** What the client does; `head` is a request line with a Host field. Fails when it is astonished. */
  readonly act: (client: FaultSocket, stage: ClientStage) => Promise<void>;
  /** What the upstream does with the request; null when none may reach it. */
  readonly upstream: Act | null;
  /** Status and flags in the access log, as a pattern; null when no line is the request's own. */
  readonly logged: string | null;
}

/** What a client needs to misbehave at the right moment. */
export interface ClientStage {
  /** A request line with that method, and a Host field. */
  readonly head: (method: string) => string;
  /** Waits until the upstream has heard this. */
  readonly upstreamHears: (mark: string) => Promise<void>;
}

/** Listens, and doesn't answer. */
const silent: Act = async (upstream) => void await upstream.ended;

/** Answers for ever. */
const endless: Act = async (upstream) => {
  await upstream.hears(HEAD_END);
  await upstream.send("HTTP/1.1 200 OK\r\n\r\nhello");
  while (await upstream.send("x".repeat(64 * 1024)));
};

/** How a client leaves. */
const LEAVES = {
  "resets": (client: FaultSocket) => client.reset(),
  "hangs up": (client: FaultSocket) => client.end(),
} as const;

function leavingOutside([way, leave]: [string, (client: FaultSocket) => void]): ClientFault[] {
  const nobodyHears = { upstream: null, logged: null };
  return [
    {
      name: `${way} as soon as it is connected`,
      act: (client) => Promise.resolve(leave(client)),
      ...nobodyHears,
    },
    {
      name: `${way} inside of the request line`,
      act: async (client) => {
        await client.send("GET /unfin");
        leave(client);
      },
      ...nobodyHears,
    },
    {
      name: `${way} inside of the head`,
      act: async (client, { head }) => {
        await client.send(`${head("GET")}accept: text/h`);
        leave(client);
      },
      ...nobodyHears,
    },
  ];
}

function leavingInside([way, leave]: [string, (client: FaultSocket) => void]): ClientFault[] {
  const left = { upstream: silent, logged: "0 DC" };
  return [
    {
      name: `${way} inside of a body with a length`,
      act: async (client, { head, upstreamHears }) => {
        await client.send(`${head("POST")}content-length: 10\r\n\r\nhello`);
        await upstreamHears("hello");
        leave(client);
      },
      ...left,
    },
    {
      name: `${way} inside of a chunk`,
      act: async (client, { head, upstreamHears }) => {
        await client.send(`${head("POST")}transfer-encoding: chunked\r\n\r\na\r\nhello`);
        await upstreamHears("hello");
        leave(client);
      },
      ...left,
    },
    {
      name: `${way} before the last chunk`,
      act: async (client, { head, upstreamHears }) => {
        await client.send(`${head("POST")}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`);
        await upstreamHears("hello");
        leave(client);
      },
      ...left,
    },
    {
      name: `${way} instead of the body that it was asked for`,
      act: async (client, { head }) => {
        await client.send(`${head("POST")}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`);
        await client.hears("HTTP/1.1 100 Continue\r\n\r\n");
        leave(client);
      },
      ...left,
    },
    {
      name: `${way} before the answer`,
      act: async (client, { head, upstreamHears }) => {
        await client.send(`${head("GET")}\r\n`);
        await upstreamHears(HEAD_END);
        leave(client);
      },
      ...left,
    },
  ];
}

const PIPELINED = 1000;
/** So many of them don't fit into the buffers of a connection. */
const ANSWER_BYTES = 64 * 1024;

/** Answers one request after the other on a connection. */
const answersAll: Act = async (upstream) => {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${ANSWER_BYTES}\r\n\r\n` +
    "x".repeat(ANSWER_BYTES);
  for (let count = 1;; count++) {
    await upstream.settles((text) => text.split(HEAD_END).length > count);
    if (count === PIPELINED) throw new Error("nobody held the requests back");
    if (!await upstream.send(answer)) return;
  }
};

/** Misbehaving clients. */
export const CLIENT_FAULTS: readonly ClientFault[] = [
  ...Object.entries(LEAVES).flatMap(leavingOutside),
  ...Object.entries(LEAVES).flatMap(leavingInside),
  {
    name: "resets inside of the answer",
    act: async (client, { head }) => {
      await client.send(`${head("GET")}\r\n`);
      await client.hears("hello");
      client.reset();
    },
    upstream: endless,
    logged: "200 DC",
  },
  {
    name: "doesn't take its answer",
    way: "idle",
    act: async (client, { head }) => {
      client.deafen();
      await client.send(`${head("GET")}\r\n`);
    },
    upstream: endless,
    logged: "200 SI",
  },
  {
    name: `sends ${PIPELINED} requests at once and takes no answer`,
    way: "idle",
    act: async (client, { head }) => {
      client.deafen();
      await client.send(`${head("GET")}\r\n`.repeat(PIPELINED));
    },
    upstream: answersAll,
    logged: "200 SI",
  },
  {
    name: "stops inside of its body",
    way: "idle",
    act: async (client, { head }) => {
      await client.send(`${head("POST")}content-length: 10\r\n\r\nhello`);
      await client.hears("HTTP/1.1 408 ");
      await client.ended;
    },
    upstream: silent,
    logged: "408 SI",
  },
  {
    name: "goes on sending a body that was refused",
    act: async (client, { head }) => {
      await client.send(`${head("POST")}content-length: 1000000000\r\n\r\n`);
      await client.hears("HTTP/1.1 200 ");
      while (await client.send("x".repeat(64 * 1024)));
    },
    upstream: answerClean,
    logged: "200 -",
  },
];

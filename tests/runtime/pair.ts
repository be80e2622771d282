/**
 * Two connected ends over the network under test, plain or TLS.
 *
 * @module
 */

import { ConnError, type ConnErrorCode } from "../../src/errors.ts";
import {
  type AcceptedConn,
  type Conn,
  type ConnectTls,
  type Listener,
  type ListenTls,
  type ServerTls,
  type SocketAddress,
  writeAll,
} from "../../src/runtime/mod.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import type { ContractCase, Subject } from "./contract.ts";

/** Generous: none of it is to be reached. */
export const TIMEOUT_MS = 10_000;

/** Any free port. */
export const ANYWHERE: SocketAddress = { host: "127.0.0.1", port: 0 };

/** A unix socket that isn't there yet. */
export function socketFile(): SocketAddress {
  return { host: `/tmp/genkan-contract-${crypto.randomUUID()}.sock`, port: 0 };
}

/** Both ends of a connection. */
export class Pair implements Disposable {
  /** The end that dialled. */
  readonly client: Conn;
  /** The end that was accepted. */
  readonly server: Conn;

  constructor(client: Conn, server: Conn) {
    this.client = client;
    this.server = server;
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.server.close();
  }
}

/** Termination with the certificate for localhost. */
export function listenTls(subject: Subject, changes: Partial<ListenTls> = {}): ListenTls {
  return {
    certChain: subject.certificates?.leaf.certPem ?? "",
    privateKey: subject.certificates?.leaf.keyPem ?? "",
    alpn: [],
    minVersion: null,
    maxVersion: null,
    ...changes,
  };
}

/** Termination with the certificate for localhost on an inspected connection. */
export function serverTls(
  { certificates }: Subject,
  changes: Partial<ServerTls> = {},
): ServerTls {
  return {
    certChain: certificates?.leaf.certPem ?? "",
    privateKey: certificates?.leaf.keyPem ?? "",
    alpn: [],
    minVersion: null,
    maxVersion: null,
    ciphers: [],
    clientCertificate: null,
    ...changes,
  };
}

/** Origination that trusts that certificate. */
export function connectTls(subject: Subject, changes: Partial<ConnectTls> = {}): ConnectTls {
  return {
    serverName: "localhost",
    verify: "full",
    ca: subject.trust === "given" ? subject.certificates?.ca ?? null : null,
    alpn: [],
    minVersion: null,
    maxVersion: null,
    ...changes,
  };
}

/** Connects to `listener` and accepts, with both handshakes done. */
export async function connectPair(
  subject: Subject,
  listener: Listener,
  tls: ConnectTls | null,
): Promise<Pair> {
  const accepted = listener.accept();
  const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS, tls });
  const server = (await accepted)!;
  await server.handshake();
  return new Pair(client, server);
}

/** How a case gets its pair. */
export type Connect = () => Promise<Pair>;

/** What a connection may be. */
const KINDS = [
  "plain",
  "TLS",
  "inspected",
  "plain after a look",
  "TLS after a look",
  "unix",
  "TLS after a look, unix",
] as const;
type Kind = typeof KINDS[number];

/** The case once over each kind of connection. The listener is closed before the case runs. */
export function overAll(
  name: string,
  run: (connect: Connect, subject: Subject) => Promise<void>,
): ContractCase[] {
  return KINDS.map((kind) => ({
    name: `${name} (${kind})`,
    run: (subject) => run(() => connectAs(kind, subject), subject),
  }));
}

async function connectAs(kind: Kind, subject: Subject): Promise<Pair> {
  const { network } = subject;
  if (kind === "plain" || kind === "TLS") {
    const listener = await network.listen(ANYWHERE, {
      tls: kind === "plain" ? null : listenTls(subject),
    });
    try {
      return await connectPair(subject, listener, kind === "TLS" ? connectTls(subject) : null);
    } finally {
      listener.close();
    }
  }
  if (kind === "unix") {
    const listener = await network.listen(socketFile());
    try {
      return await connectPair(subject, listener, null);
    } finally {
      listener.close();
    }
  }
  const address = kind === "TLS after a look, unix" ? socketFile() : ANYWHERE;
  const listener = await network.listen(address, { inspect: true });
  try {
    if (kind === "inspected") return await connectInspected(subject, listener);
    if (kind !== "plain after a look") return await connectInspectedTls(subject, listener);
    const pair = await connectInspected(subject, listener);
    await writeAll(pair.client, LETTER);
    await pair.server.peek((bytes) => bytes.length);
    await readExactly(pair.server, 1);
    return pair;
  } finally {
    listener.close();
  }
}

const LETTER = new TextEncoder().encode("G");

/** Both ends of a connection to an inspecting listener. */
export class InspectedPair extends Pair {
  /** The end that was accepted. */
  declare readonly server: AcceptedConn;
}

/** Connects to `listener` and accepts. */
export async function connectInspected(
  { network }: Subject,
  listener: Listener<AcceptedConn>,
): Promise<InspectedPair> {
  const accepted = listener.accept();
  const client = await network.connect(listener.address, { timeoutMs: TIMEOUT_MS });
  return new InspectedPair(client, (await accepted)!);
}

/** Connects with TLS to `listener`, which terminates it after a look at its first byte. */
export async function connectInspectedTls(
  subject: Subject,
  listener: Listener<AcceptedConn>,
  offered: Partial<ServerTls> = {},
  asked: Partial<ConnectTls> = {},
): Promise<InspectedPair> {
  const accepted = listener.accept().then(async (server) => {
    await server!.peek((bytes) => bytes[0]);
    await server!.startTls(serverTls(subject, offered));
    return server!;
  });
  accepted.catch(() => {}); // When the client fails first, it tells.
  const tls = connectTls(subject, asked);
  const client = await subject.network.connect(listener.address, { timeoutMs: TIMEOUT_MS, tls });
  return new InspectedPair(client, await accepted);
}

/** Fails unless `promise` rejects with a `ConnError` of one of these codes. */
export async function assertCode(
  outcome: unknown | Promise<unknown>,
  ...codes: ConnErrorCode[]
): Promise<ConnError> {
  const error = await assertRejects(async () => await outcome, ConnError);
  assertEquals(codes.includes(error.code) ? codes : error.code, codes, error.message);
  return error;
}

/** Reads to the end and gives all of it. */
export async function readAll(conn: Conn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(4096);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    parts.push(buffer.slice(0, count));
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** Reads exactly that many bytes. */
export async function readExactly(conn: Conn, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size;) {
    const count = await conn.read(bytes.subarray(filled));
    if (count === null) throw new Error(`expected ${size} bytes, the stream ended at ${filled}`);
    filled += count;
  }
  return bytes;
}

/** One turn of the event loop, in which whatever is ready happens. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

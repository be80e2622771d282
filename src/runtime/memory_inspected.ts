/**
 * What an inspecting listener in memory accepts, and the handshake that is pretended on it: a client
 * with TLS sends a ClientHello that a parser can read, and what both ends want is compared.
 *
 * @module
 */

import type { ConnError } from "../errors.ts";
import { connFailure, handshakeWith, tlsFailure } from "./failure.ts";
import { MemoryConn } from "./memory_conn.ts";
import type { AcceptedConn, ConnectTls, ServerTls, TlsInfo } from "./mod.ts";

/** How much one look adds at most. */
const PIECE_BYTES = 16 * 1024;

/** A client that waits for its handshake. */
interface Greeting {
  readonly asked: ConnectTls;
  /** The length of its ClientHello. */
  readonly bytes: number;
  settle(outcome: TlsInfo | ConnError): void;
}

/** The accepted end of a connection. */
export class InspectedMemoryConn extends MemoryConn implements AcceptedConn {
  #shown: Uint8Array = new Uint8Array();
  #greeting: Greeting | null = null;
  #tls: Promise<TlsInfo> | null = null;

  /** The other end's TLS: sends a ClientHello, and gives what the handshake settled. */
  async greet(client: MemoryConn, asked: ConnectTls): Promise<TlsInfo> {
    const hello = clientHello(asked);
    const settled = Promise.withResolvers<TlsInfo>();
    this.#greeting = {
      asked,
      bytes: hello.length,
      settle: (outcome) => {
        if ("alpn" in outcome) settled.resolve(outcome);
        else settled.reject(outcome);
      },
    };
    await client.write(hello);
    return await settled.promise;
  }

  async peek<Verdict>(judge: (bytes: Uint8Array) => Verdict | null): Promise<Verdict> {
    const piece = new Uint8Array(PIECE_BYTES);
    for (;;) {
      const verdict = this.#shown.length === 0 ? null : judge(this.#shown);
      if (verdict !== null) return verdict;
      const count = await super.read(piece);
      if (count === null) throw connFailure("unexpected_eof", this.#attempt);
      const shown = new Uint8Array(this.#shown.length + count);
      shown.set(this.#shown);
      shown.set(piece.subarray(0, count), this.#shown.length);
      this.#shown = shown;
    }
  }

  skip(count: number): void {
    if (count > this.#shown.length) throw new RangeError("cannot skip what was not shown");
    this.#shown = this.#shown.subarray(count);
  }

  startTls(tls: ServerTls): Promise<TlsInfo> {
    this.#tls = this.#agree(tls);
    this.#tls.catch(() => {}); // Who never asks must not see it unhandled.
    return this.#tls;
  }

  override handshake(): Promise<TlsInfo | null> {
    return this.#tls ?? Promise.resolve(null);
  }

  override async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#tls !== null) await this.#tls;
    if (this.#shown.length === 0) return await super.read(buffer);
    const part = this.#shown.subarray(0, buffer.length);
    buffer.set(part);
    this.#shown = this.#shown.subarray(part.length);
    return part.length;
  }

  override async write(bytes: Uint8Array): Promise<number> {
    if (this.#tls !== null) await this.#tls;
    this.#answer(tlsFailure("not_tls", this.#attempt));
    return await super.write(bytes);
  }

  override async closeWrite(): Promise<void> {
    if (this.#tls !== null) await this.#tls;
    this.#answer(connFailure("unexpected_eof", this.#attempt));
    await super.closeWrite();
  }

  override close(): void {
    this.#answer(connFailure("unexpected_eof", this.#attempt));
    this.#shown = new Uint8Array();
    super.close();
  }

  async #agree(offered: ServerTls): Promise<TlsInfo> {
    const expected = this.#greeting?.bytes ?? 1;
    await this.peek((bytes) => bytes.length >= expected || null);
    const outcome = this.#greeting === null
      ? tlsFailure("not_tls", this.#attempt)
      : agreement(this.#greeting.asked, offered, this.#attempt);
    if ("alpn" in outcome) this.skip(expected);
    this.#answer(outcome);
    if ("alpn" in outcome) return outcome;
    super.close();
    throw outcome;
  }

  #answer(outcome: TlsInfo | ConnError): void {
    this.#greeting?.settle(outcome);
    this.#greeting = null;
  }

  get #attempt(): string {
    return handshakeWith(this.remote);
  }
}

function agreement(asked: ConnectTls, offered: ServerTls, attempt: string): TlsInfo | ConnError {
  const alpn = offered.alpn.find((protocol) => asked.alpn.includes(protocol)) ?? null;
  if (alpn === null && offered.alpn.length > 0 && asked.alpn.length > 0) {
    return tlsFailure("alpn", attempt);
  }
  if (offered.clientCertificate?.required === true && !asked.certificate) {
    return tlsFailure("client_certificate_required", attempt);
  }
  return {
    alpn,
    serverName: asked.serverName?.toLowerCase() ?? null,
    version: offered.maxVersion ?? asked.maxVersion ?? "TLSv1.3",
    cipher: null,
    peerCertificates: [],
  };
}

/** A ClientHello in one record, with what the client wants (RFC 8446 §4.1.2). */
function clientHello({ serverName, alpn, maxVersion }: ConnectTls): Uint8Array {
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const sni = serverName === null ? [] : extension(0, sized(2, [0, ...sized(2, text(serverName))]));
  const protocols = alpn.flatMap((name) => sized(1, text(name)));
  const versions = maxVersion === "TLSv1.2" ? [3, 3] : [3, 4, 3, 3];
  const body = [
    ...[3, 3],
    ...new Uint8Array(32),
    0, // No session id.
    ...sized(2, [0x13, 0x01, 0xc0, 0x2b]),
    ...sized(1, [0]),
    ...sized(2, [
      ...sni,
      ...(alpn.length === 0 ? [] : extension(16, sized(2, protocols))),
      ...extension(43, sized(1, versions)),
    ]),
  ];
  return Uint8Array.from([0x16, 3, 1, ...sized(2, [1, ...sized(3, body)])]);
}

function extension(type: number, body: readonly number[]): number[] {
  return [type >> 8, type & 0xff, ...sized(2, body)];
}

/** The bytes after their length. */
function sized(lengthBytes: number, bytes: readonly number[]): number[] {
  const length = Array.from({ length: lengthBytes }, (_, index) => {
    return (bytes.length >> 8 * (lengthBytes - 1 - index)) & 0xff;
  });
  return [...length, ...bytes];
}

/**
 * An accepted connection over one of Node's sockets that can be looked at before it is settled what
 * becomes of it.
 *
 * @module
 */

import { connFailure, goingOnWith, handshakeError, handshakeWith } from "./failure.ts";
import type { AcceptedConn, Receiver, ServerTls, TlsInfo } from "./mod.ts";
import { type Ends, NodeConn, type NodeTcpSocket, type NodeTlsSocket } from "./node_conn.ts";
import { clientRefusal } from "./peer_certificates.ts";
import { Preview } from "./preview.ts";

/** Puts a TLS socket around a TCP socket. Throws when the settings can't be used. */
export type Terminate = (tcp: NodeTcpSocket, tls: ServerTls) => NodeTlsSocket;

const ENDED = "the stream ended before it was known what it is";

/** What an inspecting listener accepts. */
export class InspectedConn extends NodeConn implements AcceptedConn {
  readonly #tcp: NodeTcpSocket;
  readonly #terminate: Terminate;
  /** Null once it is settled what becomes of the connection. */
  #preview: Preview | null;
  #isTls = false;

  /** `tcp` is connected and nobody has read from it. */
  constructor(tcp: NodeTcpSocket, ends: Ends, terminate: Terminate) {
    const attempt = goingOnWith(ends.remote);
    super(tcp, ends, { attempt, phase: "shown" });
    this.#tcp = tcp;
    this.#terminate = terminate;
    this.#preview = new Preview(tcp, () => connFailure("unexpected_eof", attempt, ENDED));
    tcp.on("error", this.#gone);
    tcp.on("close", this.#gone);
  }

  peek<Verdict>(judge: (bytes: Uint8Array) => Verdict | null): Promise<Verdict> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (this.#preview === null) return Promise.reject(new Error("peek() after the first read"));
    return this.#preview.look(judge);
  }

  skip(count: number): void {
    if (this.#preview === null) throw new Error("skip() after the first read");
    this.#preview.skip(count);
  }

  async startTls(tls: ServerTls): Promise<TlsInfo> {
    if (this.failure !== null) throw this.failure;
    const preview = this.#preview;
    if (preview === null) throw new Error("startTls() after the first read");
    const attempt = handshakeWith(this.remote);
    this.#preview = null;
    this.#isTls = true;
    const bytes = preview.take();
    if (preview.ended) this.refuse(connFailure("unexpected_eof", attempt));
    else {
      if (bytes.length > 0) this.#tcp.unshift(bytes);
      try {
        this.#secure(this.#terminate(this.#tcp, tls), tls, attempt);
      } catch (error) {
        this.refuse(handshakeError(attempt, error));
      }
    }
    return (await super.handshake())!;
  }

  override handshake(): Promise<TlsInfo | null> {
    return this.#isTls ? super.handshake() : Promise.resolve(null);
  }

  override read(buffer: Uint8Array): Promise<number | null> {
    if (this.#preview !== null) this.#settle();
    return super.read(buffer);
  }

  override receive(receiver: Receiver): Promise<void> | null {
    if (this.#preview !== null) this.#settle();
    return super.receive(receiver);
  }

  override write(bytes: Uint8Array): number | Promise<number> {
    if (this.#preview !== null) this.#settle();
    return super.write(bytes);
  }

  override closeWrite(): Promise<void> {
    if (this.#preview !== null) this.#settle();
    return super.closeWrite();
  }

  override close(): void {
    super.close();
    this.#gone();
  }

  #secure(socket: NodeTlsSocket, tls: ServerTls, attempt: string): void {
    const { clientCertificate } = tls;
    this.secure(socket, {
      secureEvent: "secure",
      serverName: null,
      asksForCertificate: clientCertificate !== null,
      refusal: () =>
        clientCertificate === null ? null : clientRefusal(socket, clientCertificate, attempt),
    }, attempt);
  }

  /** Nobody wants TLS: it is a plain connection. */
  #settle(): void {
    const preview = this.#preview!;
    this.#preview = null;
    if (this.failure === null) this.plain({ bytes: preview.take(), ended: preview.ended });
  }

  readonly #gone = (): void => {
    if (this.#preview === null) return;
    const attempt = goingOnWith(this.remote);
    if (this.failure === null) this.refuse(connFailure("reset", attempt));
    this.#preview.fail(this.failure!);
  };
}

/**
 * A listener over one of Node's servers, which pushes connections.
 *
 * @module
 */

import { AcceptQueue } from "./accept_queue.ts";
import { isUnixPath, showAddress, socketAddress } from "./address.ts";
import type { DescriptorWatch, Unaware } from "./descriptors.ts";
import { connError } from "./failure.ts";
import type { Conn, Listener, SocketAddress } from "./mod.ts";
import type { Ends, NodeTcpSocket } from "./node_conn.ts";

/** The part of Node's servers that a listener uses. */
export interface NodeServer {
  /** Calls `listener` for each connection. */
  on(event: "connection", listener: (socket: NodeTcpSocket) => void): unknown;
  /** Stops accepting, and removes the file of a unix socket. */
  close(): unknown;
  /** What Node keeps to itself; null once it was closed. */
  readonly _handle?: NodeServerHandle | null;
}

/** On Deno only: below Bun's servers are objects of another kind. */
interface NodeServerHandle {
  /** On a port: listens, which it does already. Gives an errno below 0 when it fails. */
  listen?(backlog: number): number;
  /** On a unix socket: connects. */
  connect?(request: { oncomplete(): void }, path: string): number;
}

/** Node's own default. */
const BACKLOG = 511;

/** Accepts what `open` makes of a connection that came in. */
export class NodeListener<Accepted extends Conn> implements Listener<Accepted>, Unaware {
  readonly address: SocketAddress;
  readonly #server: NodeServer;
  readonly #descriptors: DescriptorWatch;
  readonly #queue = new AcceptQueue<Accepted>();

  /** `server` listens on `address`. */
  constructor(
    server: NodeServer,
    { address, descriptors, open }: {
      address: SocketAddress;
      descriptors: DescriptorWatch;
      open: (socket: NodeTcpSocket, ends: Ends) => Accepted;
    },
  ) {
    this.address = address;
    this.#server = server;
    this.#descriptors = descriptors;
    server.on("connection", (socket) => {
      const ends = descriptors.turnsAway ? null : endsOf(socket, address);
      // A peer that has left already has no address, and nothing to say.
      if (ends === null) socket.destroy();
      else this.#queue.push(open(socket, ends));
    });
    descriptors.add(this);
  }

  accept(): Promise<Accepted | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#descriptors.delete(this);
    this.#server.close();
    this.#queue.close();
  }

  starve(error: Error): void {
    this.#queue.fail(connError(`Cannot accept on ${showAddress(this.address)}`, error));
  }

  /**
   * Has Deno look at the socket again. A server that has taken over the handle of another does the
   * first of these, too; for a unix socket that closes it, with all who wait to be accepted. To try
   * a connect has the same effect: it cannot succeed below what is no folder, and is allowed to
   * whoever may listen.
   */
  resume(): void {
    const { host } = this.address;
    const handle = this.#server._handle;
    try {
      if (isUnixPath(host)) handle?.connect?.({ oncomplete() {} }, `${host}/`);
      else handle?.listen?.(BACKLOG);
    } catch {
      // Without the permission it stays as it is.
    }
  }
}

/**
 * The ends of a connection to `address`, which on a unix socket are both that; null when the peer has
 * left already, and with it its address.
 */
export function endsOf(socket: NodeTcpSocket, address: SocketAddress): Ends | null {
  if (isUnixPath(address.host)) return { local: address, remote: address };
  if (socket.remoteAddress === undefined || socket.localAddress === undefined) return null;
  return {
    local: socketAddress(socket.localAddress, socket.localPort!),
    remote: socketAddress(socket.remoteAddress, socket.remotePort!),
  };
}

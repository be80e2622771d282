/**
 * A listener over one of Node's servers, which pushes connections.
 *
 * @module
 */

import { AcceptQueue } from "./accept_queue.ts";
import { isUnixPath, socketAddress } from "./address.ts";
import type { Conn, Listener, SocketAddress } from "./mod.ts";
import type { Ends, NodeTcpSocket } from "./node_conn.ts";

/** The part of Node's servers that a listener uses. */
export interface NodeServer {
  /** Calls `listener` for each connection. */
  on(event: "connection", listener: (socket: NodeTcpSocket) => void): unknown;
  /** Stops accepting, and removes the file of a unix socket. */
  close(): unknown;
}

/** Accepts what `open` makes of a connection that came in. */
export class NodeListener<Accepted extends Conn> implements Listener<Accepted> {
  readonly address: SocketAddress;
  readonly #server: NodeServer;
  readonly #queue = new AcceptQueue<Accepted>();

  /** `server` listens on `address`. */
  constructor(
    server: NodeServer,
    address: SocketAddress,
    open: (socket: NodeTcpSocket, ends: Ends) => Accepted,
  ) {
    this.address = address;
    this.#server = server;
    server.on("connection", (socket) => {
      const ends = endsOf(socket, address);
      // A peer that has left already has no address, and nothing to say.
      if (ends === null) socket.destroy();
      else this.#queue.push(open(socket, ends));
    });
  }

  accept(): Promise<Accepted | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#server.close();
    this.#queue.close();
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

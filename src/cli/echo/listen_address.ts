/**
 * `--listen ADDRESS`: where a service listens.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { UsageError } from "../command.ts";

/** Reads `127.0.0.1:10080`, `[::1]:10080`, `localhost:10080` or `:10080`, which is loopback. */
export function parseListenAddress(text: string): SocketAddress {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:\s]*):(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65535) {
    throw new UsageError(`Cannot listen on "${text}": write HOST:PORT, such as 127.0.0.1:10080`);
  }
  const name = host.replace(/^\[|\]$/g, "");
  return { host: name === "" || name === "localhost" ? "127.0.0.1" : name, port: Number(port) };
}

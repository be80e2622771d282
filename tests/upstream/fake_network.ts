/**
 * A network without sockets: names and connections are what the test says.
 *
 * @module
 */

import type { ClusterConfig } from "../../src/config/model.ts";
import { CIRCUIT_BREAKERS } from "../../src/config/native/defaults.ts";
import { ConnError } from "../../src/errors.ts";
import {
  type Conn,
  type ConnectOptions,
  type HttpService,
  type Network,
  showAddress,
  type SocketAddress,
} from "../../src/runtime/mod.ts";
import { ScriptedConn } from "../session/scripted_conn.ts";

/** Dials scripted connections. */
export class FakeNetwork implements Network {
  /** What `resolve` gives by name; a name that isn't here doesn't resolve. */
  names: Record<string, string[]> = {};
  /** Addresses such as `127.0.0.1:80` at which a connection fails, and how. */
  failures: Record<string, ConnError> = {};
  /** Names that are answered when this resolves; until then the resolver is silent. */
  held: Promise<void> | null = null;
  /** Connections are made when this resolves; until then they are on their way. */
  connecting: Promise<void> | null = null;
  /** What was resolved, in order. */
  readonly resolved: string[] = [];
  /** What was dialled, in order. */
  readonly dialled: { address: string; options: ConnectOptions }[] = [];
  /** The connections made. */
  readonly conns: ScriptedConn[] = [];

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Conn> {
    const shown = showAddress(address);
    this.dialled.push({ address: shown, options });
    if (this.connecting !== null) await this.connecting;
    if (this.failures[shown] !== undefined) throw this.failures[shown];
    const conn = new ScriptedConn();
    this.conns.push(conn);
    return conn;
  }

  async resolve(name: string): Promise<string[]> {
    this.resolved.push(name);
    await this.held;
    if (this.names[name] === undefined) throw new ConnError("dns", `Cannot resolve ${name}: no`);
    return this.names[name];
  }

  listen(): Promise<never> {
    throw new Error("a fake network doesn't listen");
  }

  serveHttp(): Promise<HttpService> {
    throw new Error("a fake network doesn't serve");
  }
}

/** A cluster of these `host:port`, with a weight as in `host:port*3`. */
export function clusterOf(
  endpoints: readonly string[],
  options: Partial<ClusterConfig> = {},
): ClusterConfig {
  return {
    name: "app",
    discovery: "strict_dns",
    endpoints: endpoints.map((text) => {
      const [, host, port, weight] = /^\[?(.+?)\]?:(\d+)(?:\*(\d+))?$/.exec(text)!;
      return { address: { host, port: Number(port) }, weight: Number(weight ?? 1) };
    }),
    loadBalancing: "round_robin",
    connectTimeoutMs: 5_000,
    circuitBreakers: CIRCUIT_BREAKERS,
    proxyProtocol: null,
    tls: null,
    ...options,
  };
}

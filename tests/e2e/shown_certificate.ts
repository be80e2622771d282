/**
 * What a new connection to a listener is shown, each with a handshake of its own.
 *
 * @module
 */

import tls from "node:tls";
import { within } from "./deadline.ts";

const WAIT_MS = 20_000;
const ASK_AGAIN_MS = 20;

/** A client's certificate, PEM. */
export interface ClientPair {
  readonly cert: string;
  readonly key: string;
}

/** How a new connection went. */
export interface Visit {
  /** Of the certificate that was shown; upper-case hex digits. */
  readonly serial: string;
  /** The whole response to a `GET /`. */
  readonly response: string;
}

/**
 * Connects to a port of this machine as `localhost`, without a session of before, and asks for `/`.
 * Fails when anything does: the handshake, the verification, the request.
 */
export async function visit(port: number, ca: string, client?: ClientPair): Promise<Visit> {
  const socket = tls.connect({
    ...{ host: "127.0.0.1", port, servername: "localhost", ca, allowHalfOpen: true },
    ...client,
  });
  let response = "";
  const { promise, resolve, reject } = Promise.withResolvers<Visit>();
  socket.on("error", reject);
  socket.on("data", (chunk: Uint8Array) => response += new TextDecoder().decode(chunk));
  socket.once("secureConnect", () => {
    const serial = socket.getPeerCertificate().serialNumber;
    socket.on("end", () => {
      if (response === "") reject(new Error("the connection ended without a response"));
      else resolve({ serial, response });
    });
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  });
  try {
    return await within(WAIT_MS, promise, "a new connection's answer");
  } finally {
    socket.destroy();
  }
}

/** Asks with new connections until one is shown the certificate of that serial, within `ms`. */
export async function waitForSerial(
  port: number,
  { ca, serial, ms }: { ca: string; serial: string; ms: number },
): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    const found = (await visit(port, ca)).serial;
    if (found === serial) return;
    if (performance.now() > end) {
      throw new Error(`waited ${ms} ms in vain for the certificate ${serial}: found ${found}`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

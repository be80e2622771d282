/**
 * What is sent on a new connection before its owner gets it.
 *
 * @module
 */

import { type Conn, writeAll } from "./mod.ts";

/** Sends it, if there is any. Fails with a ConnError, and then the connection is closed. */
export async function begun(conn: Conn, prefix: Uint8Array | undefined): Promise<Conn> {
  if (prefix === undefined) return conn;
  try {
    await writeAll(conn, prefix);
    return conn;
  } catch (error) {
    conn.close();
    throw error;
  }
}

/**
 * What clients see of a proxy that is being emptied.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { isLost, Wire } from "./wire.ts";

/** A request that leaves its connection open. */
export const GET = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** Whether another request may follow a request over a connection, as its answer has it. */
export async function asks(wire: Wire, request: string = GET): Promise<"open" | "closed"> {
  await wire.send(request);
  const response = await wire.response();
  assertEquals(response.slice(0, 12), "HTTP/1.1 200");
  return /\r\nconnection: close\r\n/.test(response) ? "closed" : "open";
}

/** The same on a connection that is opened now. */
export async function asksAnew(
  port: number,
  request: string = GET,
): Promise<"open" | "closed" | "refused"> {
  try {
    using wire = await Wire.connect(port);
    return await asks(wire, request);
  } catch (error) {
    if (isLost(error)) return "refused";
    throw error;
  }
}

/** Has an admin do something, such as `http://127.0.0.1:9901` and `/healthcheck/fail`. */
export async function post(admin: string, path: string): Promise<void> {
  const response = await fetch(`${admin}${path}`, { method: "POST" });
  assertEquals([response.status, await response.text()], [200, "OK\n"]);
}

/** What load balancers are told, such as `200 LIVE`. */
export async function ready(admin: string): Promise<string> {
  const response = await fetch(`${admin}/ready`);
  return `${response.status} ${(await response.text()).trim()}`;
}

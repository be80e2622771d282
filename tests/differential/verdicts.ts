/**
 * Sends bytes through genkan, and gives what became of each request in them.
 *
 * @module
 */

import { Wire } from "../e2e/wire.ts";
import type { CountedReading } from "./reading.ts";

/** What became of one request. */
export type Verdict =
  | { readonly kind: "read"; readonly reading: CountedReading }
  /** Refused by the server behind genkan. */
  | { readonly kind: "refused by peer"; readonly status: number }
  /** Refused by genkan, which ends the connection behind it. */
  | { readonly kind: "refused"; readonly status: number };

/**
 * What becomes of the requests in `bytes`, in their order: at most `count`, fewer when the
 * connection ends before.
 */
export async function verdicts(
  port: number,
  bytes: Uint8Array,
  count: number,
): Promise<Verdict[]> {
  using wire = await Wire.connect(port);
  const found: Verdict[] = [];
  // An answer may come, and the connection end, before all was sent.
  const sent = wire.send(bytes).then(() => null, (error: unknown) => error);
  try {
    while (found.length < count) {
      const verdict = await nextVerdict(wire);
      found.push(verdict);
      if (verdict.kind === "refused") break;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
  }
  wire[Symbol.dispose]();
  await sent;
  return found;
}

async function nextVerdict(wire: Wire): Promise<Verdict> {
  for (;;) {
    const head = await wire.until("\r\n\r\n");
    const status = Number(head.slice(9, 12));
    if (status < 200) continue;
    const said = /^x-reading: (\S+)\r$/m.exec(head);
    // Neither this answer nor the next has a body.
    if (said !== null) return { kind: "read", reading: JSON.parse(decodeURIComponent(said[1])) };
    if (/^x-refused-by: /m.test(head)) return { kind: "refused by peer", status };
    return { kind: "refused", status };
  }
}

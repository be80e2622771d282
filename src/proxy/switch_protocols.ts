/**
 * From HTTP to what a 101 has agreed upon (RFC 9110 §7.8).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { ResponseHead } from "../http/mod.ts";
import type { Http1ClientSession, Http1ServerSession } from "../session/mod.ts";
import type { ExchangeRecord } from "./exchange_record.ts";
import { forwardSwitch } from "./forward_response.ts";
import type { HttpFilter } from "./http_filter.ts";
import type { Outcome, Plan } from "./outcome.ts";
import { Tunnel } from "./tunnel.ts";
import { checkUpgrade } from "./upgrade.ts";

const FLAGS = {
  done: null,
  closed: null,
  idle: "SI",
  downstream_lost: "DC",
  upstream_lost: "UC",
} as const;

/** What an upgrade ties together. */
export interface Switch {
  readonly filter: HttpFilter;
  readonly session: Http1ServerSession;
  readonly upstream: Http1ClientSession;
  readonly plan: Plan;
  readonly record: ExchangeRecord;
}

/**
 * Passes the 101 on and ties both connections together until they end. Fails with a ConnError when
 * the client can't be written to.
 */
export async function switchProtocols(
  head: ResponseHead,
  { filter, session, upstream, plan, record }: Switch,
): Promise<Outcome> {
  const { stats, config, wheel, date } = filter;
  try {
    // What came behind the request before this answer was sent without knowing what it would mean.
    checkUpgrade(plan.head, session.reader.decoder.input.length);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { kind: "request_failed", error };
  }
  record.status = 101;
  plan.cluster.stats.response(101);
  session.startResponse(forwardSwitch(head, date.current()));
  await session.writer.flush();
  const tunnel = new Tunnel(session.upgrade(), wheel, config.timeouts.streamIdleMs);
  stats.upgradesTotal.inc();
  stats.upgradesActive.inc();
  const end = await tunnel.run(upstream.upgrade());
  stats.upgradesActive.dec();
  record.received.bytes = tunnel.received;
  record.sent.bytes = tunnel.sent;
  return { kind: "ended", flag: FLAGS[end], cause: tunnel.cause };
}

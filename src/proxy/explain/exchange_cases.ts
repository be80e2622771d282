/**
 * Upstreams that took the request and gave no answer, and requests that were not sent.
 *
 * @module
 */

import { type Cases, type Facts, sentence, showDuration, type Story } from "./facts.ts";

/** By the failure's code. */
export const EXCHANGE_CASES: Cases = {
  upstream_closed: hungUp,
  upstream_reset: hungUp,
  upstream_lost: hungUp,

  truncated_head: ({ configured, settings }) => ({
    title: `${configured} hung up in the middle of its answer`,
    cause: "genkan sent the request, and the connection was closed inside of the answer's head.",
    fix:
      "Look into the server's log: it crashed, or was restarted. Check that it speaks HTTP/1.1 " +
      `on the port in ${settings.endpoints}.`,
  }),

  upstream_speaks_tls: ({ configured, settings }) => ({
    title: `${configured} speaks TLS`,
    cause: "genkan sent the request in the clear, and a TLS record came back.",
    fix: sentence(settings.useTls),
  }),

  route_timeout({ configured, timeoutMs, settings }) {
    const waited = timeoutMs > 0 ? `within ${showDuration(timeoutMs)}` : "in time";
    return {
      title: `${configured} takes too long to answer`,
      cause: `genkan sent the request, and the answer didn't begin or end ${waited}.`,
      fix: "Look into the server's log for what it is busy with." +
        (settings.routeTimeout === null
          ? ""
          : ` If it needs the time, raise ${settings.routeTimeout}.`),
    };
  },

  pending_timeout: ({ configured, timeoutMs, settings }) => ({
    title: `No connection to ${configured} came free`,
    cause: "The cluster has all the connections that it may have, and none came free within " +
      `${showDuration(timeoutMs)}.`,
    fix: "Find out why the server is slow with the requests that it has" +
      (settings.breakers === null ? "." : `, or allow more connections in ${settings.breakers}.`),
  }),

  stream_timeout: ({ configured, settings }) => ({
    title: `${configured} has fallen silent`,
    cause: "genkan sent the request, and no byte came or went for the time that a stream may idle.",
    fix: "Look into the server's log for what it is busy with." +
      (settings.streamTimeout === null
        ? ""
        : ` If it needs the time, raise ${settings.streamTimeout}.`),
  }),

  overflow: ({ cluster, settings }) => ({
    title: `The cluster ${cluster?.name ?? ""} has all that it may take`,
    cause: "So many requests or connections are under way that the cluster's circuit breaker " +
      "lets no other through. The detail has the limit.",
    fix: "Find out why the server is slow with the requests that it has" +
      (settings.breakers === null ? "." : `, or raise the limit in ${settings.breakers}.`),
  }),

  loop: ({ settings }) => ({
    title: "The request goes round in circles",
    cause: "It has come through here so often that it must be a loop: the route leads, directly " +
      "or through others, back to genkan.",
    fix:
      `Write the server's own address in ${settings.endpoints}, not one that genkan or a proxy ` +
      "before it listens on." +
      (settings.hops === null
        ? ""
        : ` If there are that many proxies in a row, raise ${settings.hops}.`),
  }),
};

/** Any other code: an answer that can't be passed on. */
export function brokenProtocol({ configured, settings, failure }: Facts): Story {
  if (failure.flag !== "UPE") {
    return {
      title: `${configured} failed`,
      cause: "genkan could not get an answer; the detail says what was found.",
      fix: "Look into the server's log, and into genkan's.",
    };
  }
  return {
    title: `${configured} doesn't speak proper HTTP/1.1`,
    cause:
      "genkan sent the request, and what came back can't be passed on without guessing where " +
      "it ends or what it means. The detail says what was found.",
    fix: "Correct the server, or whatever stands before it. If the port speaks another protocol, " +
      `such as HTTP/2 only, correct the port in ${settings.endpoints}.`,
  };
}

function hungUp({ configured, settings, failure, found }: Facts): Story {
  const how = failure.code.slice("upstream_".length);
  if (found.speaksTls) {
    return {
      title: `${configured} speaks TLS`,
      cause: `genkan sent the request in the clear, and the connection was ${how} without an ` +
        "answer. A TLS handshake is answered there.",
      fix: sentence(settings.useTls),
    };
  }
  return {
    title: `${configured} hung up without an answer`,
    cause: `genkan sent the request, and the connection was ${how} before the answer began.`,
    fix:
      "Look into the server's log: it crashed, was restarted, or didn't like the request. Check " +
      `that it speaks HTTP/1.1 on the port in ${settings.endpoints}.`,
  };
}

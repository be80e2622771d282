/**
 * Where genkan differs from Envoy on purpose: every difference that a case shows has its reason
 * here, and every reason has a case. docs/configuration.md tells people the same.
 *
 * @module
 */

/** Why genkan differs, by a short name. */
export const DIFFERENCES = {
  // Requests that genkan refuses, or answers another way.
  "strict host": "one Host, a name or address with at most a port of digits; it is what routes",
  "contradicting target": "two names for one request are how caches are poisoned",
  "strict request line": "one space between its parts, no user in the target, nothing behind",
  "strict lines": "bare line feeds, bare carriage returns and folded lines are read in two ways",
  "strict coding": "what is no list of codings is 400; 501 is for a coding that isn't known",
  "strict chunks": "sizes of at most 16 digits, extensions of tokens and quoted strings, CRLF",
  "strict trailers": "a trailer section doesn't frame or route",
  "strict nomination": "Connection must not take from the next hop what it needs",
  "unknown version": "a version that isn't 1.0 or 1.1 is no request line; Envoy says 426",
  "any method": "methods are open (RFC 9110 §16.1); Envoy has a list",
  "equal lengths": "two equal Content-Length fields are one (RFC 9112 §6.3)",
  "refusal's body": "400 always has its text; Envoy leaves it out when the codec took the request",
  "no CONNECT": "405, since no route could change it; Envoy finds no route",
  "empty path": "the path of http://host?query is /; Envoy finds no route",
  "https on plain": "the scheme of an absolute target says nothing of the connection",
  // What the upstream gets.
  "asterisk": "OPTIONS * takes the route of / (RFC 9112 §3.2.4); Envoy finds none",
  "repeated fields": "fields that repeat stay as they came; Envoy joins those that it knows",
  "first of two": "the first X-Forwarded-Proto or X-Request-Id counts; Envoy joins them",
  "no length added": "a request without a body has none; Envoy adds content-length: 0 by method",
  "TE in any case": "transfer codings have no case (RFC 9112 §7)",
  "http2-settings": "is for this hop, nominated or not",
  "underscore in Referer": "private host names have them; Envoy drops such a Referer",
  "x-envoy at the edge": "with use_remote_address all of them are dropped; Envoy knows some",
  "empty proto": "an empty X-Forwarded-Proto is none; Envoy finds no route",
  "joined match": "a header that repeats is matched as one value; Envoy tries each",
  // What the client gets.
  "awaited continue": "100 Continue is sent when a body is still to come",
  "proxy-connection": "no field of HTTP's, dropped unread; Envoy heeds its close",
  "nominated in answer": "a field that a response's Connection names is for this hop",
  "reason phrase": "the upstream's own is passed on; Envoy writes its own",
  "status from 100 to 599": "any other is 502 (RFC 9110 §15); Envoy passes it on",
  "answer to HEAD": "no transfer-encoding where no body comes",
  "informational answers": "102 and 103 are passed on (RFC 9110 §15.2); Envoy drops them",
  "answer's head": "60 KiB at most, as a request's; Envoy takes 80 KiB",
  "101 unasked": "a switch that nobody asked for is 502; Envoy passes it on",
  "read body": "a body that has come is read, so that the connection goes on behind a 404",
  "own version": "an answer names HTTP/1.1, whatever the request's version (RFC 9112 §2.3)",
  "no continue in HTTP/1.0": "which has no 100 (RFC 9110 §15.2); Envoy sends it",
  "keep-alive in HTTP/1.0": "holds for answers of the proxy's own, too",
  "upgrade in HTTP/1.0": "is ignored (RFC 9110 §7.8); Envoy says 403",
  // Upgrades.
  "upgrade written anew": "Connection and Upgrade are written from what was understood of them",
  "upgrade with a body": "400, and so are bytes behind it before the 101",
  "refused upgrade": "is an ordinary answer; Envoy empties and closes it",
  "failed upgrade": "leaves the connection open; Envoy has begun to switch",
  "half-close": "an end goes through, and what the other side still says comes back",
  "end of an upgrade": "an orderly end has no flag; Envoy says whose it was",
  // What is logged.
  "escaped log": "what a client sent can't forge a line",
  "path in log": "the path that was asked for; Envoy believes x-envoy-original-path",
  "id in log": "a request that goes nowhere gets no id",
  "lost answer in log": "UC, since the upstream was lost; Envoy says UPE",
  "bytes in log": "those of a body that was forwarded",
  "refused in log": "DPE, as for whatever is 400",
  "overflow in log": "the endpoint, where one was chosen",
  "late head": "the 408 is made without the parts that every other answer has",
} as const;

/** A difference by its name. */
export type Difference = keyof typeof DIFFERENCES;

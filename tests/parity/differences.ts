/**
 * Where genkan differs from Envoy, in the words of docs/configuration.md: every difference that a
 * case shows is here, and everything here has a case.
 *
 * @module
 */

/** What differs, by a short name. */
export const DIFFERENCES = {
  // What is refused.
  "strict host":
    "A request has one Host: a name or an address, with at most a port of digits. None, two " +
    "(even equal ones), an empty one, user information, percent encoding or a port that is no " +
    "number is 400; Envoy finds no route for most of them (404), and takes the last.",
  "contradicting target":
    "An absolute target that names another host or port than Host does is 400; Envoy lets the " +
    "target win.",
  "strict request line":
    "One space between the parts of a request line, no other white space, nothing behind the " +
    "version, no user in an absolute target: otherwise 400. Envoy takes them.",
  "strict lines":
    "Bare line feeds, bare carriage returns and folded lines are 400; Envoy takes them.",
  "strict coding":
    "A Transfer-Encoding that is chunked twice, has a parameter, quotes or an empty element " +
    "is 400; Envoy says 501 to all of them.",
  "strict chunks":
    "Chunk sizes have at most 16 digits, extensions are tokens and quoted strings, and a " +
    "chunk ends with CRLF: otherwise 400. Envoy takes them.",
  "strict trailers":
    "A trailer section with fields that frame or route is 400; Envoy drops it, as it drops " +
    "every trailer.",
  "strict nomination":
    "A Connection field that nominates Content-Length, Authorization or Cookie is 400, and in an " +
    "answer 502; Envoy removes them, or not.",
  "unknown version":
    "A version that is neither HTTP/1.0 nor HTTP/1.1 is 400, and so is Transfer-Encoding in " +
    "HTTP/1.0; Envoy says 426.",
  "no CONNECT": "CONNECT is 405; Envoy finds no route for it (404).",
  "upgrade with a body":
    "An upgrade with a body, or with bytes behind it that came before the 101, is 400; Envoy " +
    "passes them on.",
  "status from 100 to 599": "An answer with a status over 599 becomes a 502; Envoy passes it on.",
  "strict status line":
    "A status line is `HTTP/1.1`, or 1.0, one space and three digits: any other is a 502. Envoy takes " +
    "other versions, more spaces and more digits.",
  "strict answers":
    "Bare line feeds, bare carriage returns and folded lines in an answer, and chunks in HTTP/1.0, " +
    "become a 502; Envoy takes them.",
  "broken answer":
    "An answer whose body goes wrong before any of it was passed on becomes a 502; Envoy breaks the " +
    "connection off.",
  "101 unasked":
    "A 101 that nobody asked for, or to another protocol than the one that was asked for, " +
    "becomes a 502; Envoy passes it on.",
  "answer's head": "An answer's head has at most 60 KiB, then 502; Envoy takes 80 KiB.",
  "whole label":
    "A star in a client's certificate stands for a whole label (`*.a.test`); for Envoy it may be a " +
    "part of one (`a*.a.test`).",
  // What is taken.
  "any method":
    "Every method that is a token is forwarded; Envoy has a list and says 400 to others.",
  "equal lengths":
    "Two equal Content-Length fields count as one; Envoy says 400, or 502 to an answer.",
  "204 with a body": "The framing fields of a 204 are dropped; Envoy makes a 502 of it.",
  "empty path":
    "The path of an absolute target such as `http://a.test?q` is `/`; Envoy finds no route " +
    "for it.",
  asterisk: "`OPTIONS *` takes the route of `/`; Envoy finds none (404).",
  "https on plain":
    "An absolute target may say https on a plain connection, and `x-forwarded-proto` still " +
    "says http; with `use_remote_address` Envoy says 403.",
  "empty proto":
    "An empty X-Forwarded-Proto counts as none; Envoy finds no route for such a request.",
  "address by value":
    "An address that is asked of a client's certificate is compared by its value; Envoy compares " +
    "the text.",
  // What the upstream gets.
  "repeated fields":
    "Fields that repeat stay apart, in their order; Envoy joins those that it knows, with a " +
    "comma.",
  "first of two":
    "Of two X-Forwarded-Proto or X-Request-Id fields the first counts; Envoy joins them.",
  "no length added": "A request without a body is forwarded without Content-Length; Envoy adds " +
    "`content-length: 0` unless the method is GET, HEAD, DELETE or TRACE.",
  "TE in any case": "`TE: Trailers` is passed on in any letter case; Envoy knows lower case alone.",
  "http2-settings":
    "HTTP2-Settings is dropped, nominated or not; Envoy drops it when it is nominated.",
  "underscore in Referer": "A Referer with an underscore in its host is kept; Envoy drops it.",
  "x-envoy at the edge":
    "With `use_remote_address` every client-sent `x-envoy-*` field is dropped; Envoy lets " +
    "those pass that it doesn't act on.",
  "upgrade written anew":
    "The Connection and Upgrade fields of an upgrade are written anew, in lower case; Envoy " +
    "passes them on as they came.",
  "quoted names":
    "A name with a comma, a semicolon or a quote is quoted in `x-forwarded-client-cert`, as Envoy's " +
    "documentation has it; Envoy itself doesn't, and behind it one name may pass for several.",
  // What the client gets.
  "reason phrase": "The reason phrase is the upstream's; Envoy writes its own.",
  "nominated in answer":
    "A field that an answer's Connection nominates is dropped; Envoy passes it on.",
  "informational answers": "102 and 103 are passed on; Envoy drops them.",
  "awaited continue":
    "`100 Continue` is sent when a body is still to come; Envoy sends it to everybody who " +
    "expects it.",
  "answer to HEAD": "An answer to HEAD has no Transfer-Encoding; Envoy adds it where there is no " +
    "Content-Length.",
  "proxy-connection": "Proxy-Connection is dropped unread; Envoy closes when it says so.",
  "read body":
    "A body that has come already is read before a 404, so that the connection goes on; Envoy " +
    "closes it.",
  "refusal's body":
    "Every 400 but that of a missing Host says `Bad Request`; Envoy leaves it out for a " +
    "fragment and for a nominated Host.",
  "refused upgrade":
    "An upgrade that the upstream doesn't agree to gets the upstream's answer as it is, and " +
    "the connection goes on; Envoy empties most of them and closes.",
  "failed upgrade": "So it is with an upgrade that finds no route or no upstream; Envoy closes.",
  "half-close":
    "An upgraded connection may end in one direction while the other goes on; Envoy cuts " +
    "both.",
  "own version":
    "An answer to HTTP/1.0 says HTTP/1.1, as RFC 9110 §6.2 has it; Envoy says HTTP/1.0.",
  "no continue in HTTP/1.0": "A client of HTTP/1.0 gets no `100 Continue`; Envoy sends it.",
  "keep-alive in HTTP/1.0":
    "Keep-alive in HTTP/1.0 holds for answers of the proxy's own, too; Envoy closes.",
  "upgrade in HTTP/1.0": "An Upgrade field in HTTP/1.0 is ignored; Envoy says 403.",
  "joined match":
    "A header that a route matches and that repeats is compared as one value, joined with " +
    "commas; Envoy tries each.",
  "late head": "The 408 to a head that came too late has neither Date nor Server.",
  // What the access log says.
  "escaped log": "What a client sent is escaped (`\\x22` for a quote); Envoy writes it as it came.",
  "path in log": "The path is the one that was asked for; Envoy believes a client's " +
    "`x-envoy-original-path`.",
  "id in log": "A request that went nowhere has no id; Envoy makes one.",
  "end of an upgrade":
    "An upgraded connection that ended in order has no flag, and has the upstream's time; " +
    "Envoy writes UC or DC, by who ended it.",
  "lost answer in log": "An answer that broke off has the flag UC; Envoy writes UPE.",
  "bytes in log":
    "The bytes of a body are those that were passed on; Envoy counts what it has read, or has " +
    "written out.",
  "refused in log": "A 400 has the flag DPE; Envoy leaves it out where no Host was found.",
  "flag of TCP in log":
    "A TCP connection that found no upstream has the flag UF; Envoy writes UF,URX.",
  "overflow in log": "Which endpoint is named for a UO differs with the circuit breaker.",
  // How it is drained.
  "graceful drain":
    "After `POST /drain_listeners?graceful` every answer carries `connection: close`; Envoy's do so " +
    "by chance, more and more of them until the drain time is over.",
  "inbound only":
    "`?inboundonly` drains every listener; Envoy those alone whose `traffic_direction` is INBOUND.",
} as const;

/** A difference by its name. */
export type Difference = keyof typeof DIFFERENCES;

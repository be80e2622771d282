/**
 * Responses that never have a body, and those before the final one.
 *
 * @module
 */

import {
  answer,
  forwards,
  HELLO,
  rejects,
  response,
  type ResponseCase,
  status,
} from "../response_case.ts";
import type { Field } from "../strict_reader.ts";

const NO_CONTENT = response({ status: 204, reason: "No Content", body: "" });

export const BODILESS: readonly ResponseCase[] = [
  ...forwards("RFC 9110 §9.3.2", {
    "HEAD: a length is told": [
      answer(["Content-Length: 5"]),
      response({ body: "", fields: [["content-length", "5"]] }),
    ],
    "HEAD: chunked": [answer(["Transfer-Encoding: chunked"]), response({ body: "" })],
    "HEAD: neither": [answer([]), response({ body: "" })],
    "HEAD: 404": [
      status("404 Not Found", ["Content-Length: 9"]),
      response({
        status: 404,
        reason: "Not Found",
        body: "",
        fields: [["content-length", "9"]],
      }),
    ],
  }, { method: "HEAD" }),
  ...forwards("RFC 9110 §15.3.5", {
    "204": [status("204 No Content"), NO_CONTENT],
    "204 with a length, which isn't passed on": [
      status("204 No Content", ["Content-Length: 0"]),
      NO_CONTENT,
    ],
    "204 chunked, which isn't passed on": [
      status("204 No Content", ["Transfer-Encoding: chunked"]),
      NO_CONTENT,
    ],
  }),
  ...forwards("RFC 9110 §15.4.5", {
    "304": [
      status("304 Not Modified", ['ETag: "a"']),
      response({ status: 304, reason: "Not Modified", body: "", fields: [["etag", '"a"']] }),
    ],
    "304 with a length, which is told": [
      status("304 Not Modified", ["Content-Length: 5"]),
      response({
        status: 304,
        reason: "Not Modified",
        body: "",
        fields: [["content-length", "5"]],
      }),
    ],
  }),
  ...forwards("RFC 9110 §15.3.6", {
    "205 with length 0": [
      status("205 Reset Content", ["Content-Length: 0"]),
      response({ status: 205, reason: "Reset Content", body: "" }),
    ],
  }),
  ...rejects("RFC 9112 §6.3", {
    "204 with both lengths": status("204 No Content", [
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
    ]),
    "304 with different lengths": status("304 Not Modified", [
      "Content-Length: 5",
      "Content-Length: 6",
    ]),
  }),
  ...rejects("RFC 9112 §6.3", {
    "HEAD with both lengths": answer(["Content-Length: 5", "Transfer-Encoding: chunked"]),
    "HEAD with a bad length": answer(["Content-Length: -5"]),
  }, { method: "HEAD" }),
];

const HINTS: Field = ["link", "</a.css>; rel=preload"];
const EARLY = status("103 Early Hints", ["Link: </a.css>; rel=preload"]);

/** Responses before the final one that are still taken. */
const MAX_INTERIMS = 16;

export const INTERIM: readonly ResponseCase[] = [
  ...forwards("RFC 8297 §2", {
    "early hints are passed on": [EARLY + HELLO, response({ interims: [[103, [HINTS]]] })],
    "early hints twice": [
      EARLY + EARLY + HELLO,
      response({ interims: [[103, [HINTS]], [103, [HINTS]]] }),
    ],
  }),
  ...forwards("RFC 9110 §15.2", {
    "100 unasked isn't passed on": [status("100 Continue") + HELLO, response()],
    "102 is passed on": [
      status("102 Processing") + HELLO,
      response({ interims: [[102, []]] }),
    ],
    "an informational response that nobody knows is passed on": [
      status("199 Odd", ["X-A: 1"]) + HELLO,
      response({ interims: [[199, [["x-a", "1"]]]] }),
    ],
    "an informational response before 204": [
      EARLY + status("204 No Content"),
      { ...NO_CONTENT, interims: [[103, [HINTS]]] },
    ],
    "as many informational responses as are taken": [
      status("102 Processing").repeat(MAX_INTERIMS) + HELLO,
      response({ interims: Array(MAX_INTERIMS).fill([102, []]) }),
    ],
  }),
  ...forwards("RFC 9112 §6.3", {
    "an informational response has no body, whatever it says": [
      status("103 Early Hints", ["Content-Length: 5"]) + HELLO,
      response({ interims: [[103, []]] }),
    ],
    "an informational response has no chunks, whatever it says": [
      status("103 Early Hints", ["Transfer-Encoding: chunked"]) + HELLO,
      response({ interims: [[103, []]] }),
    ],
  }),
  ...forwards("RFC 9110 §7.6.1", {
    "hop-by-hop fields of an informational response": [
      status("103 Early Hints", ["Connection: x-a", "X-A: 1", "Keep-Alive: 5"]) + HELLO,
      response({ interims: [[103, []]] }),
    ],
  }),
  ...rejects("RFC 9110 §15.2", {
    "informational responses without end": status("100 Continue").repeat(10 * MAX_INTERIMS),
  }),
  ...rejects("RFC 9110 §15.2", {
    "an informational response, then a bad one": EARLY + answer(["Content-Length: x"], "hello"),
    "an informational response, then 101 unasked": EARLY + status("101 Switching Protocols"),
  }, { interims: 1 }),
  ...rejects("RFC 9112 §6.3", {
    "an informational response with both lengths": status("103 Early Hints", [
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
    ]) + HELLO,
  }),
];

/**
 * Lines of an observation that many cases tell of.
 *
 * @module
 */

import { KEY, type Shown, shown } from "./case.ts";

/** What the log says of a request beside what it asked for. */
export interface Logged {
  /** The status and the flag; `200 -` by default. */
  readonly code?: string;
  /** The bytes received and sent; `0 2` by default. */
  readonly bytes?: string;
  /** The upstream's time, `-` for none; given by default. */
  readonly service?: string;
  /** The host that was asked; `a.test` by default. */
  readonly host?: string;
}

/** The log's line of a request, such as `GET / HTTP/1.1`, that went upstream. */
export function answered(asked: string, logged: Logged = {}): string {
  const { code = "200 -", bytes = "0 2", service = "<ms>", host = "a.test" } = logged;
  return `log: "${asked}" ${code} ${bytes} ${service} "-" "${KEY}" "<new id>" "${host}" <upstream>`;
}

/** The log's line of a request that went nowhere. */
export function unanswered(asked: string, host: string, code: string, id = "<new id>"): string {
  return `log: "${asked}" ${code} 0 0 - "-" "${KEY}" "${id}" "${host}" -`;
}

/** Genkan gives no id to a request that goes nowhere. */
export function noId(asked: string, host: string, code: string): Shown {
  return shown("id in log", [unanswered(asked, host, code)], [
    unanswered(asked, host, code, "-"),
  ]);
}

/** What upstream and client see of a request and its answer; `line` is the one that is sent. */
export function forwarded(line: string, host: string, fields: readonly string[] = []): string[] {
  return [
    line,
    `host: ${host}`,
    `user-agent: ${KEY}`,
    "x-envoy-expected-rq-timeout-ms: 15000",
    "x-forwarded-proto: http",
    "x-request-id: <new id>",
    ...fields,
  ].map((fact) => `upstream: ${fact}`).concat([
    "client: HTTP/1.1 200 OK",
    "client: content-length: 2",
    "client: x-envoy-upstream-service-time: <ms>",
    "client: body 2: ok",
  ]);
}

/** What a client sees of an empty answer of the proxy's own. */
export function empty(status: string): string[] {
  return [`HTTP/1.1 ${status}`, "content-length: 0", "body 0: "].map((fact) => `client: ${fact}`);
}

const PROTOCOL_ERROR =
  "upstream connect error or disconnect/reset before headers. reset reason: protocol error";

/** What genkan says of an answer to `GET /` that it can't pass on. */
export const BAD_GATEWAY: readonly string[] = [
  "client: HTTP/1.1 502 Bad Gateway",
  `client: content-length: ${PROTOCOL_ERROR.length}`,
  "client: content-type: text/plain",
  `client: body ${PROTOCOL_ERROR.length}: ${PROTOCOL_ERROR}`,
  answered("GET / HTTP/1.1", { code: "502 UPE", bytes: "0 87", service: "-" }),
];

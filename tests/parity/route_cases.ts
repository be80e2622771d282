/**
 * Which way a request goes, and what a client gets when there is none.
 *
 * @module
 */

import { type Case, request, sends, type Shown, shown } from "./case.ts";
import { answered, empty, forwarded, noId, unanswered } from "./lines.ts";

/** Never answers: the proxy gives up and closes. */
async function silence(wire: { drain(): Promise<string> }): Promise<void> {
  await wire.drain();
}

function routed(name: string, path: string, fields: readonly string[] = [], more = {}): Case {
  return sends(name, request(`GET ${path}`, ["host: routes.test", ...fields]), more);
}

function hosted(host: string): Case {
  return sends(`host ${host}`, request("GET /page?q", [`host: ${host}`]));
}

function unrouted(name: string, path: string, fields: readonly string[] = []): Case {
  return sends(
    name,
    request(`GET ${path}`, ["host: routes.test", ...fields]),
    {},
    noId(`GET ${path} HTTP/1.1`, "routes.test", "404 NR"),
  );
}

function nowhere(
  name: string,
  method: string,
  fields: readonly string[],
  body: string,
  ...more: readonly Shown[]
): Case {
  return sends(
    name,
    request(`${method} /nowhere`, ["host: routes.test", ...fields], body),
    {},
    ...more,
    noId(`${method} /nowhere HTTP/1.1`, "routes.test", "404 NR"),
  );
}

function forbidden(name: string, protocol: string): Case {
  return sends(
    name,
    request("GET /", ["connection: upgrade", `upgrade: ${protocol}`]),
    {},
    noId("GET / HTTP/1.1", "a.test", "403 -"),
  );
}

function refusedLog(received: number): string {
  const logged = { code: "503 UF", bytes: `${received} 98`, service: "-", host: "routes.test" };
  return answered("POST /refused HTTP/1.1", logged);
}

/** Routes, rewrites, and answers of the proxy's own. */
export const ROUTES: readonly Case[] = [
  routed("an exact path", "/exact"),
  routed("an exact path with a query", "/exact?q=1"),
  unrouted("an exact path and more", "/exact/more"),
  unrouted("an exact path in capitals", "/EXACT"),
  routed("an exact path rewritten", "/old?q=1"),
  routed("a prefix rewritten", "/api/users?id=7"),
  unrouted("a prefix without its slash", "/api"),
  routed("a prefix rewritten to a slash", "/strip/me"),
  routed("a whole prefix rewritten to a slash", "/strip?q"),
  routed("a header", "/h", ["x-version: 2"]),
  unrouted("a header with another value", "/h", ["x-version: 20"]),
  sends(
    "a header twice",
    request("GET /h", ["host: routes.test", "x-version: 2", "x-version: 3"]),
    {},
    shown("joined match", [
      ...forwarded("GET /by-header HTTP/1.1", "routes.test", [
        "x-envoy-original-path: /h",
        "x-version: 2",
        "x-version: 3",
      ]),
      answered("GET /h HTTP/1.1", { host: "routes.test" }),
    ], [...empty("404 Not Found"), unanswered("GET /h HTTP/1.1", "routes.test", "404 NR", "-")]),
  ),
  unrouted("no header", "/h"),
  routed("no timeout to tell", "/none"),
  routed("a timeout of the client", "/none", ["x-envoy-upstream-rq-timeout-ms: 5"]),
  unrouted("no route", "/nowhere"),
  nowhere(
    "no route for HEAD",
    "HEAD",
    [],
    "",
    shown("answer to HEAD", ["client: transfer-encoding: chunked", "client: body chunked 0: "], [
      "client: content-length: 0",
      "client: body 0: ",
    ]),
  ),
  nowhere(
    "no route for a body",
    "POST",
    ["content-length: 5"],
    "hello",
    shown("read body", ["client: connection: close", "client: closed, as told"], ["client: open"]),
  ),
  unrouted("no route for connection: close", "/nowhere", ["connection: close"]),
  routed("no upstream", "/refused"),
  sends("no upstream for HEAD", request("HEAD /refused", ["host: routes.test"])),
  sends(
    "no upstream for a body",
    request("POST /refused", ["host: routes.test", "content-length: 5"], "hello"),
    {},
    shown("bytes in log", [refusedLog(5)], [refusedLog(0)]),
  ),
  routed("a cluster without endpoints", "/nobody"),
  routed("an upstream that takes too long", "/slow", [], { answer: silence }),
  sends("an upstream that takes too long for HEAD", request("HEAD /slow", ["host: routes.test"]), {
    answer: silence,
  }),
  sends(
    "no virtual host",
    request("GET /", ["host: unknown.test"]),
    {},
    noId("GET / HTTP/1.1", "unknown.test", "404 NR"),
  ),
  sends(
    "no virtual host for a port",
    request("GET /", ["host: routes.test:81"]),
    {},
    noId("GET / HTTP/1.1", "routes.test:81", "404 NR"),
  ),
  ...[
    "exact.domain.test",
    "EXACT.domain.TEST",
    "other.domain.test",
    "a.b.domain.test",
    "x.eu.domain.test",
    "eu.domain.test",
    "domain.test",
    "domain.example",
    "port.test:8080",
    "a.test",
    "a.test:81",
    "b.a.test",
  ].map(hosted),
  forbidden("an upgrade that isn't allowed", "websocket"),
  forbidden("an unknown upgrade", "foo"),
  sends("h2c alone", request("GET /", ["connection: upgrade", "upgrade: h2c"])),
  forbidden("h2c and websocket", "h2c, websocket"),
  sends(
    "an upgrade without a route",
    request("GET /nowhere", ["host: routes.test", "connection: upgrade", "upgrade: websocket"]),
    {},
    shown("failed upgrade", ["client: connection: close", "client: closed, as told"], [
      "client: open",
    ]),
    noId("GET /nowhere HTTP/1.1", "routes.test", "404 NR"),
  ),
];

/**
 * The addresses of `genkan FROM TO…`: what may be written, and which pairs go together. The scheme
 * says what is spoken there, so the two schemes pick the proxy's mode:
 *
 * | FROM      | TO           | what happens                                   |
 * | --------- | ------------ | ---------------------------------------------- |
 * | https     | http         | TLS ends here, HTTP inside                     |
 * | https     | https        | TLS ends here, and a new one begins            |
 * | http      | https        | plain here, TLS inside                         |
 * | http      | http         | plain on both sides                            |
 * | tcp       | tcp          | bytes untouched, whatever they are (passthrough) |
 * | tls / tcp | tcp / tls    | TLS ends or begins here, bytes untouched inside |
 *
 * @module
 */

import { showAddress } from "../../runtime/mod.ts";
import { UsageError } from "../command.ts";

/** What is spoken at an address. */
export type Scheme = "https" | "http" | "tls" | "tcp";

/** An address as FROM or TO name it, all parts filled in. */
export interface FrontAddress {
  readonly scheme: Scheme;
  /** A name in lower case or an IP address, without brackets. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** FROM, and at least one TO; every TO has the same scheme, and it goes with FROM's. */
export interface FrontAddresses {
  readonly from: FrontAddress;
  readonly to: readonly FrontAddress[];
}

const DEFAULT_PORTS: Readonly<Partial<Record<Scheme, number>>> = { https: 443, http: 80 };

const ADDRESS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[0-9a-f:.]+\]|[^:/?#[\]@]*)(?::(\d*))?(.*)$/i;

const NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/;

const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** Reads FROM and every TO. Throws a `UsageError` with one clear line. */
export function parseFrontAddresses(from: string, to: readonly string[]): FrontAddresses {
  const source = parseFrom(from);
  const targets = to.map((text) => parseTo(text, source));
  for (const target of targets) {
    if (readsHttp(target.scheme) !== readsHttp(source.scheme)) throw mismatch(source, target);
    if (target.scheme !== targets[0].scheme) {
      throw new UsageError(
        `Cannot lead to both ${showUrl(targets[0])} and ${showUrl(target)}: every TO needs the ` +
          `same scheme`,
      );
    }
    if (target.port === source.port && target.port !== 0 && sameHost(target.host, source.host)) {
      throw new UsageError(`Cannot lead ${showUrl(source)} to itself: FROM and TO are the same`);
    }
  }
  return { from: source, to: targets };
}

/** `https://localhost:8443`, with brackets around an IPv6 address. */
export function showUrl(address: FrontAddress): string {
  return `${address.scheme}://${showAddress(address)}`;
}

/** True when a listener of this scheme reads HTTP. */
export function readsHttp(scheme: Scheme): boolean {
  return scheme === "http" || scheme === "https";
}

/** True when the scheme is spoken inside TLS. */
export function speaksTls(scheme: Scheme): boolean {
  return scheme === "https" || scheme === "tls";
}

/** True for `localhost`, names under it, and loopback addresses (RFC 6761 §6.3). */
export function isLoopback(host: string): boolean {
  return isLocalhost(host) || host === "::1" || (IPV4.test(host) && host.startsWith("127."));
}

/** True for `localhost` and the names under it. */
export function isLocalhost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

function parseFrom(text: string): FrontAddress {
  const parts = split(text, "FROM");
  if (parts.scheme === null) {
    throw new UsageError(
      `Cannot listen on "${text}": no scheme; write https://${text.replace(/^:/, "localhost:")}, ` +
        `or http://, tcp:// or tls://`,
    );
  }
  if (parts.host === "") {
    throw new UsageError(
      `Cannot listen on "${text}": no host; write ${parts.scheme}://localhost` +
        `${parts.port === null ? "" : `:${parts.port}`}, or 0.0.0.0 for every address`,
    );
  }
  return complete(text, parts.scheme, parts.host, parts.port, "FROM");
}

/** TO may leave out what a dev server's address leaves out: `3000`, `:3000`, `localhost:3000`. */
function parseTo(text: string, from: FrontAddress): FrontAddress {
  const parts = split(/^\d+$/.test(text) ? `:${text}` : text, "TO");
  const scheme = parts.scheme ?? (readsHttp(from.scheme) ? "http" : "tcp");
  if (parts.host === "" && parts.port === null) {
    throw new UsageError(`Cannot read TO "${text}": no host and no port`);
  }
  const address = complete(text, scheme, parts.host || "localhost", parts.port, "TO");
  if (address.port === 0) throw new UsageError(`Cannot lead to "${text}": port 0 is no port`);
  return address;
}

interface Parts {
  scheme: Scheme | null;
  host: string;
  port: number | null;
}

function split(text: string, which: "FROM" | "TO"): Parts {
  const [, scheme, host, port, rest] = ADDRESS.exec(text) ?? [];
  if (host === undefined) throw new UsageError(`Cannot read ${which} "${text}": not an address`);
  if (rest.startsWith("@")) {
    throw new UsageError(`Cannot read ${which} "${text}": a user name has no place here`);
  }
  if (rest !== "" && rest !== "/") {
    throw new UsageError(
      `Cannot read ${which} "${text}": found "${rest}" after the port; a front leads whole ` +
        `hosts, routes by path are written in a configuration file`,
    );
  }
  return {
    scheme: scheme === undefined ? null : knownScheme(scheme.toLowerCase(), text, which),
    host: host.toLowerCase().replace(/^\[|\]$/g, ""),
    port: port === undefined || port === "" ? null : Number(port),
  };
}

function knownScheme(scheme: string, text: string, which: "FROM" | "TO"): Scheme {
  if (scheme === "https" || scheme === "http" || scheme === "tls" || scheme === "tcp") {
    return scheme;
  }
  const found = scheme === "ws" || scheme === "wss"
    ? `WebSockets need no scheme of their own, write ${scheme === "ws" ? "http" : "https"}://`
    : "the schemes are https, http, tls and tcp";
  throw new UsageError(`Cannot read ${which} "${text}": unknown scheme "${scheme}"; ${found}`);
}

function complete(
  text: string,
  scheme: Scheme,
  host: string,
  port: number | null,
  which: "FROM" | "TO",
): FrontAddress {
  if (
    !IPV4.test(host) && !host.includes(":") &&
    (!NAME.test(host) || host.length > 253 || /^[\d.]+$/.test(host))
  ) {
    throw new UsageError(`Cannot read ${which} "${text}": "${host}" is not a host name`);
  }
  const chosen = port ?? DEFAULT_PORTS[scheme];
  if (chosen === undefined) {
    throw new UsageError(`Cannot read ${which} "${text}": ${scheme}:// needs a port`);
  }
  if (chosen > 65535) {
    throw new UsageError(`Cannot read ${which} "${text}": a port is at most 65535`);
  }
  return { scheme, host, port: chosen };
}

function mismatch(from: FrontAddress, to: FrontAddress): UsageError {
  const [http, bytes] = readsHttp(from.scheme) ? [from, to] : [to, from];
  const swapped = http.scheme === "https" ? "tls" : "tcp";
  return new UsageError(
    `Cannot lead ${showUrl(from)} to ${showUrl(to)}: ${http.scheme}:// reads HTTP and ` +
      `${bytes.scheme}:// passes bytes; write ${swapped}://${showAddress(http)} for bytes on ` +
      `both sides`,
  );
}

function sameHost(a: string, b: string): boolean {
  return a === b || (isLoopback(a) && isLoopback(b) && (isLocalhost(a) || isLocalhost(b)));
}

/**
 * Turns what a runtime throws into `ConnError` and `FileError`. The runtimes agree on the errno
 * names (`error.code`); where there is none, Deno's error class tells (`error.name`).
 *
 * @module
 */

import {
  ConnError,
  type ConnErrorCode,
  FileError,
  type FileErrorCode,
  messageOf,
  type TlsReason,
} from "../errors.ts";
import { isUnixPath, showAddress } from "./address.ts";
import type { SocketAddress } from "./mod.ts";

const CONN_CODES: Readonly<Record<string, ConnErrorCode>> = {
  ECONNREFUSED: "refused",
  ConnectionRefused: "refused",
  ETIMEDOUT: "timeout",
  TimedOut: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  NetworkUnreachable: "unreachable",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ENOTCONN: "reset",
  ConnectionReset: "reset",
  ConnectionAborted: "reset",
  BrokenPipe: "reset",
  NotConnected: "reset",
  Interrupted: "closed",
  BadResource: "closed",
  UnexpectedEof: "unexpected_eof",
  // Deno's class and Bun's errno for whatever the TLS library refuses: records, alerts.
  InvalidData: "tls",
  EPROTO: "tls",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EADDRINUSE: "address_in_use",
  AddrInUse: "address_in_use",
  EADDRNOTAVAIL: "address_not_available",
  AddrNotAvailable: "address_not_available",
  EACCES: "permission",
  EPERM: "permission",
  PermissionDenied: "permission",
  NotCapable: "permission",
};

/** What a code is called in a message; codes that are missing here keep the runtime's own words. */
const CONN_WORDS: Partial<Record<ConnErrorCode, string>> = {
  refused: "connection refused",
  timeout: "timed out",
  unreachable: "no route to the host",
  reset: "connection reset by the other end",
  closed: "closed on this end",
  unexpected_eof: "the TLS stream ended without close_notify",
  address_in_use: "the address is in use",
  address_not_available: "no interface has this address",
};

/** Errors that have no code of their own, but words that say what to do. */
const SHORTAGE_WORDS: Readonly<Record<string, string>> = {
  EMFILE: "the process has too many open files: raise its limit (ulimit -n, LimitNOFILE)",
  ENFILE: "the host has too many open files",
};

function connWords(code: ConnErrorCode, error: unknown): string {
  const { code: errno } = (error ?? {}) as { code?: unknown };
  return CONN_WORDS[code] ?? SHORTAGE_WORDS[String(errno)] ?? reasonOf(error);
}

/** The attempt to use a connection that is open, for the message. */
export function goingOnWith(remote: SocketAddress): string {
  return `Cannot go on with ${showAddress(remote)}`;
}

/** The attempt to agree on TLS, for the message. */
export function handshakeWith(remote: SocketAddress): string {
  return `Cannot finish the TLS handshake with ${showAddress(remote)}`;
}

/** `attempt` reads "Cannot connect to 127.0.0.1:80". A `ConnError` is given back as it is. */
export function connError(attempt: string, error: unknown): ConnError {
  if (error instanceof ConnError) return error;
  const code = connErrorCode(error);
  if (code === "tls") return tlsError(attempt, error);
  return connFailure(code, attempt, connWords(code, error), error);
}

/** As `connError`, for binding. It names the address, and the same thing alike on every runtime. */
export function bindError(address: SocketAddress, error: unknown): ConnError {
  if (error instanceof ConnError) return error;
  const [code, words] = bindFailure(address, error);
  const message = `Cannot listen on ${showAddress(address)}: ${words}`;
  return new ConnError(code, message, { cause: error, unbound: address });
}

function bindFailure({ host }: SocketAddress, error: unknown): readonly [ConnErrorCode, string] {
  const { code: errno, name } = error as { code?: unknown; name?: unknown };
  if (isUnixPath(host)) {
    if (errno === "ENOENT") return ["address_not_available", "there is no such folder"];
    // Sockets were seen to before: the dead ones are gone, the living ones were reported.
    if (errno === "EADDRINUSE") {
      return ["address_not_available", "a file that is no socket is there"];
    }
  } else if (errno === "EINVAL") {
    // What `node:net` on Deno makes of EADDRNOTAVAIL.
    return ["address_not_available", CONN_WORDS.address_not_available!];
  }
  const code = connErrorCode(error);
  // Deno's own refusal says which permission is missing.
  if (code === "permission" && name !== "NotCapable") return [code, "permission denied"];
  return [code, connWords(code, error)];
}

/** The failure of a bind that was found out without one. */
export function addressInUse(address: SocketAddress): ConnError {
  const message = `Cannot listen on ${showAddress(address)}: ${CONN_WORDS.address_in_use}`;
  return new ConnError("address_in_use", message, { unbound: address });
}

/** As `connError`, for dialling: a unix socket may not be there. */
export function dialError(attempt: string, error: unknown): ConnError {
  if ((error as { code?: unknown } | null)?.code !== "ENOENT") return connError(attempt, error);
  return connFailure("refused", attempt, "there is no such socket", error);
}

/** As `connError`, for a failure during the TLS handshake: what isn't the network's is `tls`. */
export function handshakeError(attempt: string, error: unknown): ConnError {
  const failure = connError(attempt, error);
  return failure.code === "other" ? tlsError(attempt, error) : failure;
}

/** What is said of a TLS failure; `other` keeps the library's own words. */
const TLS_WORDS: Readonly<Record<Exclude<TlsReason, "other">, string>> = {
  not_tls: "the other end does not speak TLS",
  untrusted: "the certificate's issuer is not trusted",
  expired: "the certificate has expired",
  not_yet_valid: "the certificate is not valid yet",
  wrong_name: "the certificate is for another name",
  wrong_purpose: "the certificate is for another purpose",
  revoked: "the certificate was revoked",
  version: "no TLS version in common",
  alpn: "no ALPN protocol in common",
  client_certificate_required: "a client certificate is asked for, and there is none",
};

/**
 * What the three TLS libraries (rustls, Node's words for it, BoringSSL) say. Deno's `node:tls` has
 * "unable to verify" for an unknown issuer and for a certificate out of its time alike; there
 * `node_tls.ts` looks at the dates.
 */
const TLS_REASONS: readonly [RegExp, TlsReason][] = [
  [/InvalidContentType|WRONG_VERSION_NUMBER|wrong version number|HTTP_REQUEST/, "not_tls"],
  [/certificate purpose|INVALID_PURPOSE|InvalidPurpose/, "wrong_purpose"],
  [/certificate revoked|CERT_REVOKED/, "revoked"],
  [/UnknownIssuer|unable to (verify|get)|self.signed/, "untrusted"],
  [/NotValidForName|not valid for name|does not match certificate/, "wrong_name"],
  [/certificate expired|certificate has expired/, "expired"],
  [/NotValidYet|not valid yet|not yet valid/, "not_yet_valid"],
  [/ProtocolVersion|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|Tls1.NotOffered/, "version"],
  [/NoApplicationProtocol|NO_APPLICATION_PROTOCOL|any known protocol/, "alpn"],
  [
    /did not return a certificate|PEER_DID_NOT_RETURN|sent no certificates/,
    "client_certificate_required",
  ],
  [/CertificateRequired|CERTIFICATE_REQUIRED/, "client_certificate_required"],
];

function tlsError(attempt: string, error: unknown): ConnError {
  const said = reasonOf(error);
  const reason = TLS_REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? "other";
  return tlsFailure(reason, attempt, { said, cause: error });
}

/** A TLS failure: our words first, the library's after them, which are what a search finds. */
export function tlsFailure(
  reason: TlsReason,
  attempt: string,
  { said, cause }: { said?: string; cause?: unknown } = {},
): ConnError {
  const words = reason === "other" ? said ?? "the TLS library gave no reason" : TLS_WORDS[reason];
  // BoringSSL's word for what begins like a request line.
  const spoken = said?.includes("HTTP_REQUEST") ? " but plain HTTP" : "";
  const found = reason === "other" || said === undefined ? words : `${words}${spoken} (${said})`;
  return new ConnError("tls", `${attempt}: ${found}`, { cause, reason });
}

/** A failure whose code is known, with words of its own or the usual ones. */
export function connFailure(
  code: Exclude<ConnErrorCode, "tls">,
  attempt: string,
  found: string = CONN_WORDS[code] ?? code,
  cause?: unknown,
): ConnError {
  return new ConnError(code, `${attempt}: ${found}`, { cause });
}

function connErrorCode(error: unknown): ConnErrorCode {
  if (!(error instanceof Error)) return "other";
  const errno = (error as { code?: unknown }).code;
  const known = CONN_CODES[String(errno)] ?? CONN_CODES[error.name];
  if (known !== undefined) return known;
  if (/^ERR_(SSL|TLS|OSSL)_/.test(String(errno))) return "tls";
  return error.message.includes("lookup address information") ? "dns" : "other";
}

/** The error's first line. */
export function reasonOf(error: unknown): string {
  return messageOf(error).split("\n", 1)[0];
}

const FILE_CODES: Readonly<Record<string, FileErrorCode>> = {
  ENOENT: "not_found",
  NotFound: "not_found",
  EACCES: "permission",
  EPERM: "permission",
  PermissionDenied: "permission",
  NotCapable: "permission",
  EISDIR: "is_directory",
  IsADirectory: "is_directory",
  EEXIST: "exists",
  AlreadyExists: "exists",
};

const FILE_WORDS: Partial<Record<FileErrorCode, string>> = {
  not_found: "no such file",
  permission: "permission denied",
  is_directory: "is a directory",
  exists: "exists already",
};

/** Errors that have no code of their own, but words. */
const OTHER_FILE_WORDS: Readonly<Record<string, string>> = {
  ENOTDIR: "a part of the path is not a folder",
  NotADirectory: "a part of the path is not a folder",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
};

/** A `FileError` is given back as it is. */
export function fileError(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const { code: errno, name } = error as { code?: unknown; name?: unknown };
  const code = FILE_CODES[String(errno)] ?? FILE_CODES[String(name)] ?? "other";
  const words = FILE_WORDS[code] ?? OTHER_FILE_WORDS[String(errno)] ??
    OTHER_FILE_WORDS[String(name)] ?? SHORTAGE_WORDS[String(errno)];
  return new FileError(code, path, words ?? reasonOf(error), { cause: error });
}

/**
 * Turns what a runtime throws into `ConnError` and `FileError`. The runtimes agree on the errno
 * names (`error.code`); where there is none, Deno's error class tells (`error.name`).
 *
 * @module
 */

import { ConnError, type ConnErrorCode, FileError, type FileErrorCode } from "../errors.ts";

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
  // Deno's class for whatever the TLS library refuses: records, certificates, alerts.
  InvalidData: "tls",
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

/** `attempt` reads "Cannot connect to 127.0.0.1:80". A `ConnError` is given back as it is. */
export function connError(attempt: string, error: unknown): ConnError {
  if (error instanceof ConnError) return error;
  const code = connErrorCode(error);
  return connFailure(code, attempt, CONN_WORDS[code] ?? reasonOf(error), error);
}

/** As `connError`, for a failure during the TLS handshake: what isn't the network's is `tls`. */
export function handshakeError(attempt: string, error: unknown): ConnError {
  const failure = connError(attempt, error);
  return failure.code === "other" ? connFailure("tls", attempt, reasonOf(error), error) : failure;
}

/** A failure whose code is known, with words of its own or the usual ones. */
export function connFailure(
  code: ConnErrorCode,
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
  return error.message.includes("lookup address information") ? "dns" : "other";
}

/** The error's first line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0];
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

/** A `FileError` is given back as it is. */
export function fileError(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const { code: errno, name } = error as { code?: unknown; name?: unknown };
  const code = FILE_CODES[String(errno)] ?? FILE_CODES[String(name)] ?? "other";
  return new FileError(code, path, FILE_WORDS[code] ?? reasonOf(error), { cause: error });
}

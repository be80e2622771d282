/**
 * The errors that genkan throws on purpose. Whoever catches one of them knows where it came
 * from and what may be done about it; anything else that is caught is a bug and is logged as one.
 *
 * @module
 */

/** A message that breaks its protocol's rules. Thrown by codecs, which do no I/O. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** The status that a server answers with, 4xx or 5xx. */
  readonly status: number;
  /** A stable word for the log, such as `bad_chunk_size`. */
  readonly code: string;

  /** `code` is stable; `message` reads "Cannot parse X: found Y". */
  constructor(code: string, message: string, options: { status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
  }
}

/**
 * What went wrong with a connection, in words that don't depend on the runtime.
 *
 * `closed` is our own `close()` seen by a pending call; `unexpected_eof` is a TLS stream that ended
 * without close_notify (RFC 8446 §6.1), where the runtime can tell.
 */
export type ConnErrorCode =
  | "refused"
  | "timeout"
  | "unreachable"
  | "reset"
  | "closed"
  | "unexpected_eof"
  | "tls"
  | "dns"
  | "address_in_use"
  | "address_not_available"
  | "permission"
  | "other";

/**
 * What TLS found wrong. `not_tls`: the other end sent what is no TLS record. `untrusted`: its
 * certificate leads to no trusted authority. `wrong_purpose`: its certificate is for something else,
 * such as a server's used by a client. `revoked`: its authority has taken it back.
 * `client_certificate_required`: a client's certificate is asked for and missing, ours or theirs.
 * `other`: whatever else; the message has the TLS library's words.
 */
export type TlsReason =
  | "not_tls"
  | "untrusted"
  | "expired"
  | "not_yet_valid"
  | "wrong_name"
  | "wrong_purpose"
  | "revoked"
  | "version"
  | "alpn"
  | "client_certificate_required"
  | "other";

/** A connection or a listener that failed. Thrown by the runtime adapters only. */
export class ConnError extends Error {
  override readonly name = "ConnError";
  /** What went wrong. */
  readonly code: ConnErrorCode;
  /** More of it where the code is `tls`; else null. */
  readonly reason: TlsReason | null;
  /** The address that could not be bound, as `SocketAddress` has it; null for any other failure. */
  readonly unbound: { readonly host: string; readonly port: number } | null;

  /**
   * `message` is one line for people: what was attempted, a colon, what was found. `reason` goes
   * with the code `tls`, where it is `other` unless said.
   */
  constructor(
    code: ConnErrorCode,
    message: string,
    options: {
      cause?: unknown;
      reason?: TlsReason;
      unbound?: { readonly host: string; readonly port: number };
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.unbound = options.unbound ?? null;
    this.reason = code === "tls" ? options.reason ?? "other" : null;
  }
}

/** Why a file could not be read or written, in words that don't depend on the runtime. */
export type FileErrorCode = "not_found" | "permission" | "is_directory" | "exists" | "other";

/** A file that could not be read or written. Thrown by the runtime adapters only. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** What went wrong. */
  readonly code: FileErrorCode;
  /** The path as it was given. */
  readonly path: string;

  /** `message` is a few words for people, without the path: `no such file`. */
  constructor(
    code: FileErrorCode,
    path: string,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** A certificate or a key that could not be read, or one that can't be made as asked. */
export class PemError extends Error {
  /** Tells it apart where errors are printed. */
  override readonly name = "PemError";

  /** `message` is one line for people: what was attempted, a colon, what was found. */
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
  }
}

/** Which side of the proxy an error came from. */
export type ErrorSource = "downstream" | "upstream" | "internal";

/** A request or a connection that could not be proxied. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  /** A stable word for the log, such as `connect_refused`. */
  readonly code: string;
  /** The side that failed. */
  readonly source: ErrorSource;
  /** True when nothing of the request can have been acted upon. */
  readonly retriable: boolean;

  /** `cause` is kept for the log and is never shown to a client. */
  constructor(
    code: string,
    options: { source: ErrorSource; retriable?: boolean; message?: string; cause?: unknown },
  ) {
    super(options.message ?? code, { cause: options.cause });
    this.code = code;
    this.source = options.source;
    this.retriable = options.retriable ?? false;
  }
}

/** One thing wrong with a configuration, with its place where there is one. */
export interface Problem {
  /** The file as the user named it. */
  file: string;
  /** Line, from 1; 0 when the file as a whole is meant. */
  line: number;
  /** Column, from 1; 0 when the file as a whole is meant. */
  column: number;
  /** The field's path, such as `listeners.web.address`; empty for the whole file. */
  path: string;
  /** What is wrong, such as `unknown field, did you mean "address"?`. */
  message: string;
  /** The source line, for the caret display; empty when there is none. */
  excerpt: string;
}

/** A configuration that cannot be used. Holds every problem found, never just the first. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** All problems, in the order of their places. */
  readonly problems: readonly Problem[];

  /** `problems` has at least one entry. */
  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join("; "));
    this.problems = problems;
  }
}

/** What was thrown with where it was, of what nobody expects: an error's stack, else as `messageOf`. */
export function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}

/** What was thrown, as one text for a log: an error's message, anything else as it prints. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

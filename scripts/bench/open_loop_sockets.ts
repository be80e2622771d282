/**
 * Sockets straight from libc, and OpenSSL over them, for loads that must not be felt themselves: no
 * promise, no event loop, next to nothing for the garbage collector. Linux with 64 bits only.
 *
 * @module
 */

const AF_INET = 2, SOCK_STREAM = 1, IPPROTO_TCP = 6, TCP_NODELAY = 1;
const F_SETFL = 4, O_NONBLOCK = 0o4000, MSG_NOSIGNAL = 0x4000;
const PR_SET_TIMERSLACK = 29;
const POLLIN = 1;
/** Bytes of a `struct pollfd`: the descriptor, what is waited for, what came. */
const POLL_BYTES = 8;
const SSL_CTRL_MODE = 33, SSL_MODE_RELEASE_BUFFERS = 16n;
const SSL_CTRL_SET_TLSEXT_HOSTNAME = 55, TLSEXT_NAMETYPE_HOST_NAME = 0n;
const SSL_ERROR_WANT_READ = 2;

const LIBC = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  prctl: { parameters: ["i32", "usize"], result: "i32" },
  ppoll: { parameters: ["buffer", "usize", "buffer", "pointer"], result: "i32" },
  // Both give a ssize_t, whose lower half holds any size that is asked for here.
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
} as const;

const LIBSSL = {
  TLS_client_method: { parameters: [], result: "pointer" },
  SSL_CTX_new: { parameters: ["pointer"], result: "pointer" },
  SSL_CTX_ctrl: { parameters: ["pointer", "i32", "isize", "pointer"], result: "i32" },
  SSL_new: { parameters: ["pointer"], result: "pointer" },
  SSL_set_fd: { parameters: ["pointer", "i32"], result: "i32" },
  SSL_ctrl: { parameters: ["pointer", "i32", "isize", "buffer"], result: "i32" },
  SSL_connect: { parameters: ["pointer"], result: "i32" },
  SSL_read: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  SSL_write: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  SSL_get_error: { parameters: ["pointer", "i32"], result: "i32" },
} as const;

/** What a read gave instead of a count: nothing yet, or the end of the connection. */
export const NOTHING = -1, ENDED = 0;

/** A connection that never waits. */
export interface Socket {
  readonly fd: number;
  /** Sends all, or throws an `Error`: a small request always fits. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** Reads into `buffer`: how many bytes, or `NOTHING`, or `ENDED`. */
  read(buffer: Uint8Array<ArrayBuffer>): number;
}

/** Connects, and waits for many connections at once. They live as long as the process. */
export class Sockets {
  readonly #libc = Deno.dlopen("libc.so.6", LIBC).symbols;
  #tls: { ssl: Deno.DynamicLibrary<typeof LIBSSL>["symbols"]; context: Deno.PointerValue } | null =
    null;

  constructor() {
    // The kernel would let sleeps last up to 50 µs longer, so that it wakes less often.
    this.#libc.prctl(PR_SET_TIMERSLACK, 1n);
  }

  /**
   * Connects to a port of 127.0.0.1, with TLS for `localhost` where it is wanted, whose certificate
   * isn't looked at. Throws an `Error`.
   */
  connect(port: number, { isTls }: { isTls: boolean }): Socket {
    const libc = this.#libc;
    const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) throw new Error("Cannot make a socket: too many? See ulimit -n");
    const address = new DataView(new ArrayBuffer(16));
    address.setUint16(0, AF_INET, true);
    address.setUint16(2, port);
    address.setUint32(4, 0x7f000001);
    libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, new Int32Array([1]), 4);
    if (libc.connect(fd, new Uint8Array(address.buffer), 16) !== 0) {
      throw new Error(`Cannot connect to port ${port}: nobody accepts`);
    }
    // The handshake waits as if it were alone; only what comes behind it must not.
    const socket = isTls ? this.#startTls(fd) : this.#plain(fd);
    libc.fcntl(fd, F_SETFL, O_NONBLOCK);
    return socket;
  }

  #plain(fd: number): Socket {
    const { send, recv } = this.#libc;
    return {
      fd,
      write(bytes) {
        const size = BigInt(bytes.length);
        if (send(fd, bytes, size, MSG_NOSIGNAL) !== bytes.length) throw new Error(UNSENT);
      },
      read: (buffer) => recv(fd, buffer, BigInt(buffer.length), 0),
    };
  }

  #startTls(fd: number): Socket {
    this.#tls ??= openTls();
    const { ssl, context } = this.#tls;
    const session = ssl.SSL_new(context);
    ssl.SSL_set_fd(session, fd);
    const name = new TextEncoder().encode("localhost\0");
    ssl.SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_HOST_NAME, name);
    if (ssl.SSL_connect(session) !== 1) throw new Error("Cannot connect: the TLS handshake failed");
    return {
      fd,
      write(bytes) {
        if (ssl.SSL_write(session, bytes, bytes.length) !== bytes.length) throw new Error(UNSENT);
      },
      read(buffer) {
        const count = ssl.SSL_read(session, buffer, buffer.length);
        if (count > 0) return count;
        return ssl.SSL_get_error(session, count) === SSL_ERROR_WANT_READ ? NOTHING : ENDED;
      },
    };
  }

  /** A wait for any of `sockets` to have something to read. */
  waitFor(sockets: readonly Socket[]): Wait {
    const { ppoll } = this.#libc;
    const polls = new Int32Array(sockets.length * POLL_BYTES / 4);
    for (const [index, { fd }] of sockets.entries()) {
      polls[index * 2] = fd;
      polls[index * 2 + 1] = POLLIN;
    }
    const count = BigInt(sockets.length);
    const timeout = new Uint32Array(4);
    return {
      until(milliseconds) {
        const nanos = Math.max(0, milliseconds) * 1e6;
        timeout[0] = nanos / 1e9;
        timeout[2] = nanos % 1e9;
        return ppoll(polls, count, timeout, null) > 0;
      },
      isReady: (index) => polls[index * 2 + 1] >>> 16 !== 0,
    };
  }
}

/** A wait for several sockets. */
export interface Wait {
  /** Waits so long at most; whether any is ready. */
  until(milliseconds: number): boolean;
  /** Whether that one was ready after the last wait. */
  isReady(index: number): boolean;
}

const UNSENT = "Cannot send a request: the proxy doesn't take it, or closed the connection";

function openTls() {
  let ssl;
  try {
    ssl = Deno.dlopen("libssl.so.3", LIBSSL).symbols;
  } catch {
    throw new Error("Cannot speak TLS: no libssl.so.3; apt-get install libssl3");
  }
  const context = ssl.SSL_CTX_new(ssl.TLS_client_method());
  ssl.SSL_CTX_ctrl(context, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, null);
  return { ssl, context };
}

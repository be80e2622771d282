/**
 * ClientHellos: those that real clients sent, and any other, written by hand.
 *
 * @module
 */

const FOLDER = new URL("./client_hellos/", import.meta.url);

/** What real clients sent first, by the file's name without `.hex`. */
export const REAL_HELLOS: ReadonlyMap<string, Uint8Array> = new Map(
  [...Deno.readDirSync(FOLDER)]
    .map(({ name }) => [name.replace(".hex", ""), readHex(name)] as const)
    .sort(([one], [other]) => one < other ? -1 : 1),
);

function readHex(name: string): Uint8Array {
  const text = Deno.readTextFileSync(new URL(name, FOLDER));
  return Uint8Array.fromHex(text.replace(/^#.*$/m, "").replace(/\s/g, ""));
}

/** What to write; the rest is what a client of TLS 1.2 and 1.3 says. */
export interface HelloFields {
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  readonly legacyVersion?: number;
  readonly sessionId?: Uint8Array;
  readonly cipherSuites?: Uint8Array;
  readonly compression?: Uint8Array;
  /** Type and content; before those that the fields above make. */
  readonly extensions?: readonly (readonly [type: number, content: Uint8Array])[];
  /** In place of all extensions, with their length. */
  readonly behindCompression?: Uint8Array;
}

/** A ClientHello in one record. */
export function hello(fields: HelloFields = {}): Uint8Array {
  return inRecords(helloMessage(fields));
}

/** A ClientHello as a handshake message. */
export function helloMessage(fields: HelloFields = {}): Uint8Array {
  const body = helloBody(fields);
  return bytesOf([1, body.length >> 16, body.length >> 8 & 0xff, body.length & 0xff], body);
}

/** A ClientHello without its message's header. */
function helloBody(fields: HelloFields): Uint8Array {
  const { serverName, alpn, legacyVersion = 0x0303 } = fields;
  const extensions = [
    ...fields.extensions ?? [],
    ...serverName === undefined ? [] : [[0, serverNames([[0, serverName]])] as const],
    ...alpn === undefined ? [] : [[16, alpnContent(alpn)] as const],
    [10, vector16(Uint8Array.of(0, 0x1d, 0, 0x17))] as const,
    [13, vector16(Uint8Array.of(4, 3, 8, 4))] as const,
    [43, vector8(Uint8Array.of(3, 4, 3, 3))] as const,
    [51, vector16(bytesOf([0, 0x1d], vector16(new Uint8Array(32).fill(9))))] as const,
  ];
  return bytesOf(
    [legacyVersion >> 8, legacyVersion & 0xff],
    new Uint8Array(32).fill(7),
    vector8(fields.sessionId ?? new Uint8Array()),
    vector16(fields.cipherSuites ?? Uint8Array.of(0x13, 0x01, 0xc0, 0x2b, 0xc0, 0x2f)),
    vector8(fields.compression ?? Uint8Array.of(0)),
    fields.behindCompression ??
      vector16(
        bytesOf(
          ...extensions.map(([type, content]) =>
            bytesOf([type >> 8, type & 0xff], vector16(content))
          ),
        ),
      ),
  );
}

/** The content of a server_name extension with these names. */
export function serverNames(names: readonly (readonly [type: number, name: string])[]): Uint8Array {
  return vector16(bytesOf(...names.map(([type, name]) => bytesOf([type], vector16(latin1(name))))));
}

/** The content of an ALPN extension. */
export function alpnContent(protocols: readonly string[]): Uint8Array {
  return vector16(bytesOf(...protocols.map((name) => vector8(latin1(name)))));
}

/** Handshake bytes in records of these sizes in turn, and the rest in one. */
export function inRecords(message: Uint8Array, sizes: readonly number[] = []): Uint8Array {
  const records: Uint8Array[] = [];
  const left = [...sizes];
  for (let at = 0; at < message.length;) {
    const piece = message.subarray(at, at + (left.shift() ?? message.length));
    records.push(bytesOf([22, 3, 1], vector16(piece)));
    at += piece.length;
  }
  return bytesOf(...records);
}

/** A vector with one byte of length. */
export function vector8(content: Uint8Array): Uint8Array {
  return bytesOf([content.length], content);
}

/** A vector with two bytes of length. */
export function vector16(content: Uint8Array): Uint8Array {
  return bytesOf([content.length >> 8, content.length & 0xff], content);
}

/** All of them, one after the other. */
export function bytesOf(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

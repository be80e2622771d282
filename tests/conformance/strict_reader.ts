/**
 * A reader of HTTP/1.1 messages for the test's side of the wire. It shares nothing with the codec
 * under test, and takes only what RFC 9112 has a sender write: no leniency that could hide a
 * message that another server would read differently.
 *
 * @module
 */

/** A field: its name as it came, and its value. */
export type Field = readonly [name: string, value: string];

/** A whole message. */
export interface Message {
  /** The request or status line. */
  readonly start: string;
  readonly fields: readonly Field[];
  /** One char a byte. */
  readonly body: string;
  /** Bytes of the message on the wire. */
  readonly size: number;
}

/** What no sender may write. */
export class Malformed extends Error {}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21\x22\x24-\x7e]+) HTTP\/1\.1$/;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/;

/** The request at the beginning of `text`; null when it isn't all there. Fails with `Malformed`. */
export function readRequest(text: string): Message | null {
  const head = readHead(text);
  if (head === null) return null;
  if (!REQUEST_LINE.test(head.start)) throw new Malformed(`request line: ${show(head.start)}`);
  if (valuesOf(head.fields, "host").length !== 1) throw new Malformed("not one Host");
  return readBody(text, head, "none");
}

/** What a response is the answer to. */
export interface ResponseContext {
  /** The request's method. */
  readonly method: string;
}

/** The response at the beginning of `text`, informational or final; otherwise as `readRequest`. */
export function readResponse(text: string, { method }: ResponseContext): Message | null {
  const head = readHead(text);
  if (head === null) return null;
  const status = Number(STATUS_LINE.exec(head.start)?.[1] ?? NaN);
  if (Number.isNaN(status)) throw new Malformed(`status line: ${show(head.start)}`);
  if (status < 200 || status === 204) {
    for (const name of ["content-length", "transfer-encoding"]) {
      if (valuesOf(head.fields, name).length > 0) throw new Malformed(`${name} in a ${status}`);
    }
  }
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    return { ...head, body: "" };
  }
  return readBody(text, head, "eof");
}

/** The parts of a request line. */
export function requestLine({ start }: Message): { method: string; target: string } {
  const [method, target] = start.split(" ");
  return { method, target };
}

/** The status of a response. */
export function statusOf({ start }: Message): number {
  return Number(start.slice(9, 12));
}

/** All values of a field, in order. */
export function valuesOf(fields: readonly Field[], wanted: string): string[] {
  return fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

type Head = Omit<Message, "body">;

function readHead(text: string): Head | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [start, ...lines] = text.slice(0, end).split("\r\n");
  return { start, fields: lines.map(readField), size: end + 4 };
}

function readField(line: string): Field {
  const match = FIELD_LINE.exec(line);
  if (match === null) throw new Malformed(`field line: ${show(line)}`);
  return [match[1], match[2]];
}

function readBody(text: string, head: Head, unstated: "none" | "eof"): Message | null {
  const lengths = valuesOf(head.fields, "content-length");
  const codings = valuesOf(head.fields, "transfer-encoding");
  if (lengths.length + codings.length > 1) throw new Malformed("more than one framing field");
  if (codings.length === 1) {
    if (codings[0] !== "chunked") throw new Malformed(`coding: ${show(codings[0])}`);
    return readChunks(text, head);
  }
  if (lengths.length === 0) {
    if (unstated === "eof") throw new Malformed("a response without a length");
    return { ...head, body: "" };
  }
  if (!/^(0|[1-9][0-9]{0,15})$/.test(lengths[0])) throw new Malformed(`length: ${lengths[0]}`);
  const size = head.size + Number(lengths[0]);
  return text.length < size ? null : { ...head, body: text.slice(head.size, size), size };
}

function readChunks(text: string, head: Head): Message | null {
  let body = "", at = head.size;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const digits = text.slice(at, lineEnd);
    if (!/^[0-9a-f]{1,8}$/.test(digits)) throw new Malformed(`chunk size: ${show(digits)}`);
    const dataStart = lineEnd + 2, dataEnd = dataStart + parseInt(digits, 16);
    if (text.length < dataEnd + 2) return null;
    if (text.slice(dataEnd, dataEnd + 2) !== "\r\n") throw new Malformed("no CRLF behind a chunk");
    body += text.slice(dataStart, dataEnd);
    at = dataEnd + 2;
    // Trailers are dropped by the proxy: the line behind the last chunk is empty.
    if (dataEnd === dataStart) return { ...head, body, size: at };
  }
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

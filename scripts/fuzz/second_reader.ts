/**
 * A second opinion on where messages begin and end, written from RFC 9112's grammar with regular
 * expressions over the whole text, and sharing nothing with the codec. It is as strict: bytes that
 * could be read in two ways are read in none.
 *
 * @module
 */

/** A message as far as it goes. */
export interface SecondMessage {
  /** The first line. */
  readonly line: string;
  /** Lower-case names with their trimmed values. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** False for the last one, when its body isn't all there or breaks the rules. */
  readonly complete: boolean;
}

/** What a response is read by. */
export interface ResponseContext {
  /** The methods that responses answer, in turn; GET behind the last. */
  readonly methods: readonly string[];
  /** Whether the text ends where the connection did, in good order. */
  readonly ended: boolean;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const VALUE = "[\\t\\x20-\\x7e\\x80-\\xff]*";
const REQUEST_LINE = new RegExp(`^${TOKEN} [\\x21\\x22\\x24-\\x7e]+ HTTP/1\\.([01])$`);
const STATUS_LINE = new RegExp(`^HTTP/1\\.([01]) ([1-5][0-9][0-9])(?: ${VALUE})?$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[\\t ]*(${VALUE}?)[\\t ]*$`);
const QUOTED =
  '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const EXTENSION = `;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?`;
const CHUNK_START = new RegExp(`([0-9A-Fa-f]{1,16})(?:${EXTENSION})*\\r\\n`, "y");

/** Bytes of a chunk's size with its extensions; the codec's limit too. */
const MAX_SIZE_LINE = 1024;
/** What no trailer may say. */
const NO_TRAILERS = ["content-length", "transfer-encoding", "host"];

/** The requests in a text, up to what breaks the rules. */
export function readRequests(text: string): SecondMessage[] {
  const messages: SecondMessage[] = [];
  for (let at = 0;;) {
    // RFC 9112 §2.2: one empty line may come before a request.
    const head = readHead(text, text.startsWith("\r\n", at) ? at + 2 : at, REQUEST_LINE);
    if (head === null) return messages;
    if (head.minor === 1 && valuesOf(head, "host").length !== 1) return messages;
    const framing = framingOf(head);
    if (framing === null) return messages;
    const { end, ...message } = readBody(text, head, framing === "unstated" ? 0 : framing);
    messages.push(message);
    if (!message.complete) return messages;
    at = end;
  }
}

/** The responses in a text, up to what breaks the rules, or to where another protocol begins. */
export function readResponses(text: string, { methods, ended }: ResponseContext): SecondMessage[] {
  const messages: SecondMessage[] = [];
  for (let at = 0, answered = 0;;) {
    const head = readHead(text, at, STATUS_LINE);
    if (head === null) return messages;
    const framing = framingOf(head);
    if (framing === null) return messages;
    const status = Number(head.line.slice(9, 12)), method = methods[answered] ?? "GET";
    if (status >= 200) answered++;
    if (status < 200 || status === 204 || status === 304 || method === "HEAD") {
      messages.push({ line: head.line, fields: head.fields, body: "", complete: true });
      if (status === 101) return messages;
      at = head.end;
      continue;
    }
    if (framing === "unstated") {
      const body = text.slice(head.end);
      messages.push({ line: head.line, fields: head.fields, body, complete: ended });
      return messages;
    }
    const { end, ...message } = readBody(text, head, framing);
    messages.push(message);
    if (!message.complete) return messages;
    at = end;
  }
}

interface Head extends Pick<SecondMessage, "line" | "fields"> {
  readonly minor: 0 | 1;
  /** Where the body begins. */
  readonly end: number;
}

function readHead(text: string, at: number, start: RegExp): Head | null {
  const end = text.indexOf("\r\n\r\n", at);
  if (end < 0) return null;
  const [line, ...rest] = text.slice(at, end).split("\r\n");
  const match = start.exec(line), fields = readFields(rest);
  if (match === null || fields === null) return null;
  return { line, fields, minor: match[1] === "1" ? 1 : 0, end: end + 4 };
}

function readFields(lines: readonly string[]): [name: string, value: string][] | null {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const match = FIELD_LINE.exec(line);
    if (match === null) return null;
    fields.push([match[1].toLowerCase(), match[2].replace(/[\t ]+$/, "")]);
  }
  return fields;
}

function valuesOf({ fields }: Pick<Head, "fields">, wanted: string): string[] {
  return fields.filter(([name]) => name === wanted).map(([, value]) => value);
}

/** The body's length, or how it is told; null when that is in doubt. */
function framingOf(head: Head): number | "chunked" | "unstated" | null {
  const lengths = valuesOf(head, "content-length");
  const codings = valuesOf(head, "transfer-encoding");
  if (codings.length > 0) {
    const sure = codings.length === 1 && lengths.length === 0 && head.minor === 1;
    return sure && codings[0].toLowerCase() === "chunked" ? "chunked" : null;
  }
  if (lengths.length === 0) return "unstated";
  if (lengths.some((each) => each !== lengths[0]) || !/^[0-9]{1,16}$/.test(lengths[0])) return null;
  const length = Number(lengths[0]);
  return length <= Number.MAX_SAFE_INTEGER ? length : null;
}

function readBody(
  text: string,
  head: Head,
  framing: number | "chunked",
): SecondMessage & { end: number } {
  const { line, fields } = head;
  if (framing === "chunked") return { line, fields, ...readChunks(text, head.end) };
  const end = head.end + framing, complete = text.length >= end;
  return { line, fields, body: text.slice(head.end, end), complete, end };
}

function readChunks(text: string, start: number): { body: string; complete: boolean; end: number } {
  let body = "";
  for (let at = start;;) {
    CHUNK_START.lastIndex = at;
    const match = CHUNK_START.exec(text);
    const size = match === null ? NaN : parseInt(match[1], 16);
    const long = match !== null && match[0].length - 2 > MAX_SIZE_LINE;
    if (match === null || long || size > Number.MAX_SAFE_INTEGER) {
      return { body, complete: false, end: at };
    }
    at += match[0].length;
    if (size === 0) return { body, ...readTrailers(text, at) };
    body += text.slice(at, at + size);
    if (!text.startsWith("\r\n", at + size)) return { body, complete: false, end: at };
    at += size + 2;
  }
}

function readTrailers(text: string, at: number): { complete: boolean; end: number } {
  if (text.startsWith("\r\n", at)) return { complete: true, end: at + 2 };
  const end = text.indexOf("\r\n\r\n", at);
  const fields = end < 0 ? null : readFields(text.slice(at, end).split("\r\n"));
  const complete = fields !== null && !fields.some(([name]) => NO_TRAILERS.includes(name));
  return { complete, end: end + 4 };
}

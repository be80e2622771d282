/**
 * Which bytes may stand where (RFC 9110 §5.6, RFC 9112 §3): one table, one flag a class.
 *
 * @module
 */

/** May stand in a token: a method or a field name. */
export const TOKEN = 1;
/** May stand in a field value, a reason phrase or a request target's surroundings. */
export const FIELD = 2;
/** May stand in a request target: visible ASCII but `#`, which never goes on the wire. */
export const TARGET = 4;
/** A hexadecimal digit. */
export const HEX = 8;

export const HT = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const QUOTE = 0x22;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;

/** The classes of each byte, or-ed together. */
export const CLASS: Readonly<Uint8Array> = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  const mark = (chars: string, flag: number) => {
    for (const char of chars) table[char.charCodeAt(0)] |= flag;
  };
  mark("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", TOKEN);
  mark("0123456789abcdefABCDEF", HEX);
  for (let byte = 0x21; byte <= 0x7e; byte++) table[byte] |= TARGET | FIELD;
  table[0x23] &= ~TARGET;
  // RFC 9110 §5.5: obs-text may come in values and is passed on as it is.
  for (let byte = 0x80; byte <= 0xff; byte++) table[byte] |= FIELD;
  table[HT] |= FIELD;
  table[SP] |= FIELD;
  return table;
}

/**
 * The text without the spaces and tabs around it (RFC 9110 §5.6.3). `String.trim` would take the
 * byte 0xA0 as well, which is obs-text here and a no-break space there.
 */
export function trimBlanks(text: string): string {
  let start = 0, end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Whether it is white space within a line: SP or HTAB. */
export function isBlank(byte: number): boolean {
  return byte === SP || byte === HT;
}

/** Whether the whole text is one token. */
export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let at = 0; at < text.length; at++) {
    if (!(CLASS[text.charCodeAt(at)] & TOKEN)) return false;
  }
  return true;
}

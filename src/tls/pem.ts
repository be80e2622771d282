/**
 * PEM text (RFC 7468): blocks with a label and base64 in between. Reading is strict about the
 * blocks and indifferent to what stands between them, as OpenSSL is.
 *
 * @module
 */

import { PemError } from "../errors.ts";

/** One block. */
export interface PemBlock {
  /** Such as `CERTIFICATE`. */
  readonly label: string;
  /** The lines of the form `Name: value` that older tools write above the base64 (RFC 1421 §4.4). */
  readonly headers: readonly string[];
  /** What the base64 holds. */
  readonly der: Uint8Array<ArrayBuffer>;
}

const LINE = /\r\n|\n|\r/;
const BOUNDARY = /^-----(BEGIN|END) ([\x21-\x7e]+(?: [\x21-\x7e]+)*)-----\s*$/;

/**
 * Reads all blocks of `text`, in order; there may be none. `what` names the text in the message of
 * the `PemError` that a broken block throws: `Cannot read ${what}: found …`.
 */
export function parsePem(text: string, what: string): PemBlock[] {
  const fail = (found: string): never => {
    throw new PemError(`Cannot read ${what}: found ${found}`);
  };
  const blocks: PemBlock[] = [];
  let label: string | null = null;
  let lines: string[] = [];
  for (const line of text.split(LINE)) {
    const [, edge, name] = BOUNDARY.exec(line) ?? [];
    if (edge === undefined) {
      if (label !== null) lines.push(line.trim());
    } else if (edge === "BEGIN") {
      if (label !== null) fail(`BEGIN ${name} inside of a ${label} block`);
      label = name;
      lines = [];
    } else {
      // What OpenSSL calls text between blocks may well hold an END line.
      if (label === null) continue;
      if (name !== label) fail(`END ${name} after BEGIN ${label}`);
      const { headers, body } = splitHeaders(lines);
      blocks.push({ label, headers, der: decodeBase64(body) ?? fail(`bad base64 in ${label}`) });
      label = null;
    }
  }
  if (label !== null) fail(`BEGIN ${label} without its END`);
  if (blocks.length === 0 && text.includes("-----BEGIN ")) {
    fail('"-----BEGIN" within a line; it must be a line of its own, without indentation');
  }
  return blocks;
}

/** Writes one block, 64 characters a line, with a line feed at its end. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** Headers, when there are any, end at the first empty line. */
function splitHeaders(lines: readonly string[]): { headers: string[]; body: string } {
  const gap = lines[0]?.includes(":") ? lines.indexOf("") : -1;
  const headers = lines.slice(0, Math.max(gap, 0));
  return { headers, body: lines.slice(gap + 1).join("") };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return null;
  }
}

/**
 * What a peer sent, fit for an error message.
 *
 * @module
 */

/** Enough to recognise a line by; a log shouldn't grow by what a stranger sends. */
const MAX_SHOWN = 80;

/** The text in quotes, escaped, and cut short when it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

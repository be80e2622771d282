/**
 * Text, messages and usages as roff with the `man` macros, as groff(1), mandoc(1) and the macOS `man`
 * read it. Every function gives whole lines, or a piece of a line where its name says so.
 *
 * What looks like text to us may be a request to roff: a line that begins with a dot or an apostrophe,
 * and everything behind a backslash. A plain `-` is printed as a hyphen, which nobody can copy to a
 * shell, so options and command lines are written with `\-`.
 *
 * @module
 */

import type { Message, MessageTerm } from "@optique/core/message";
import type { Usage, UsageTerm } from "@optique/core/usage";

/** mandoc(1) finds fault with longer lines. */
const LINE_WIDTH = 80;

/** A word that is typed as it stands: an option, `*.test`, a path, a URL. */
const LITERAL = /^[("]?(-|[~/*]|\w+:\/\/)/;

/** Characters that roff prints as typographic ones, and how they are had as they are. */
const LITERAL_FORMS: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** A piece of text that is copied to a shell or a file. */
export function literal(text: string): string {
  return unicode(text.replace(/[\\'`^~-]/g, (char) => LITERAL_FORMS[char]));
}

/** A piece in bold: what is typed as it stands. */
export function bold(text: string): string {
  return `\\fB${literal(text)}\\fR`;
}

/** A piece in italics: what is typed in another's place. */
export function italic(text: string): string {
  return `\\fI${literal(text)}\\fR`;
}

/** Plain text as filled lines, each sentence on a line of its own as roff wants them. */
export function paragraph(text: string): string[] {
  return fill(text.split(/\s+/).filter((word) => word !== "").map(word));
}

/** A message as filled lines. */
export function messageLines(message: Message): string[] {
  return message.flatMap((term) => {
    switch (term.type) {
      case "lineBreak":
        return [".br"];
      default:
        return paragraph(plain(term));
    }
  });
}

/** The lines of an example, unfilled. */
export function exampleLines(message: Message): string[] {
  const lines = message.filter(({ type }) => type !== "lineBreak").map(plain);
  return [".EX", ...lines.map((line) => guard(literal(line))), ".EE"];
}

/** How a command is called, as filled lines without the program's name. */
export function usageLines(usage: Usage): string[] {
  return fill(usage.map(usagePiece));
}

/** An entry's tag, as one line: `-c, --config FILE`. */
export function tagLine(term: UsageTerm): string {
  if (term.type !== "option") return guard(usagePiece(term));
  const names = term.names.map(bold).join(", ");
  return term.metavar === undefined ? names : `${names} ${italic(term.metavar)}`;
}

function usagePiece(term: UsageTerm): string {
  switch (term.type) {
    case "argument":
      return italic(term.metavar);
    case "option": {
      const [name] = term.names;
      return term.metavar === undefined ? bold(name) : `${bold(name)} ${italic(term.metavar)}`;
    }
    case "command":
      return bold(term.name);
    case "literal":
      return bold(term.value);
    case "optional":
      return `[${pieces(term.terms)}]`;
    case "multiple":
      return term.min === 0 ? `[${pieces(term.terms)} ...]` : `${pieces(term.terms)} ...`;
    case "exclusive":
      return `(${term.terms.map(pieces).join(" | ")})`;
    case "sequence":
      return pieces(term.terms);
    case "passthrough":
    case "ellipsis":
      return "...";
  }
}

function pieces(usage: Usage): string {
  return usage.map(usagePiece).join(" ");
}

/** A term's own words, without quotation marks or colours. */
function plain(term: MessageTerm): string {
  switch (term.type) {
    case "text":
      return term.text;
    case "optionName":
      return term.optionName;
    case "optionNames":
      return term.optionNames.join(", ");
    case "metavar":
      return term.metavar;
    case "value":
      return term.value;
    case "values":
      return term.values.join(" ");
    case "envVar":
      return term.envVar;
    case "commandLine":
      return term.commandLine;
    case "url":
      return term.url.href;
    case "lineBreak":
      return "";
  }
}

/** A word of running text. */
function word(text: string): string {
  return LITERAL.test(text) ? literal(text) : unicode(text.replaceAll("\\", "\\e"));
}

function unicode(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/gu,
    (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

function fill(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > LINE_WIDTH - 2 && line !== "") {
      lines.push(guard(line));
      line = word;
    } else line = longer;
    if (/[.!?]$/.test(word) && !word.endsWith("...")) {
      lines.push(guard(line));
      line = "";
    }
  }
  return line === "" ? lines : [...lines, guard(line)];
}

/** A line that roff can't take for a request. */
function guard(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

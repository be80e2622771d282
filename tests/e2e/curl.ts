/**
 * Asks with curl, as a user does.
 *
 * @module
 */

import { within } from "./deadline.ts";

/** Given to curl as well, a little less. */
const MAX_SECONDS = 30;

/** A response as curl got it. */
export interface CurlAnswer {
  /** curl's own exit code; 0 for fine. */
  readonly code: number;
  /** curl's message, when something went wrong. */
  readonly error: string;
  /** `HTTP/1.1`; empty when there was no response. */
  readonly protocol: string;
  /** Of the final response; 0 when there was none. */
  readonly status: number;
  /** Statuses of the responses before it, such as 100. */
  readonly informational: readonly number[];
  /** Names as they came, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Runs curl; fails unless it got a whole response. The URL is one of `args`. */
export async function curl(...args: string[]): Promise<CurlAnswer> {
  const answer = await tryCurl(...args);
  if (answer.code !== 0) throw new Error(`curl ended with ${answer.code}: ${answer.error}`);
  return answer;
}

/**
 * What makes genkan take curl for somebody from elsewhere, who isn't told what is inside: a request
 * that another proxy has sent on.
 */
export const FROM_ELSEWHERE = ["-H", "x-forwarded-for: 192.0.2.1"] as const;

/** Runs curl and tells how that ended. */
export async function tryCurl(...args: string[]): Promise<CurlAnswer> {
  const { code, stdout, stderr } = await output("-i", ...args);
  return { code, error: stderr.trim(), ...parse(stdout) };
}

/** Runs curl with the response's body going to a file; gives the status. */
export async function curlToFile(path: string, ...args: string[]): Promise<number> {
  const { code, stdout, stderr } = await output("-o", path, "-w", "%{http_code}", ...args);
  if (code !== 0) throw new Error(`curl ended with ${code}: ${stderr.trim()}`);
  return Number(stdout);
}

async function output(...args: string[]) {
  const command = new Deno.Command("curl", {
    args: ["-q", "-sS", "-4", "--noproxy", "*", "--max-time", String(MAX_SECONDS), ...args],
    stdin: "null",
  });
  const ms = (MAX_SECONDS + 5) * 1000;
  const { code, stdout, stderr } = await within(ms, command.output(), "curl's end");
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The first value of a header; null when it isn't there. `name` in lower case. */
export function header(answer: CurlAnswer, name: string): string | null {
  return answer.headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? null;
}

function parse(text: string): Omit<CurlAnswer, "code" | "error"> {
  const informational: number[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    const match = rest.match(/^(HTTP\/[\d.]+) (\d{3})/);
    if (end < 0 || match === null) {
      return { protocol: "", status: 0, informational, headers: [], body: rest };
    }
    const [, protocol] = match;
    const status = Number(match[2]);
    const [, ...lines] = rest.slice(0, end).split("\r\n");
    rest = rest.slice(end + 4);
    if (status < 200) {
      informational.push(status);
      continue;
    }
    const headers = lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
    return { protocol, status, informational, headers, body: rest };
  }
}

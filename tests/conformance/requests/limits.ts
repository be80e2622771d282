/**
 * How large a head may be.
 *
 * @module
 */

import { accepts, expected, get, head, HOST, refuses, type RequestCase } from "../request_case.ts";

/** Envoy's defaults, and genkan's. */
const HEAD_BYTES = 60 * 1024;
const HEAD_FIELDS = 100;

/** A head of so many bytes, its empty line included. */
function sized(bytes: number): { send: string; value: string } {
  const value = "x".repeat(bytes - get("X-A: ").length);
  return { send: get(`X-A: ${value}`), value };
}

/** A head of so many fields, Host included. */
function counted(fields: number): string {
  return get(...Array(fields - 1).fill("X-A: 1"));
}

const LARGEST = sized(HEAD_BYTES);

export const LIMITS: readonly RequestCase[] = [
  ...accepts("RFC 6585 §5", {
    "head bytes: exactly at the limit": [
      LARGEST.send,
      expected({ fields: [["x-a", LARGEST.value]] }),
    ],
    "head fields: exactly at the limit": [
      counted(HEAD_FIELDS),
      expected({ fields: Array(HEAD_FIELDS - 1).fill(["x-a", "1"]) }),
    ],
  }),
  ...refuses("RFC 6585 §5", {
    "head bytes: one over the limit": sized(HEAD_BYTES + 1).send,
    "head bytes: a name without end": get("x".repeat(HEAD_BYTES)),
    "head bytes: a head without end": `GET / HTTP/1.1\r\n${HOST}\r\nX-A: ${"x".repeat(HEAD_BYTES)}`,
    "head bytes: a method without end": head(`${"X".repeat(HEAD_BYTES)} / HTTP/1.1`, HOST),
    "head fields: one over the limit": counted(HEAD_FIELDS + 1),
    "head fields: empty ones count": get(...Array(HEAD_FIELDS).fill("X-A:")),
  }, { status: 431 }),
];

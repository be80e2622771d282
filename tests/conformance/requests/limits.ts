/**
 * How large a head may be.
 *
 * @module
 */

import { accepts, expected, get, head, HOST, refuses, type RequestCase } from "../request_case.ts";

/** A head of so many bytes, its empty line included. */
function sized(bytes: number): { send: string; value: string } {
  const value = "x".repeat(bytes - get("X-A: ").length);
  return { send: get(`X-A: ${value}`), value };
}

/** A head of so many fields, Host included. */
function counted(fields: number): string {
  return get(...Array(fields - 1).fill("X-A: 1"));
}

/** Heads about limits of so many bytes and fields. */
export function headLimits(
  title: string,
  { bytes, fields }: { readonly bytes: number; readonly fields: number },
): RequestCase[] {
  const largest = sized(bytes);
  return [
    ...accepts("RFC 6585 §5", {
      [`head bytes: exactly at ${title}`]: [
        largest.send,
        expected({ fields: [["x-a", largest.value]] }),
      ],
      [`head fields: exactly at ${title}`]: [
        counted(fields),
        expected({ fields: Array(fields - 1).fill(["x-a", "1"]) }),
      ],
      [`head bytes: each request counts anew at ${title}`]: [
        largest.send + largest.send,
        expected({ fields: [["x-a", largest.value]] }),
        expected({ fields: [["x-a", largest.value]] }),
      ],
    }),
    ...refuses("RFC 6585 §5", {
      [`head bytes: one over ${title}`]: sized(bytes + 1).send,
      [`head fields: one over ${title}`]: counted(fields + 1),
      [`head fields: empty ones count at ${title}`]: get(...Array(fields).fill("X-A:")),
      [`head bytes: a name over ${title}`]: get("x".repeat(bytes)),
      [`head bytes: a head without end, over ${title}`]: `GET / HTTP/1.1\r\n${HOST}\r\nX-A: ${
        "x".repeat(bytes)
      }`,
      [`head bytes: a method over ${title}`]: head(`${"X".repeat(bytes)} / HTTP/1.1`, HOST),
    }, { status: 431 }),
  ];
}

/** What both forms mean when they say nothing. */
export const LIMITS: readonly RequestCase[] = headLimits("the default limit", {
  bytes: 60 * 1024,
  fields: 100,
});

/** With 1 KiB and 5 fields. */
export const SMALL_LIMITS: readonly RequestCase[] = headLimits("a limit as configured", {
  bytes: 1024,
  fields: 5,
});

/** With two requests a connection. */
export const REQUESTS_PER_CONNECTION: readonly RequestCase[] = accepts("RFC 9112 §9.6", {
  "requests a connection: exactly at the limit": [get() + get(), expected(), expected()],
  "requests a connection: one over the limit": [
    get() + get() + get(),
    expected(),
    expected(),
  ],
}, { closes: true });

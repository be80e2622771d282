/**
 * The tables about requests, one subject a file.
 *
 * @module
 */

import type { RequestCase } from "../request_case.ts";
import { CHUNK_EXTENSIONS, CHUNK_SIZES, TRAILERS } from "./chunked.ts";
import { CONNECTION, EXPECT } from "./connection.ts";
import { CONTENT_LENGTH, MAX_BODY } from "./content_length.ts";
import { FIELDS } from "./fields.ts";
import { HOSTS } from "./host.ts";
import { LIMITS, REQUESTS_PER_CONNECTION, SMALL_LIMITS } from "./limits.ts";
import { REQUEST_LINE } from "./request_line.ts";
import { LONG_TARGET, LONG_TARGET_ENVOY, TARGET } from "./target.ts";
import { TRANSFER_ENCODING } from "./transfer_encoding.ts";
import { UPGRADE, UPGRADE_ENVOY } from "./upgrade.ts";
import { FOREIGN, HTTP_10, HTTP_10_HOST, VERSION } from "./version.ts";

/** All of them. */
export const REQUESTS: readonly RequestCase[] = [
  ...[...REQUEST_LINE, ...VERSION, ...HTTP_10, ...HTTP_10_HOST, ...FOREIGN],
  ...[...TARGET, ...LONG_TARGET, ...LONG_TARGET_ENVOY, ...HOSTS, ...FIELDS],
  ...[...CONTENT_LENGTH, ...MAX_BODY, ...TRANSFER_ENCODING],
  ...[...CHUNK_SIZES, ...CHUNK_EXTENSIONS, ...TRAILERS],
  ...[...CONNECTION, ...EXPECT, ...UPGRADE, ...UPGRADE_ENVOY],
  ...[...LIMITS, ...SMALL_LIMITS, ...REQUESTS_PER_CONNECTION],
];

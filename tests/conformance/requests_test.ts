/**
 * Requests against the real program: what is passed on, what is refused, and that no byte of what
 * is refused reaches an upstream.
 *
 * @module
 */

import { envoy, native } from "./lane_config.ts";
import { conformRequests } from "./request_runner.ts";
import { CHUNK_EXTENSIONS, CHUNK_SIZES, TRAILERS } from "./requests/chunked.ts";
import { CONNECTION, EXPECT } from "./requests/connection.ts";
import { CONTENT_LENGTH, MAX_BODY } from "./requests/content_length.ts";
import { FIELDS } from "./requests/fields.ts";
import { HOSTS } from "./requests/host.ts";
import { LIMITS, REQUESTS_PER_CONNECTION, SMALL_LIMITS } from "./requests/limits.ts";
import { REQUEST_LINE } from "./requests/request_line.ts";
import { LONG_TARGET, LONG_TARGET_ENVOY, TARGET } from "./requests/target.ts";
import { TRANSFER_ENCODING } from "./requests/transfer_encoding.ts";
import { UPGRADE, UPGRADE_ENVOY } from "./requests/upgrade.ts";
import { FOREIGN, HTTP_10, HTTP_10_HOST, VERSION } from "./requests/version.ts";

conformRequests("The first line", REQUEST_LINE, native());
conformRequests("Versions, native form", VERSION, native());
conformRequests("Versions, Envoy's form", VERSION, envoy());
conformRequests("HTTP/1.0, native form", HTTP_10, native({ filter: "accept_http_10: on" }));
conformRequests(
  "HTTP/1.0, Envoy's form",
  HTTP_10,
  envoy({ http_protocol_options: { accept_http_10: true } }),
);
conformRequests(
  "HTTP/1.0 without a Host, native form",
  HTTP_10_HOST,
  native({ filter: "accept_http_10: on, default_host_for_http_10: old.test" }),
);
conformRequests(
  "HTTP/1.0 without a Host, Envoy's form",
  HTTP_10_HOST,
  envoy({
    http_protocol_options: { accept_http_10: true, default_host_for_http_10: "old.test" },
  }),
);
conformRequests("Other protocols", FOREIGN, native());
conformRequests("Targets", TARGET, native());
conformRequests("Long targets, native form", LONG_TARGET, native());
conformRequests("Long targets, Envoy's form", LONG_TARGET_ENVOY, envoy());
conformRequests("Host, native form", HOSTS, native());
conformRequests("Host, Envoy's form", HOSTS, envoy());
conformRequests("Fields", FIELDS, native());
conformRequests("Content-Length, native form", CONTENT_LENGTH, native());
conformRequests("Content-Length, Envoy's form", CONTENT_LENGTH, envoy());
conformRequests("Large bodies", MAX_BODY, native({ route: "max_body: 10" }));
conformRequests("Transfer-Encoding", TRANSFER_ENCODING, native());
conformRequests("Chunk sizes", CHUNK_SIZES, native());
conformRequests("Chunk extensions", CHUNK_EXTENSIONS, native());
conformRequests("Trailers", TRAILERS, native());
conformRequests("Connection and pipelines", CONNECTION, native());
conformRequests("Expectations", EXPECT, native());
conformRequests("Upgrades, native form", UPGRADE, native());
conformRequests("Upgrades, Envoy's form", UPGRADE_ENVOY, envoy());
conformRequests("Limits, native form", LIMITS, native());
conformRequests("Limits, Envoy's form", LIMITS, envoy());
conformRequests(
  "Small limits, native form",
  SMALL_LIMITS,
  native({ filter: "max_head: 1KiB, max_fields: 5" }),
);
conformRequests(
  "Small limits, Envoy's form",
  SMALL_LIMITS,
  envoy({ max_request_headers_kb: 1, common_http_protocol_options: { max_headers_count: 5 } }),
);
conformRequests(
  "Requests a connection, native form",
  REQUESTS_PER_CONNECTION,
  native({ filter: "max_requests_per_connection: 2" }),
);
conformRequests(
  "Requests a connection, Envoy's form",
  REQUESTS_PER_CONNECTION,
  envoy({ common_http_protocol_options: { max_requests_per_connection: 2 } }),
);

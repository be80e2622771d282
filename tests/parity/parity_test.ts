/**
 * Genkan against a real Envoy: the same configuration, the same requests, the same upstream.
 *
 * @module
 */

import { compares } from "./compare.ts";
import { FIELDS, FORWARDING, ODD_FIELDS } from "./field_cases.ts";
import { HTTP10 } from "./http10_cases.ts";
import { CONNECTIONS, LIMITS } from "./limit_cases.ts";
import { BODIES, TARGETS } from "./request_cases.ts";
import { ANSWERED_BODIES, ANSWERS, FAILURES } from "./response_cases.ts";
import { ROUTES } from "./route_cases.ts";
import { UPGRADES } from "./upgrade_cases.ts";

compares("Methods and targets are forwarded as Envoy does", TARGETS);
compares("Fields of a request are forwarded as Envoy does", FIELDS);
compares("Odd fields of a request are forwarded as Envoy does, but where told", ODD_FIELDS);
compares("Forwarding fields are written as Envoy does", FORWARDING);
compares("Bodies of requests are forwarded as Envoy does", BODIES);
compares("Fields of an answer are forwarded as Envoy does", ANSWERS);
compares("Bodies of answers are forwarded as Envoy does", ANSWERED_BODIES);
compares("Answers that can't be passed on are told of as Envoy does", FAILURES);
compares("Routes are taken, and missing ones told of, as Envoy does", ROUTES);
compares("HTTP/1.0 is answered as Envoy does", HTTP10);
compares("Upgrades pass as with Envoy", UPGRADES);
compares("Limits of time and number are those of Envoy", LIMITS);
compares("TLS ends, and bytes pass, as with Envoy", CONNECTIONS);

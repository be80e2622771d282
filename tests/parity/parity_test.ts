/**
 * Genkan against a real Envoy: the same configuration, the same requests, the same upstream.
 *
 * @module
 */

import { compares } from "./compare.ts";
import { BODIES, FIELDS, FORWARDING, ODD_FIELDS, TARGETS } from "./request_cases.ts";
import { ANSWERED_BODIES, ANSWERS, FAILURES } from "./response_cases.ts";
import { ROUTES } from "./route_cases.ts";

compares("Methods and targets are forwarded as Envoy does", TARGETS);
compares("Fields of a request are forwarded as Envoy does", FIELDS);
compares("Odd fields of a request are told of where they differ", ODD_FIELDS);
compares("Forwarding fields are written as Envoy does", FORWARDING);
compares("Bodies of requests are forwarded as Envoy does", BODIES);
compares("Fields of an answer are forwarded as Envoy does", ANSWERS);
compares("Bodies of answers are forwarded as Envoy does", ANSWERED_BODIES);
compares("Answers that can't be passed on are told of as Envoy does", FAILURES);
compares("Routes are taken, and missing ones told of, as Envoy does", ROUTES);

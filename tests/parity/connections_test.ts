/**
 * Genkan against a real Envoy: HTTP/1.0, upgrades, limits, TLS, TCP.
 *
 * @module
 */

import { compares } from "./compare.ts";
import { CONNECTIONS, HTTP10, LIMITS, UPGRADES } from "./connection_cases.ts";

compares("HTTP/1.0 is answered as Envoy does", HTTP10);
compares("Upgrades pass as with Envoy", UPGRADES);
compares("Limits of time and number are those of Envoy", LIMITS);
compares("TLS ends, and bytes pass, as with Envoy", CONNECTIONS);

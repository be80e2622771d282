/**
 * `/listeners`: what is bound, and where.
 *
 * @module
 */

import { showAddress } from "../runtime/mod.ts";
import { type Endpoint, json, text } from "./endpoint.ts";
import { addressJson } from "./envoy_json.ts";

/** As lines `name::address:port`, or as Envoy's `admin.v3.Listeners`. */
export const LISTENERS: Endpoint = {
  path: "/listeners",
  help: "print listener info",
  params: [{ name: "format", help: "File format to use; One of (text, json)" }],
  answer(view, query) {
    const listeners = view.listeners();
    if (query.get("format") !== "json") {
      return text(
        listeners.map(({ name, address }) => `${name}::${showAddress(address)}\n`).join(""),
      );
    }
    return json({
      listener_statuses: listeners.map(({ name, address }) => ({
        name,
        local_address: addressJson(address),
      })),
    });
  },
};

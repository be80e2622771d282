/**
 * `/ready`, `/server_info` and `/quitquitquit`: whether the server is up, what it is, and its end.
 *
 * @module
 */

import { type Endpoint, json, text } from "./endpoint.ts";

/** The state, as a status and a word: for load balancers and orchestrators. */
export const READY: Endpoint = {
  path: "/ready",
  help: "print server state, return 200 if LIVE, otherwise return 503",
  answer: ({ state }) => text(`${state}\n`, state === "LIVE" ? 200 : 503),
};

/** Envoy's `admin.v3.ServerInfo`. */
export const SERVER_INFO: Endpoint = {
  path: "/server_info",
  help: "print server version/status information",
  answer(view) {
    const uptime = `${Math.floor(view.uptimeMs / 1000)}s`;
    return json({
      version: `genkan/${view.version}/${view.runtime}`,
      state: view.state,
      uptime_current_epoch: uptime,
      uptime_all_epochs: uptime,
      hot_restart_version: "disabled",
      command_line_options: {
        config_path: view.config.file,
        mode: "Serve",
        disable_hot_restart: true,
      },
      node: { user_agent_name: "genkan", user_agent_version: view.version },
    });
  },
};

/** Begins the stop that SIGTERM begins. */
export const QUIT: Endpoint = {
  path: "/quitquitquit",
  help: "exit the server",
  mutates: true,
  answer(view) {
    view.quit();
    return text("OK\n");
  },
};

/**
 * `/ready`, `/server_info`, `/healthcheck/…`, `/drain_listeners`, `/reload` and `/quitquitquit`:
 * whether the server is up, what it is, how it is emptied and changed, and its end.
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

/** Tells load balancers to go elsewhere, and lets connections end. */
export const FAIL_HEALTHCHECK: Endpoint = healthcheck("fail", false);

/** Takes that back. */
export const PASS_HEALTHCHECK: Endpoint = healthcheck("ok", true);

function healthcheck(verdict: "fail" | "ok", passes: boolean): Endpoint {
  return {
    path: `/healthcheck/${verdict}`,
    help: `cause the server to ${passes ? "pass" : "fail"} health checks`,
    mutates: true,
    async answer(view) {
      await view.passHealthcheck(passes);
      return text("OK\n");
    },
  };
}

/** Every listener of genkan counts as an inbound one, so that `inboundonly` changes nothing. */
export const DRAIN_LISTENERS: Endpoint = {
  path: "/drain_listeners",
  help: "drain listeners",
  params: [
    { name: "graceful", help: "Go on accepting for the drain time before closing the listeners" },
    { name: "skip_exit", help: "Let connections end, and never close the listeners" },
    { name: "inboundonly", help: "Drain inbound listeners: all of them are" },
  ],
  mutates: true,
  async answer(view, query) {
    await view.drainListeners({
      graceful: query.has("graceful"),
      skipExit: query.has("skip_exit"),
    });
    return text("OK\n");
  },
};

/** What became of a reload that somebody has asked for. */
export interface ReloadOutcome {
  /** Whether the new configuration is in use. */
  readonly isDone: boolean;
  /** Whole lines: what has changed, or why nothing has. */
  readonly text: string;
}

/** Ours: what SIGHUP begins, with its outcome as the answer. */
export function reloadEndpoint(reload: () => Promise<ReloadOutcome>): Endpoint {
  return {
    path: "/reload",
    help: "load the configuration again",
    mutates: true,
    async answer() {
      const { isDone, text: said } = await reload();
      return text(said, isDone ? 200 : 400);
    },
  };
}

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

/**
 * Upstreams that nobody could connect to.
 *
 * @module
 */

import { isIpAddress } from "../../runtime/mod.ts";
import { type Cases, type Facts, sentence, showDuration, type Story } from "./facts.ts";

/** By the failure's code. */
export const CONNECT_CASES: Cases = {
  connect_refused: refused,
  connect_timeout: timedOut,

  connect_unreachable: ({ configured, where, settings }) => ({
    title: `There is no way to ${configured}`,
    cause: `genkan tried to connect to ${where}, and the network said that it knows no way there.`,
    fix:
      `Check the address in ${settings.endpoints}, and that the interface or the VPN that leads ` +
      "there is up.",
  }),

  connect_reset: brokenOff,
  connect_closed: brokenOff,

  connect_failed: ({ configured, where, settings }) => ({
    title: `No connection to ${configured}`,
    cause: `genkan tried to connect to ${where} and could not.`,
    fix: `The detail has the system's own words. Check the address in ${settings.endpoints}.`,
  }),

  dns_failure({ cluster, settings }) {
    const hosts = (cluster?.endpoints ?? []).map(({ address }) => address.host);
    const names = [...new Set(hosts.filter((host) => !isIpAddress(host)))];
    const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} …` : names.join(", ");
    const [subject, verb] = names.length > 1 ? ["None of the names", "resolves"] : [
      "The name",
      "doesn't resolve",
    ];
    return {
      title: `${subject} ${shown} ${verb}`,
      cause: `genkan asked this machine's resolver for ${shown} and got no address.`,
      fix: `Check the spelling in ${settings.endpoints}, the hosts file and the DNS server. ` +
        "genkan asks again every 5 s and needs no restart.",
    };
  },

  no_endpoint: ({ cluster, settings }) => ({
    title: `The cluster ${cluster?.name ?? ""} is empty`,
    cause: "The route leads to a cluster that has no endpoints.",
    fix: `Write the server's address in ${settings.endpoints}.`,
  }),

  no_healthy_upstream: ({ cluster }) => ({
    title: `No endpoint of the cluster ${cluster?.name ?? ""} can be used`,
    cause: "The cluster has endpoints, but none of them is fit to take a request now.",
    fix: "Look at the endpoints in the admin's `/clusters`, and in genkan's log.",
  }),
};

function refused({ where, configured, addresses, settings, found }: Facts): Story {
  if (found.otherFamily !== null) {
    const [address] = addresses;
    const port = address.slice(address.lastIndexOf(":"));
    return {
      title: `The server listens on ${found.otherFamily} only`,
      cause: `${address} refuses connections, but ${found.otherFamily} accepts them: the server ` +
        "listens on one of the two loopback addresses only.",
      fix: `Write \`localhost${port}\` in ${settings.endpoints}: genkan then tries both. Or let ` +
        `the server listen on ${address}.`,
    };
  }
  const tried = addresses.length > 1 ? addresses.join(" and ") : where;
  const inside = addresses.some((address) => /^(127\.|\[::1\])/.test(address))
    ? " Inside of a container, localhost is the container itself."
    : "";
  return {
    title: `Nothing listens on ${configured}`,
    cause: `genkan tried to connect to ${tried} and was refused: no program listens there.`,
    fix: `Start the server, or correct the port in ${settings.endpoints}.${inside}`,
  };
}

function timedOut({ configured, cluster, settings, found }: Facts): Story {
  const waited = showDuration(cluster?.connectTimeoutMs ?? 0);
  if (found.accepts) {
    return {
      title: `${configured} doesn't finish the TLS handshake`,
      cause: `It accepts connections, but the TLS handshake wasn't over within ${waited}.`,
      fix: `If the server speaks plain HTTP there, ${settings.dropTls}. Otherwise it hangs or is ` +
        "overloaded: look into its log.",
    };
  }
  const longer = settings.connectTimeout === null
    ? ""
    : ` If it only takes longer than that, raise ${settings.connectTimeout}.`;
  return {
    title: `${configured} doesn't answer`,
    cause: `genkan tried to connect for ${waited}, and nobody answered, not even to refuse: the ` +
      "machine is off, the address is another's, or a firewall drops the packets.",
    fix: `Check the address in ${settings.endpoints}, and the firewalls on the way.${longer}`,
  };
}

function brokenOff({ configured, where, cluster, settings, failure }: Facts): Story {
  const how = failure.code === "connect_reset" ? "reset" : "closed";
  if (cluster?.tls == null) {
    return {
      title: `${configured} ${how} the connection at once`,
      cause: `genkan tried to connect to ${where}, and the connection was ${how} from there.`,
      fix: "Look into the server's log, and that of whatever stands before it.",
    };
  }
  return {
    title: `${configured} broke off the TLS handshake`,
    cause:
      `The connection was ${how} in the middle of the TLS handshake, without a reason. So do ` +
      "many servers that speak plain HTTP, and some that don't know the name they are asked for.",
    fix:
      `${sentence(`if the server speaks plain HTTP there, ${settings.dropTls}`)} If it doesn't ` +
      `know the name, ${settings.serverName("NAME")}.`,
  };
}

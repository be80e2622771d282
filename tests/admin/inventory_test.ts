import { CIRCUIT_BREAKERS } from "../../src/config/native/defaults.ts";
import { assertEquals } from "../assert.ts";
import { ask, endpoint } from "./fake_view.ts";

Deno.test("/listeners prints what is bound, as text and as JSON", async () => {
  assertEquals(
    await (await ask("/listeners")).text(),
    "web::127.0.0.1:44019\nraw::[::1]:8443\n",
  );
  assertEquals(await (await ask("/listeners?format=json")).json(), {
    listener_statuses: [
      {
        name: "web",
        local_address: { socket_address: { address: "127.0.0.1", port_value: 44019 } },
      },
      { name: "raw", local_address: { socket_address: { address: "::1", port_value: 8443 } } },
    ],
  });
});

Deno.test("/clusters prints Envoy's lines in Envoy's order", async () => {
  assertEquals(
    await (await ask("/clusters?filter=^app$")).text(),
    `app::observability_name::app
app::default_priority::max_connections::1024
app::default_priority::max_pending_requests::1024
app::default_priority::max_requests::1024
app::default_priority::max_retries::3
app::high_priority::max_connections::1024
app::high_priority::max_pending_requests::1024
app::high_priority::max_requests::1024
app::high_priority::max_retries::3
app::added_via_api::false
app::[::1]:3000::cx_active::1
app::[::1]:3000::cx_connect_fail::2
app::[::1]:3000::cx_total::9
app::[::1]:3000::rq_active::4
app::[::1]:3000::rq_error::5
app::[::1]:3000::rq_pending_active::0
app::[::1]:3000::rq_success::6
app::[::1]:3000::rq_timeout::0
app::[::1]:3000::rq_total::8
app::[::1]:3000::hostname::localhost
app::[::1]:3000::health_flags::healthy
app::[::1]:3000::weight::3
app::[::1]:3000::region::
app::[::1]:3000::zone::
app::[::1]:3000::sub_zone::
app::[::1]:3000::canary::false
app::[::1]:3000::priority::0
app::[::1]:3000::success_rate::-1
app::[::1]:3000::local_origin_success_rate::-1
`,
  );
});

Deno.test("/clusters in JSON leaves out what Envoy leaves out", async () => {
  const { cluster_statuses } = await (await ask("/clusters?format=json")).json();
  assertEquals(cluster_statuses.map((cluster: { name: string }) => cluster.name), ["app", "none"]);
  assertEquals(cluster_statuses[0].host_statuses, [{
    address: { socket_address: { address: "::1", port_value: 3000 } },
    stats: [
      { value: "2", name: "cx_connect_fail" },
      { value: "9", name: "cx_total" },
      { value: "5", name: "rq_error" },
      { value: "6", name: "rq_success" },
      { name: "rq_timeout" },
      { value: "8", name: "rq_total" },
      { type: "GAUGE", value: "1", name: "cx_active" },
      { type: "GAUGE", value: "4", name: "rq_active" },
      { type: "GAUGE", name: "rq_pending_active" },
    ],
    health_status: { eds_health_status: "HEALTHY" },
    weight: 3,
    hostname: "localhost",
    locality: {},
  }]);
  assertEquals(cluster_statuses[1].host_statuses, []);
  assertEquals(cluster_statuses[1].circuit_breakers.thresholds[0], {
    max_connections: 1024,
    max_pending_requests: 1024,
    max_requests: 1024,
    max_retries: 7,
  });
});

Deno.test("/clusters says which endpoints are unhealthy", async () => {
  const endpoints = [{ ...endpoint(), healthy: false }];
  const clusters = () =>
    Promise.resolve([{ name: "app", circuitBreakers: CIRCUIT_BREAKERS, endpoints }]);
  const text = await (await ask("/clusters", {}, { clusters })).text();
  assertEquals(text.match(/health_flags::.*/)?.[0], "health_flags::/failed_active_hc");
  const { cluster_statuses } = await (await ask("/clusters?format=json", {}, { clusters })).json();
  assertEquals(cluster_statuses[0].host_statuses[0].health_status, {
    failed_active_health_check: true,
    eds_health_status: "HEALTHY",
  });
});

Deno.test("/clusters answers 400 to a filter that isn't a regular expression", async () => {
  const response = await ask("/clusters?filter=(");
  assertEquals(response.status, 400);
});

Deno.test("/certs prints Envoy's shape, with the days that are left", async () => {
  assertEquals(await (await ask("/certs")).json(), {
    certificates: [
      {
        ca_cert: [],
        cert_chain: [{
          path: "certs/app.pem",
          serial_number: "0588e21c",
          subject_alt_names: [
            { dns: "app.test" },
            { dns: "*.app.test" },
            { uri: "spiffe://x/y" },
            { ip_address: "127.0.0.1" },
            { ip_address: "::1" },
          ],
          days_until_expiration: "89",
          valid_from: "2026-11-22T12:13:10Z",
          expiration_time: "2027-02-20T09:36:00Z",
        }],
      },
      {
        ca_cert: [{
          path: "<inline>",
          serial_number: "01",
          subject_alt_names: [],
          days_until_expiration: "0",
          valid_from: "2020-01-01T00:00:00Z",
          expiration_time: "2026-01-01T00:00:00Z",
        }],
        cert_chain: [],
      },
    ],
  });
});

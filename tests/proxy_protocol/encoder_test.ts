/**
 * What PROXY headers are written as, and that nginx reads them.
 *
 * @module
 */

import { encodeProxyHeader, type ProxyHeader } from "../../src/proxy_protocol/mod.ts";
import { assertEquals } from "../assert.ts";
import { within } from "../e2e/deadline.ts";
import { e2e } from "../e2e/scene.ts";

const ANSWER_MS = 5000;
const SIGNATURE = "0d0a0d0a000d0a515549540a";

function proxied(source: string, destination: string): ProxyHeader {
  return {
    kind: "proxied",
    source: { host: source, port: 1234 },
    destination: { host: destination, port: 443 },
  };
}

/** A header, its line, its bytes behind the signature, and what nginx takes from it. */
const WRITTEN: readonly {
  readonly header: ProxyHeader;
  readonly line: string;
  readonly block: string;
  readonly nginx: string;
}[] = [
  {
    header: proxied("192.0.2.1", "198.51.100.7"),
    line: "TCP4 192.0.2.1 198.51.100.7 1234 443",
    block: "2111000cc0000201c633640704d201bb",
    nginx: "192.0.2.1 1234 198.51.100.7 443",
  },
  {
    header: proxied("2001:DB8:0:0::1", "::1"),
    line: "TCP6 2001:db8::1 ::1 1234 443",
    block: `2121002420010db8${"0".repeat(23)}1${"0".repeat(31)}104d201bb`,
    nginx: "2001:db8::1 1234 ::1 443",
  },
  {
    header: proxied("192.0.2.1", "2001:db8::1"),
    line: "TCP6 ::ffff:192.0.2.1 2001:db8::1 1234 443",
    block: `21210024${"0".repeat(20)}ffffc000020120010db8${"0".repeat(23)}104d201bb`,
    nginx: "::ffff:192.0.2.1 1234 2001:db8::1 443",
  },
  {
    header: proxied("fe80::1%eth0", "fe80::2"),
    line: "TCP6 fe80::1 fe80::2 1234 443",
    block: `21210024fe80${"0".repeat(27)}1fe80${"0".repeat(27)}204d201bb`,
    nginx: "fe80::1 1234 fe80::2 443",
  },
  { header: { kind: "local" }, line: "UNKNOWN", block: "20000000", nginx: "   " },
  { header: { kind: "unknown" }, line: "UNKNOWN", block: "20000000", nginx: "   " },
  {
    header: proxied("app.sock", "198.51.100.7"),
    line: "UNKNOWN",
    block: "20000000",
    nginx: "   ",
  },
];

Deno.test("A PROXY header is written as the specification has it", () => {
  for (const { header, line, block } of WRITTEN) {
    assertEquals(new TextDecoder().decode(encodeProxyHeader(header, 1)), `PROXY ${line}\r\n`);
    assertEquals(encodeProxyHeader(header, 2).toHex(), SIGNATURE + block);
  }
});

const NGINX = `
daemon off;
master_process off;
error_log stderr notice;
pid nginx.pid;
events {}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path t;`).join("")}
  server {
    listen unix:proxy.sock proxy_protocol;
    return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port";
  }
}
`;

e2e("nginx reads the PROXY headers that are written", async (scene) => {
  const path = scene.path("proxy.sock");
  const file = await scene.write("nginx.conf", NGINX.replace("proxy.sock", path));
  const nginx = scene.spawn(["-p", scene.folder, "-c", file], { peer: "nginx" });
  // With its listening socket open it looks at its limits.
  await nginx.says("stderr", /getrlimit/);
  for (const { header, nginx } of WRITTEN) {
    for (const version of [1, 2] as const) {
      const read = within(ANSWER_MS, reading(path, encodeProxyHeader(header, version)), "nginx");
      assertEquals(await read, nginx, `version ${version}`);
    }
  }
}, { needs: ["nginx"] });

/** What nginx says of the header in front of a request. */
async function reading(path: string, header: Uint8Array): Promise<string> {
  using conn = await Deno.connect({ transport: "unix", path });
  await conn.write(header);
  await conn.write(new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"));
  const response = await new Response(conn.readable).text();
  return response.slice(response.indexOf("\r\n\r\n") + 4);
}

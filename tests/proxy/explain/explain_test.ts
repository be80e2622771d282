import type { SocketAddress } from "../../../src/runtime/mod.ts";
import { ConnError, ProtocolError } from "../../../src/errors.ts";
import { type ConfigForm, explain } from "../../../src/proxy/explain/mod.ts";
import { LOOP, noEndpoint, UPSTREAM_TIMEOUT } from "../../../src/proxy/failure.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { cluster } from "../../server/fixture.ts";
import {
  context,
  endpoint,
  everyFailure,
  TLS,
  unanswered,
  unconnected,
  untrusting,
} from "./failures.ts";

const FORMS: readonly ConfigForm[] = ["command", "native", "envoy"];

/** A probe that finds these addresses, `tls ` before those that answer a handshake. */
function finding(...open: string[]) {
  const asked: string[] = [];
  const probe = ({ host, port }: SocketAddress, { tls }: { tls: boolean }) => {
    const what = `${tls ? "tls " : ""}${host} ${port}`;
    asked.push(what);
    return Promise.resolve(open.includes(what));
  };
  return { probe, asked };
}

Deno.test("Every code has a story of its own, in every form", async () => {
  for (const form of FORMS) {
    const titles = new Set<string>();
    for (const failure of everyFailure()) {
      const tls = /tls/.test(failure.code) ? TLS : null;
      const told = await explain(failure, context({ form, cluster: cluster([3000], { tls }) }));
      assertEquals([told.code, told.status], [failure.code, failure.status]);
      assertEquals(told.summary, failure.body);
      assert(told.title !== "" && !told.title.endsWith("."), told.title);
      assertMatch(told.cause, /\.$/);
      assertMatch(told.fix, /\.$/);
      assert(!/undefined|null|NaN|\.\./.test(`${told.title} ${told.cause} ${told.fix}`), told.fix);
      titles.add(`${told.title} ${told.cause}`);
    }
    assertEquals(titles.size, everyFailure().length, form);
  }
});

Deno.test("What is told names cluster, endpoint, and the log's own words", async () => {
  const told = await explain(unconnected("refused", "connection refused"), context());
  assertEquals(told, {
    status: 503,
    code: "connect_refused",
    summary: "upstream connect error or disconnect/reset before headers. " +
      "reset reason: remote connection failure",
    title: "Nothing listens on 127.0.0.1:3000",
    cause: "genkan tried to connect to 127.0.0.1:3000 and was refused: no program listens there.",
    fix: "Start the server, or correct the port in `clusters.app.endpoints`. Inside of a " +
      "container, localhost is the container itself.",
    cluster: "app",
    endpoint: "127.0.0.1:3000",
    detail: "Cannot connect to 127.0.0.1:3000: connection refused",
  });
});

Deno.test("A server that listens on the other loopback address only is found", async () => {
  for (const [here, there] of [["127.0.0.1", "::1"], ["::1", "127.0.0.1"]]) {
    const { probe, asked } = finding(`${there} 3000`);
    const told = await explain(
      unconnected("refused"),
      context({ endpoint: endpoint(3000, [here]), probe }),
    );
    const shown = there === "::1" ? "[::1]:3000" : "127.0.0.1:3000";
    assertEquals(told.title, `The server listens on ${shown} only`);
    assertMatch(told.fix, "`localhost:3000`");
    assertEquals(asked, [`${there} 3000`]);
  }
});

Deno.test("No other address is probed than the other loopback of one that stands alone", async () => {
  const { probe, asked } = finding();
  for (const hosts of [["127.0.0.1", "::1"], ["10.0.0.1"], ["2001:db8::1"], ["127.0.0.2"]]) {
    await explain(unconnected("refused"), context({ endpoint: endpoint(3000, hosts), probe }));
  }
  assertEquals(asked, []);
});

Deno.test("localhost that refuses is told with both of its addresses", async () => {
  const both = endpoint(3000, ["127.0.0.1", "::1"], "localhost");
  const { title, cause } = await explain(unconnected("refused"), context({ endpoint: both }));
  assertEquals(title, "Nothing listens on localhost:3000");
  assertMatch(cause, "127.0.0.1:3000 and [::1]:3000");
});

Deno.test("A plain cluster whose endpoint hangs up is asked whether it speaks TLS", async () => {
  const hungUp = [null, new ConnError("reset", "Cannot go on: reset")];
  for (const error of hungUp) {
    const { probe, asked } = finding("tls 127.0.0.1 3000");
    const told = await explain(unanswered(error), context({ probe }));
    assertEquals(told.title, "127.0.0.1:3000 speaks TLS");
    assertEquals(told.fix, "Set `tls: true` in `clusters.app`.");
    assertEquals(asked, ["tls 127.0.0.1 3000"]);
    const crashed = await explain(unanswered(error), context());
    assertEquals(crashed.title, "127.0.0.1:3000 hung up without an answer");
  }
  const { probe, asked } = finding();
  await explain(unanswered(null), context({ cluster: cluster([3000], { tls: TLS }), probe }));
  const known = { ...endpoint(3000), rqSuccess: 1 };
  await explain(unanswered(null), context({ endpoint: known, probe }));
  assertEquals(asked, [], "it has TLS, or has answered without");
});

Deno.test("An endpoint that hangs in the handshake is told from one that can't be reached", async () => {
  const tls = cluster([3000], { tls: TLS, connectTimeoutMs: 250 });
  const { probe } = finding("127.0.0.1 3000");
  const hanging = await explain(unconnected("timeout"), context({ cluster: tls, probe }));
  assertEquals(hanging.title, "127.0.0.1:3000 doesn't finish the TLS handshake");
  const gone = await explain(unconnected("timeout"), context({ cluster: tls }));
  assertEquals(gone.title, "127.0.0.1:3000 doesn't answer");
  assertMatch(gone.cause, "for 250 ms");
  assertMatch(gone.fix, "`connect_timeout`");
});

Deno.test("A certificate for other names is told with them, and with the one looked for", async () => {
  const failure = untrusting(
    "wrong_name",
    "the certificate is for another name (Hostname/IP does not match certificate's altnames: " +
      "Host: app.test. is not in the cert's altnames: DNS:*.b.test, DNS:b.test, IP Address:::1)",
  );
  const named = cluster(["app.test:443"], { tls: { ...TLS, serverName: "app.test" } });
  const { cause, fix } = await explain(failure, context({ cluster: named }));
  assertEquals(
    cause,
    "genkan looked for app.test, and the certificate is for *.b.test, b.test, ::1.",
  );
  assertMatch(fix, "`server_name: b.test`");
});

Deno.test("A certificate that isn't trusted is told with whom genkan trusts", async () => {
  const cases = [
    [null, "the public CAs"],
    [{ path: "certs/ca.pem", pem: "" }, "the CAs in certs/ca.pem"],
    [{ path: null, pem: "-----BEGIN" }, "the CAs in the configuration"],
  ] as const;
  for (const [ca, words] of cases) {
    const trusting = context({ cluster: cluster([443], { tls: { ...TLS, ca } }) });
    assertMatch((await explain(untrusting("untrusted"), trusting)).cause, words);
    const self = untrusting("untrusted", "self-signed certificate");
    assertMatch((await explain(self, trusting)).cause, `signed by itself, and genkan trusts only`);
  }
});

Deno.test("The fix names the settings of the form that is in use", async () => {
  const fixes = async (failure: Parameters<typeof explain>[0], tls: typeof TLS | null) => {
    const told = [];
    for (const form of FORMS) {
      const known = context({
        form,
        cluster: cluster(["app.test:8443"], { tls }),
        endpoint: endpoint(8443, ["10.0.0.5"], "app.test"),
      });
      told.push((await explain(failure, known)).fix);
    }
    return told;
  };
  const speaksTls = { ...unanswered(new ProtocolError("x", "x")), code: "upstream_speaks_tls" };
  assertEquals(await fixes(speaksTls, null), [
    "Write `https://app.test:8443` for TO on genkan's command line.",
    "Set `tls: true` in `clusters.app`.",
    "Give the cluster `app` a `transport_socket` with an `UpstreamTlsContext`.",
  ]);
  const [command, native, envoy] = await fixes(untrusting("untrusted"), TLS);
  assertMatch(command, "`--ca FILE`");
  assertMatch(native, "`clusters.app.tls.ca`");
  assertMatch(envoy, "`validation_context.trusted_ca`");
  const plain = await fixes(untrusting("not_tls"), TLS);
  assertMatch(plain[0], "`http://app.test:8443`");
  assertMatch(plain[1], "take `tls` out of `clusters.app`");
  assertMatch(plain[2], "`transport_socket`");
});

Deno.test("Names that don't resolve are listed, once each and not all of many", async () => {
  const many = cluster(["a.test:1", "a.test:2", "10.0.0.1:1", "b.test:1", "c.test:1", "d.test:1"]);
  const told = await explain(noEndpoint(many, 0), context({ cluster: many, endpoint: null }));
  assertEquals(told.title, "None of the names a.test, b.test, c.test … resolves");
  assertEquals(told.endpoint, null);
});

Deno.test("A failure without a cluster can be told", async () => {
  const told = await explain(LOOP, context({ cluster: null, endpoint: null }));
  assertEquals([told.status, told.cluster, told.endpoint], [508, null, null]);
});

Deno.test("A timeout says how long it was", async () => {
  const waited = async (timeoutMs: number) =>
    (await explain(UPSTREAM_TIMEOUT, context({ timeoutMs }))).cause;
  assertMatch(await waited(15_000), "within 15 s");
  assertMatch(await waited(120_000), "within 2 min");
  assertMatch(await waited(0), "in time");
});

Deno.test("A probe that fails in its own way is no reason to fail", async () => {
  const probe = () => Promise.reject(new Error("out of descriptors"));
  const told = await explain(unconnected("refused"), context({ probe }));
  assertEquals(told.title, "Nothing listens on 127.0.0.1:3000");
});

Deno.test("What an upstream says can't forge lines, turn text around or flood it", async () => {
  const said = `x\r\ncode: ok\u001b[31m\u202e\u2028${"y".repeat(5_000)}\ud800`;
  const told = await explain(unanswered(new ProtocolError("bad_line", said)), context());
  assertMatch(told.detail!, /^x\ufffd\ufffdcode: ok\ufffd\[31m\ufffd\ufffdy+…$/);
  assert(told.detail!.length < 1_000);
});

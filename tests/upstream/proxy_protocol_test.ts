import { assert, assertEquals } from "../assert.ts";
import { settle } from "../session/scripted_conn.ts";
import { Fixture } from "./endpoint_fixture.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A client that came from that port. */
function from(port: number) {
  return {
    source: { host: "192.0.2.7", port },
    destination: { host: "203.0.113.1", port: 443 },
  };
}

function fixture(limits = {}): Fixture {
  return new Fixture(["10.0.0.1"], "", limits, "v1");
}

/** What was sent before all else on each connection. */
function headers({ network: { dialled } }: Fixture): string[] {
  return dialled.map(({ options }) => new TextDecoder().decode(options.prefix));
}

Deno.test("An endpoint is told who connected to what, before all else", async () => {
  using scene = fixture();
  await scene.endpoint.open({}, from(1000));
  await scene.endpoint.connect(from(1001));
  assertEquals(headers(scene), [
    "PROXY TCP4 192.0.2.7 203.0.113.1 1000 443\r\n",
    "PROXY TCP4 192.0.2.7 203.0.113.1 1001 443\r\n",
  ]);
});

Deno.test("An endpoint that isn't told gets nothing before the request", async () => {
  using scene = new Fixture();
  await scene.endpoint.open({}, from(1000));
  assertEquals(scene.network.dialled[0].options.prefix, undefined);
});

Deno.test("A connection that was made for one client carries no other's requests", async () => {
  using scene = fixture();
  const session = await scene.answered(undefined, from(1000));
  scene.endpoint.release(session);
  assertEquals(scene.endpoint.takeIdle(from(1001)), null);
  assert(scene.endpoint.takeIdle(from(1000)) === session);
});

Deno.test("Who waits gets a connection of its own, not one that another client leaves", async () => {
  using scene = fixture({ maxConnections: 1 });
  const first = await scene.answered(undefined, from(1000));
  const waiting = scene.endpoint.open({}, from(1001));
  await settle();
  scene.endpoint.release(first);
  assert(await waiting !== first);
  assertEquals(scene.counts, { total: 2, active: 1, gone: 1 });
});

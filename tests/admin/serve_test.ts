import { adminApp } from "../../src/admin/mod.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { fakeView } from "./fake_view.ts";

async function withAdmin(
  run: (port: number, quits: () => number) => Promise<void>,
): Promise<void> {
  let quits = 0;
  const view = { ...fakeView(), quit: () => void quits++ };
  const service = await denoRuntime().serveHttp({ host: "127.0.0.1", port: 0 }, adminApp(view));
  try {
    await run(service.address.port, () => quits);
  } finally {
    await service.close();
  }
}

/** What a server answers to these bytes, up to the end of the connection. */
async function exchange(port: number, request: string): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const writer = conn.writable.getWriter();
  await writer.write(new TextEncoder().encode(request));
  return await new Response(conn.readable).text();
}

Deno.test("The runtime's server hands requests through; HEAD sends the length and no body", async () => {
  await withAdmin(async (port) => {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    assertEquals([ready.status, await ready.text()], [200, "LIVE\n"]);
    const head = await exchange(
      port,
      "HEAD /config_dump HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    assert(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
    const { length } = await (await fetch(`http://127.0.0.1:${port}/config_dump`)).bytes();
    assertMatch(head.toLowerCase(), `\r\ncontent-length: ${length}\r\n`);
    assert(head.endsWith("\r\n\r\n"), head);
  });
});

Deno.test("A page of a name that was rebound to loopback learns and changes nothing", async () => {
  await withAdmin(async (port, quits) => {
    for (const request of ["GET /config_dump", "POST /quitquitquit"]) {
      const answer = await exchange(
        port,
        `${request} HTTP/1.1\r\nHost: evil.test:${port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      assert(answer.startsWith("HTTP/1.1 403 Forbidden\r\n"), answer);
      assert(!answer.includes("configs"), answer);
    }
    assertEquals(quits(), 0);
  });
});

Deno.test("A malformed Host is answered with 400", async () => {
  await withAdmin(async (port) => {
    for (const host of ["a b", "localhost:port", "[::1"]) {
      const answer = await exchange(
        port,
        `GET /ready HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      assert(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
    }
  });
});

Deno.test("A form of another site can't stop the server; curl can", async () => {
  await withAdmin(async (port, quits) => {
    const url = `http://127.0.0.1:${port}/quitquitquit`;
    const form = await exchange(
      port,
      `POST /quitquitquit HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://evil.test\r\n` +
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n" +
        "Connection: close\r\n\r\na=b",
    );
    assert(form.startsWith("HTTP/1.1 403 "), form);
    assertEquals(quits(), 0);
    const { stdout } = await new Deno.Command("curl", { args: ["-sS", "-X", "POST", url] })
      .output();
    assertEquals(new TextDecoder().decode(stdout), "OK\n");
    assertEquals(quits(), 1);
  });
});

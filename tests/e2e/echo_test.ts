/**
 * `genkan echo`: the echo service alone.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { curl } from "./curl.ts";
import { e2e } from "./scene.ts";

e2e("The echo says what it was asked", async (scene) => {
  const echo = await scene.start(["echo", "--listen", "127.0.0.1:0", "--name", "mirror"]);
  const [, url] = await echo.says("stderr", /"mirror" listening on (http:\S+)/);
  const asked = await curl(
    ...["-X", "PUT", "-d", '{"a":1}', "-H", "content-type: application/json"],
    `${url}/a/b?c=d&c=e`,
  );
  assertEquals(asked.status, 200);
  const answer = JSON.parse(asked.body);
  assertEquals([answer.method, answer.path], ["PUT", "/a/b"]);
  assertEquals([answer.query, answer.body, answer.json], [{ c: ["d", "e"] }, '{"a":1}', { a: 1 }]);
  assertEquals([answer.os.hostname, answer.protocol], ["mirror", "http"]);
  assertEquals(answer.headers["content-type"], "application/json");

  echo.signal("SIGTERM");
  assertEquals((await echo.ended()).code, 0);
}, { needs: ["curl"] });

e2e("With --tls the echo shows a certificate of the local CA", async (scene) => {
  const echo = await scene.start(["echo", "--listen", "127.0.0.1:0", "--tls"]);
  const [, port] = await echo.says("stderr", /listening on https:\/\/127\.0\.0\.1:(\d+)/);
  const ca = `${scene.dataFolder}/ca.pem`;
  assertMatch(echo.stderr.text, `--cacert ${ca}`);
  const { status, body } = await curl("--cacert", ca, `https://localhost:${port}/`);
  assertEquals(status, 200);
  assertEquals(JSON.parse(body).connection, { servername: "localhost" });
}, { needs: ["curl"] });

/**
 * Node's HTTP server, which says of each request how it read it. Run by `node` itself: its parser
 * (llhttp) is not the one that Deno's copy of `node:http` has.
 *
 * stdout gets `listening on PORT`, and at SIGTERM a line of JSON: how many requests were begun, and
 * how many read to their end.
 */

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";

const tally = { begun: 0, read: 0 };

const server = createServer({ maxHeaderSize: 128 * 1024 }, (request, response) => {
  tally.begun++;
  const hash = createHash("sha256");
  let size = 0;
  request.on("data", (piece) => {
    hash.update(piece);
    size += piece.length;
  });
  request.on("error", () => {}); // The proxy gave up on it, which the tally shows.
  request.on("end", () => {
    tally.read++;
    const names = request.rawHeaders.filter((_, at) => at % 2 === 0);
    const hosts = names.flatMap((name, at) =>
      name.toLowerCase() === "host" ? [request.rawHeaders[2 * at + 1]] : []
    );
    const { method, url: target } = request;
    const reading = { method, target, host: hosts.join(), size, sha256: hash.digest("hex") };
    const answer = JSON.stringify({ ...reading, count: tally.read });
    response.setHeader("x-reading", encodeURIComponent(answer));
    response.setHeader("content-length", 0);
    response.end();
  });
});

server.on("clientError", (error, socket) => {
  // A connection that the proxy broke off is no request that was refused.
  if (!error.code?.startsWith("HPE_") || error.code === "HPE_INVALID_EOF_STATE") {
    return socket.destroy();
  }
  tally.begun++;
  socket.end(
    "HTTP/1.1 400 Bad Request\r\nx-refused-by: node\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
  );
});

// A connection ends when the proxy ends it, so that no request has to be sent twice.
server.keepAliveTimeout = server.requestTimeout = server.headersTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));

process.on("SIGTERM", () => {
  console.log(JSON.stringify(tally));
  process.exit(0);
});

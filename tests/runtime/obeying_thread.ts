/**
 * A thread that does as it is told, on either runtime.
 *
 * @module
 */

import type { Order } from "./contract_threads.ts";

const runtime = "Deno" in globalThis
  ? (await import("../../src/runtime/deno.ts")).denoRuntime()
  : (await import("../../src/runtime/bun.ts")).bunRuntime();

const control = runtime.control!;

control.onMessage(async (message) => {
  const order = message as Order;
  switch (order.kind) {
    case "echo":
      return control.post(order.value);
    case "count":
      return void Atomics.add(order.cells, 0, 1);
    case "listen": {
      const { address } = await runtime.listen({ host: "127.0.0.1", port: 0 });
      return control.post(address.port);
    }
    case "throw":
      return void setTimeout(() => {
        throw new Error("thrown");
      });
    case "reject":
      return void Promise.reject(new Error("rejected"));
    case "loop":
      for (;;) Atomics.add(order.cells, 0, 1);
  }
});

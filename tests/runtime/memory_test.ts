import { MemoryNetwork } from "../../src/runtime/memory.ts";
import { contractFor, runCase, type Subject } from "./contract.ts";

const address = { host: "192.0.2.1", port: 80 };
const network = new MemoryNetwork();
network.silence(address);
const subject: Subject = {
  network,
  supports: { crl: false, ciphers: false },
  certificates: null,
  trust: "given",
  silent: () => Promise.resolve({ address, [Symbol.dispose]() {} }),
};

for (const each of contractFor(subject)) {
  Deno.test(`In memory: ${each.name}`, () => runCase(each, subject));
}

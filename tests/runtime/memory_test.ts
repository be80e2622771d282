import { MemoryNetwork } from "../../src/runtime/memory.ts";
import { contractFor, runCase, type Subject } from "./contract.ts";

const silent = { host: "192.0.2.1", port: 80 };
const network = new MemoryNetwork();
network.silence(silent);
const subject: Subject = { network, certificates: null, trust: "given", silent };

for (const each of contractFor(subject)) {
  Deno.test(`In memory: ${each.name}`, () => runCase(each, subject));
}

import { denoRuntime } from "../../src/runtime/deno.ts";
import { makeCertificates } from "./certificates.ts";
import { contractFor, runCase, type Subject } from "./contract.ts";
import { notifyCases } from "./contract_notify.ts";
import { runtimeThreadCases } from "./contract_threads.ts";
import { hostCases } from "./host_contract.ts";
import { SilentPort } from "./silent.ts";

const runtime = denoRuntime();
const subject: Subject = {
  network: runtime,
  supports: runtime.supports,
  certificates: await makeCertificates(),
  trust: "given",
  silent: () => SilentPort.open(),
};

for (const each of contractFor(subject)) {
  Deno.test(`On Deno: ${each.name}`, () => runCase(each, subject));
}

for (const each of [...hostCases, ...notifyCases]) {
  Deno.test(`On Deno: ${each.name}`, async () => {
    const folder = `${await Deno.makeTempDir({ prefix: "genkan-host-" })}/`;
    try {
      await each.run({
        host: runtime,
        folder,
        modeOf: async (path) => (await Deno.stat(path)).mode! & 0o777,
        namesIn: (path) => Promise.resolve([...Deno.readDirSync(path)].map(({ name }) => name)),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

for (const each of runtimeThreadCases) {
  Deno.test(`On Deno: ${each.name}`, () => each.run(denoRuntime));
}

import { denoRuntime } from "../../src/runtime/deno.ts";
import { makeCertificates } from "./certificates.ts";
import { contractFor, runCase, type Subject } from "./contract.ts";

const subject: Subject = {
  network: denoRuntime(),
  certificates: await makeCertificates(),
  trust: "given",
  silent: null,
};

for (const each of contractFor(subject)) {
  Deno.test(`On Deno: ${each.name}`, () => runCase(each, subject));
}

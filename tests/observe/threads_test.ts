import { threadCases } from "./threads_contract.ts";

for (const { name, run } of threadCases) Deno.test(`On Deno: ${name}`, run);

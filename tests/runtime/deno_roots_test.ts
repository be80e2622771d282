import { makeCertificates } from "./certificates.ts";

const RUNNER = "tests/runtime/deno_runner.ts";

Deno.test("On Deno: without a given authority, those that the runtime trusts count", async () => {
  const folder = await Deno.makeTempDir({ prefix: "genkan-contract-" });
  try {
    const certificates = await makeCertificates();
    const [cert, json] = [`${folder}/ca.pem`, `${folder}/certificates.json`];
    await Deno.writeTextFile(cert, certificates.ca);
    await Deno.writeTextFile(json, JSON.stringify(certificates));
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: ["run", "--no-prompt", "--allow-net", "--allow-read", `--cert=${cert}`, RUNNER, json],
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(`${text.decode(stdout)}\n${text.decode(stderr)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

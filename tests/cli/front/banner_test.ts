import { parseFrontAddresses } from "../../../src/cli/front/address.ts";
import { frontBanner, type FrontFacts } from "../../../src/cli/front/banner.ts";
import { assertEquals, assertMatch } from "../../assert.ts";

function banner(from: string, to: string, facts: Partial<FrontFacts> = {}): string {
  return frontBanner({
    ...parseFrontAddresses(from, [to]),
    upstreamTrust: null,
    caPath: null,
    caIsNew: false,
    resolves: true,
    ...facts,
  }, "Linux x86_64");
}

Deno.test("A plain front says where it listens and where it leads to", () => {
  assertEquals(
    banner("http://localhost:8080", "3000"),
    "http://localhost:8080 leads to http://localhost:3000\n",
  );
});

Deno.test("An https front says how to try it and how to trust its CA", () => {
  assertEquals(
    banner("https://localhost:8443", "3000", { caPath: "/home/a b/ca.pem", caIsNew: true }),
    `https://localhost:8443 leads to http://localhost:3000
made a local CA for its certificate: /home/a b/ca.pem
try it, or trust the CA once for all:
  curl            curl --cacert '/home/a b/ca.pem' https://localhost:8443/
  Debian, Ubuntu  sudo cp '/home/a b/ca.pem' /usr/local/share/ca-certificates/genkan.crt && sudo update-ca-certificates
  Fedora, Arch    sudo trust anchor '/home/a b/ca.pem'
  Firefox         Settings > Privacy & Security > View Certificates > Import: /home/a b/ca.pem
  Node, Bun       export NODE_EXTRA_CA_CERTS='/home/a b/ca.pem'
  Deno            export DENO_CERT='/home/a b/ca.pem'
`,
  );
});

Deno.test("A TLS upstream is shown with what its certificate is verified against", () => {
  assertMatch(
    banner("http://localhost:8080", "https://localhost:3000", { upstreamTrust: "NOT verified" }),
    "leads to https://localhost:3000, NOT verified\n",
  );
});

Deno.test("A name that doesn't lead here yet comes with its line for the hosts file", () => {
  assertMatch(
    banner("http://app.test:8080", "3000", { resolves: false }),
    "app.test doesn't lead here yet: echo '127.0.0.1 app.test' | sudo tee -a /etc/hosts\n",
  );
});

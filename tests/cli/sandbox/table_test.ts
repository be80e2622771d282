import { formatExamples, formatTable } from "../../../src/cli/sandbox/table.ts";
import { shellWord } from "../../../src/cli/shell_word.ts";
import { assertEquals } from "../../assert.ts";

const ROWS = [
  { name: "service-http", listens: "http://127.0.0.1:10080", leadsTo: "", state: "answers" },
  {
    name: "https-http",
    listens: "https://localhost:10000",
    leadsTo: "service-http",
    state: "answers",
  },
];

Deno.test("The sandbox's table has a title and columns as wide as they need to be", () => {
  assertEquals(
    formatTable(ROWS),
    "NAME          LISTENS                  LEADS TO      STATE\n" +
      "service-http  http://127.0.0.1:10080   -             answers\n" +
      "https-http    https://localhost:10000  service-http  answers\n",
  );
});

Deno.test("Each row has a curl line that trusts the sandbox's CA where there is TLS", () => {
  assertEquals(
    formatExamples(ROWS, "certs/ca.pem"),
    "  curl http://127.0.0.1:10080                         # service-http\n" +
      "  curl --cacert certs/ca.pem https://localhost:10000  # https-http leads to service-http\n",
  );
});

Deno.test("A path with spaces or quotes is one word for the shell", () => {
  assertEquals(shellWord("certs/ca.pem"), "certs/ca.pem");
  assertEquals(shellWord("/home/a b/it's"), "'/home/a b/it'\\''s'");
});

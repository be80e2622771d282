import fc from "fast-check";
import { explain, type Explanation, renderExplanation } from "../../../src/proxy/explain/mod.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { context, endpoint, everyFailure, unconnected } from "./failures.ts";

const HTML = "text/html; charset=utf-8";
const JSON_TYPE = "application/json";
const TEXT = "text/plain; charset=utf-8";

const refused = await explain(unconnected("refused"), context());

/** What a request with this Accept field gets. */
function typeFor(accept: string | null): string {
  return renderExplanation(refused, accept).contentType;
}

Deno.test("Browsers get HTML, fetch with JSON gets JSON, curl and everybody else gets text", () => {
  const cases: [string | null, string][] = [
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML],
    ["application/json", JSON_TYPE],
    ["application/json, text/plain, */*", JSON_TYPE],
    ["*/*", TEXT],
    [null, TEXT],
    ["", TEXT],
    ["text/plain", TEXT],
    ["image/avif,image/webp,image/apng,image/*,*/*;q=0.8", TEXT],
    ["text/event-stream", TEXT],
  ];
  for (const [accept, expected] of cases) assertEquals(typeFor(accept), expected, String(accept));
});

Deno.test("Accept is weighed as RFC 9110 §12.5.1 says", () => {
  const cases: [string, string][] = [
    ["text/html;q=0.5, application/json", JSON_TYPE],
    ["text/html;q=0.5, application/json;q=0.4", HTML],
    ["text/html;q=0, */*", TEXT],
    ["text/plain;q=0.1, text/html;q=0.2", HTML],
    ["text/html, text/plain", HTML],
    ["text/plain, text/html", TEXT],
    ["application/json;q=0.9, */*", TEXT],
    ["application/json, */*;q=0.9", JSON_TYPE],
    ["text/*, application/json;q=0.5", TEXT],
    ["application/*", TEXT],
    ["TEXT/HTML", HTML],
    ["text/html;charset=utf-8;q=0.9, text/plain;q=0.8", HTML],
    ["text/html ; Q=0.9 , application/json ; q=1.000", JSON_TYPE],
    ["text/html;q=0.000", TEXT],
    ["text/html;q=2, application/json;q=0.9", HTML],
    ["application/xhtml+xml", TEXT],
    [",,text/html,", HTML],
  ];
  for (const [accept, expected] of cases) assertEquals(typeFor(accept), expected, accept);
});

Deno.test("Text begins with Envoy's line, which people look for", async () => {
  for (const failure of everyFailure()) {
    const told = await explain(failure, context());
    const { body } = renderExplanation(told, null);
    assert(body.startsWith(`${failure.body}\n\n${told.title}.\n`), body);
    assertMatch(body, `\nFix: ${told.fix}\n`);
    assertMatch(body, new RegExp(`^code: +${failure.code}$`, "m"));
  }
});

Deno.test("JSON has every field, in a fixed order", () => {
  const { body } = renderExplanation(refused, "application/json");
  assertEquals(JSON.parse(body), refused);
  assertEquals(Object.keys(JSON.parse(body)), [
    "status",
    "code",
    "summary",
    "title",
    "cause",
    "fix",
    "cluster",
    "endpoint",
    "detail",
  ]);
});

Deno.test("HTML shows settings as code, and loads and runs nothing", () => {
  const { body } = renderExplanation(refused, "text/html");
  assertMatch(body, "<!doctype html>");
  assertMatch(body, '<meta name="viewport"');
  assertMatch(body, "<code>clusters.app.endpoints</code>");
  assertMatch(body, "prefers-color-scheme: dark");
  assertMatch(body, "content=\"default-src 'none'; style-src 'unsafe-inline'\"");
  assert(!/<script|<link|<img|src=|href=|url\(|javascript:|\son\w+=/i.test(body), body);
});

/** Strings that would break out of HTML, if anything could. */
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    "</title><b>",
    "\"'><img src=x onerror=alert(1)>",
    "`<i>`",
    "&lt;&#60;",
    "</style><style>",
    "<!--",
    "a\r\nb\u0000c",
  ),
);

const explanations: fc.Arbitrary<Explanation> = fc.record({
  status: fc.constantFrom(502, 503, 504, 508),
  code: hostile,
  summary: hostile,
  title: hostile,
  cause: hostile,
  fix: hostile,
  cluster: fc.option(hostile),
  endpoint: fc.option(hostile),
  detail: fc.option(hostile),
});

/** The tags of a page, its style sheet left out. */
function tags(page: string): string[] {
  return page.replace(/<style>[^]*?<\/style>/, "").match(/<[^>]*>/g) ?? [];
}

Deno.test("Whatever is in an explanation, the page keeps its tags", () => {
  const { body } = renderExplanation(refused, "text/html");
  const expected = tags(body).filter((tag) => !/code>$/.test(tag));
  fc.assert(fc.property(explanations, (each) => {
    const told = { ...each, cluster: each.cluster ?? "", endpoint: "", detail: "" };
    const page = renderExplanation(told, "text/html").body;
    assertEquals(tags(page).filter((tag) => !/code>$/.test(tag)), expected);
    const text = page.replace(/<style>[^]*?<\/style>/, "").replace(/<[^>]*>/g, "");
    assert(!/[<>"']/.test(text), text);
    assertEquals(/&(?!(amp|lt|gt|quot|#39);)/.test(text), false, text);
  }));
});

Deno.test("Rendering never fails, whatever the explanation and the Accept field are", () => {
  fc.assert(fc.property(explanations, fc.option(hostile), (told, accept) => {
    const { contentType, body } = renderExplanation(told, accept);
    assert([HTML, JSON_TYPE, TEXT].includes(contentType));
    assert(body.length > 0);
    if (contentType === JSON_TYPE) assertEquals(JSON.parse(body), told);
  }));
});

Deno.test("Explaining never fails, whatever the upstream's name and words are", async () => {
  await fc.assert(
    fc.asyncProperty(
      hostile,
      hostile,
      hostile,
      fc.constantFrom("command" as const, "native" as const, "envoy" as const),
      async (name, said, host, form) => {
        for (const failure of everyFailure()) {
          const known = context({ form });
          const told = await explain({ ...failure, cause: said }, {
            ...known,
            cluster: { ...known.cluster!, name },
            endpoint: endpoint(80, [host], host),
          });
          // deno-lint-ignore no-control-regex
          assert(!/[\u0000-\u001f\u007f-\u009f]/.test(Object.values(told).join("")));
        }
      },
    ),
    { numRuns: 50 },
  );
});

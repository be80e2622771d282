/**
 * The page that a browser shows. One file, no scripts, nothing loaded; what isn't ours is escaped.
 *
 * @module
 */

import type { Explanation } from "./explain.ts";

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f5f1; --card: #fff; --ink: #1f2328; --soft: #5e6670; --line: #e0ddd4;
  --accent: #b3402a; --fix: #f3f7f0; --fix-line: #47703a; --code: #eeece5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --card: #1e2125; --ink: #e6e4df; --soft: #9aa2ab; --line: #33373c;
    --accent: #f08a70; --fix: #1d2a20; --fix-line: #78b067; --code: #2b2f34;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: clamp(1rem, 6vh, 5rem) 1rem 2rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere;
}
main {
  max-width: 44rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 2.5rem); background: var(--card);
  border: 1px solid var(--line); border-top: 4px solid var(--accent); border-radius: 8px;
}
.status { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .02em; }
h1 { margin: .25rem 0 1rem; font-size: clamp(1.35rem, 4vw, 1.8rem); line-height: 1.25; }
h2 { margin: 0 0 .25rem; font-size: 1rem; color: var(--fix-line); }
p { margin: 0 0 1.25rem; }
.fix {
  margin: 0 0 1.75rem; padding: 1rem 1.25rem; background: var(--fix);
  border-left: 4px solid var(--fix-line); border-radius: 4px;
}
.fix p { margin: 0; }
code, dd { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { padding: .1em .3em; background: var(--code); border-radius: 4px; }
dl {
  display: grid; align-items: baseline; grid-template-columns: max-content 1fr; gap: .4rem 1.25rem; margin: 0;
  padding-top: 1.25rem; border-top: 1px solid var(--line);
}
dt { color: var(--soft); }
dd { margin: 0; }
footer { max-width: 44rem; margin: 1rem auto 0; color: var(--soft); font-size: .875rem; text-align: center; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
`;

/** The whole page. `reason` is the status's phrase, such as `Bad Gateway`. */
export function renderHtml(explanation: Explanation, reason: string): string {
  const { status, code, summary, title, cause, fix, cluster, endpoint, detail } = explanation;
  const facts = Object.entries({ Code: code, Cluster: cluster, Endpoint: endpoint, Detail: detail })
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>${status} ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="status">${status} ${escapeHtml(reason)}</p>
<h1>${escapeHtml(title)}</h1>
<p>${marked(cause)}</p>
<section class="fix">
<h2>How to fix it</h2>
<p>${marked(fix)}</p>
</section>
<dl>
${facts.join("\n")}
<dt>Summary</dt><dd>${escapeHtml(summary)}</dd>
</dl>
</main>
<footer>Answered by genkan, not by the server behind it.</footer>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Backticks become code, once everything is escaped. */
function marked(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

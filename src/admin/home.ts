/**
 * The lists of endpoints: for people with a terminal, and for people with a browser.
 *
 * @module
 */

import { type Endpoint, html } from "./endpoint.ts";
import type { ServerView } from "./view.ts";

/** The list as Envoy prints it. */
export function help(endpoints: readonly Endpoint[]): string {
  let list = "admin commands are:\n";
  for (const { path, mutates, help, params = [] } of endpoints) {
    list += `  ${path}${mutates ? " (POST)" : ""}: ${help}\n`;
    for (const param of params) list += `      ${param.name}: ${param.help}\n`;
  }
  return list;
}

/** The list as a page: links, and buttons for what changes something. */
export function home(endpoints: readonly Endpoint[], view: ServerView): Response {
  const rows = endpoints.map(({ path, mutates, help }) => {
    const link = mutates
      ? `<form method="post" action="${path}"><button>${path}</button></form>`
      : `<a href="${path}">${path}</a>`;
    return `<tr><td>${link}</td><td>${escapeHtml(help)}</td></tr>`;
  });
  return html(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>genkan admin</title>
<style>body { font-family: sans-serif } td { padding: 4px 12px 4px 0 } form { margin: 0 }</style>
<h1>genkan ${escapeHtml(view.version)}</h1>
<p>${escapeHtml(view.state)} on ${escapeHtml(view.runtime)}, running ${
    escapeHtml(view.config.file)
  }</p>
<table>
${rows.join("\n")}
</table>
</html>
`);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

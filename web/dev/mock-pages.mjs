// The pages of the mock server, under the strictest Content-Security-Policy that the widget
// promises to work with.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const FILES = {
  "/widget.js": ["widget.js", "text/javascript"],
  "/assets/start.js": ["start.js", "text/javascript"],
  "/assets/start.css": ["start.css", "text/css"],
  "/assets/favicon.svg": ["favicon.svg", "image/svg+xml"],
};

export async function servePage(server, url, response) {
  const file = FILES[url.pathname];
  if (file) return sendFile(join(server.dist, file[0]), file[1], response);
  if (url.pathname === "/") return sendStart(server, response);
  if (url.pathname === "/host") return sendHost(url, response);
  response.writeHead(404).end();
}

async function sendFile(path, type, response) {
  response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` });
  response.end(await readFile(path));
}

async function sendStart(server, response) {
  const nonce = randomBytes(16).toString("base64");
  const values = { nonce, title: "Gatehouse", version: "0.1.0" };
  const template = await readFile(join(server.dist, "index.html"), "utf8");
  const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
  sendHtml(html, `${policy(nonce)}; worker-src blob:`, response);
}

/** A foreign page. `?tag=` is its script tag's attributes, `?run=` a script after it. */
function sendHost(url, response) {
  const nonce = randomBytes(16).toString("base64");
  const from = url.searchParams.get("from") ?? "";
  const tag = url.searchParams.get("tag") ?? "";
  const run = url.searchParams.get("run") ?? "";
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="${from}/widget.js" nonce="${nonce}" ${tag}></script></head>
<body><main><h1>A page with a chat</h1><p>Some text of the page.</p><div id="place"></div></main>
<script nonce="${nonce}">${run}</script></body></html>`;
  sendHtml(html, policy(nonce, from), response);
}

function sendHtml(html, csp, response) {
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": csp,
    "Cache-Control": "no-store",
  });
  response.end(html);
}

function policy(nonce, from = "") {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}' 'self'`,
    `connect-src 'self' ${from}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

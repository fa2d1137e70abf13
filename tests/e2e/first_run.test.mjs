// A fresh start without any configuration: the page, its files and the documents that answer.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { assertSecurityHeaders, slicePoints } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { namesOf, textOf } from "./support/sse.mjs";

const BARE = {
  RATE_LIMIT_PER_MINUTE: null,
  RATE_LIMIT_PER_HOUR: null,
  RATE_LIMIT_REQUESTS: null,
  GATEHOUSE_WORKERS: null,
  GATEHOUSE_DRAIN_TIMEOUT_MS: null,
};
const WIDGET_BYTES_MAX = 40 * 1024;

let server;
const later = untilFileEnds();
before(async () => {
  server = await startServer(later, { env: BARE });
});

const nonceOf = ({ headers }) =>
  /script-src 'nonce-([A-Za-z0-9_-]{22,})'/.exec(headers["content-security-policy"])?.[1];

test("D3 first run: the page carries a nonce of its own in each answer", async () => {
  const [first, second] = [await send(server, "/"), await send(server, "/")];
  for (const page of [first, second]) {
    assert.equal(page.status, 200);
    assert.match(page.headers["content-type"], /^text\/html; charset=utf-8$/i);
    assert.equal(page.headers["cache-control"], "no-store");
    assertSecurityHeaders(page.headers, "the page");
    const nonce = nonceOf(page);
    assert.ok(nonce, page.headers["content-security-policy"]);
    for (const tag of page.text.match(/<(script|link rel="stylesheet"|style)\b[^>]*>/g)) {
      assert.ok(tag.includes(`nonce="${nonce}"`), tag);
    }
    assert.doesNotMatch(page.text, /\{\{|\son\w+=|\sstyle=|javascript:/i);
  }
  assert.notEqual(nonceOf(first), nonceOf(second));
});

test("first run: every file and page that our pages name is there", async () => {
  const paths = new Set(["/"]);
  const page = /^text\/html/;
  const types = { js: /javascript/, css: /^text\/css/, svg: /^image\/svg\+xml/ };
  for (const path of paths) {
    const file = await send(server, path);
    assert.equal(file.status, 200, path);
    assert.match(file.headers["content-type"], types[path.split(".")[1]] ?? page, path);
    assertSecurityHeaders(file.headers, path);
    if (!page.test(file.headers["content-type"])) continue;
    for (const [, named] of file.text.matchAll(/(?:src|href)="(\/[^"]*)"/g)) paths.add(named);
  }
  const all = [...paths].join();
  for (const named of ["/widget.js", "/account", "/assets/account.js", "/assets/account.css"])
    assert.ok(paths.has(named), all);
});

test("B14 E7 widget.js: entity tags, cache rules, brotli and gzip of the same bytes", async () => {
  const plain = await send(server, "/widget.js");
  assert.equal(plain.status, 200);
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.match(plain.headers.vary, /accept-encoding/i);
  assert.match(plain.headers["cache-control"], /public, max-age=\d+/);
  assert.match(plain.headers.etag, /^"[^"]+"$/);
  assert.equal(plain.headers["cross-origin-resource-policy"], "cross-origin");
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync };
  const tags = new Set([plain.headers.etag]);
  for (const [coding, decode] of Object.entries(decoders)) {
    const headers = { "Accept-Encoding": coding };
    const packed = await send(server, { path: "/widget.js", headers });
    assert.equal(packed.headers["content-encoding"], coding);
    assert.ok(decode(packed.body).equals(plain.body), `${coding} holds other bytes`);
    if (coding === "br") assert.ok(packed.body.length <= WIDGET_BYTES_MAX, `${packed.body.length}`);
    tags.add(packed.headers.etag);
    const known = { ...headers, "If-None-Match": `"other", W/${packed.headers.etag}` };
    const unchanged = await send(server, { path: "/widget.js", headers: known });
    assert.equal(unchanged.status, 304);
    assert.equal(unchanged.body.length, 0);
    assert.equal(unchanged.headers.etag, packed.headers.etag);
    for (const name of ["cache-control", "vary"]) {
      assert.equal(unchanged.headers[name], packed.headers[name]);
    }
    assertSecurityHeaders(unchanged.headers, "the 304");
  }
  assert.equal(tags.size, 3, "each form has a tag of its own");
});

test("B14 widget.js: what a client refuses or prefers is heeded", async () => {
  const codingOf = async (accepted) => {
    const headers = { "Accept-Encoding": accepted };
    return (await send(server, { path: "/widget.js", headers })).headers["content-encoding"];
  };
  assert.equal(await codingOf("gzip, deflate, br, zstd"), "br");
  assert.equal(await codingOf("gzip;q=1.0, br;q=0"), "gzip");
  assert.equal(await codingOf("br;q=0.000, *;q=0"), undefined);
  assert.equal(await codingOf("identity"), undefined);
});

test("first run: the site tells the widget what it needs", async () => {
  const { status, headers, json: site } = await send(server, "/api/v1/site");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/json");
  assert.deepEqual(Object.keys(site), [
    "title",
    "welcome",
    "suggestions",
    "responder",
    "message_max_characters",
    "conversation_days",
    "version",
  ]);
  assert.equal(site.suggestions.length, 4, site.suggestions.join());
  assert.equal(site.responder, "knowledge");
  assert.equal(site.message_max_characters, 10_000);
  assert.equal(site.conversation_days, 7);
  assert.match(site.version, /^\d+\.\d+\.\d+$/);
});

async function checkCitations(visitor, { text, citations }) {
  const cited = [...text.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
  for (const number of cited)
    assert.ok(
      citations.some((each) => each.number === number),
      text,
    );
  for (const citation of citations) {
    assert.deepEqual(Object.keys(citation), [
      "number",
      "document_id",
      "file",
      "title",
      "heading",
      "start",
      "end",
      "quote",
    ]);
    assert.ok(cited.includes(citation.number), `[${citation.number}] is not in: ${text}`);
    const read = await visitor.call("GET", `/api/v1/knowledge/documents/${citation.document_id}`);
    assert.equal(read.status, 200, read.text);
    const document = read.json;
    assert.deepEqual(Object.keys(document), ["id", "file", "title", "media_type", "text"]);
    assert.equal(document.file, citation.file);
    assert.equal(document.title, citation.title);
    assert.ok(citation.quote.length > 0);
    assert.equal(slicePoints(document.text, citation.start, citation.end), citation.quote);
  }
}

test("E9 F8 first run: suggested questions are answered, cited to the character", async () => {
  const { suggestions } = (await send(server, "/api/v1/site")).json;
  assert.equal(suggestions.length, 4);
  const visitor = await Visitor.start(server);
  for (const question of suggestions) {
    const { reply } = await visitor.answer(question);
    assert.equal(reply.finish_reason, "stop");
    assert.ok(reply.citations.length > 0, `${question}: ${reply.text}`);
    await checkCitations(visitor, reply);

    const events = await (await visitor.stream(question)).all();
    assert.equal(textOf(events), reply.text, "streamed and whole answers are the same");
    const cited = events.filter(({ event }) => event === "citation").map(({ data }) => data);
    assert.deepEqual(cited, reply.citations);
    assert.deepEqual(namesOf(events).slice(0, 2), ["accepted", "start"]);
    assert.equal(events[1].data.responder, "knowledge");
  }
});

test("F8 first run: what the documents don't hold is not made up", async () => {
  const visitor = await Visitor.start(server);
  const unknown = [
    "Who won the ice hockey final of 1987?",
    "xyzzy plugh quux",
    "Wie backt man Brot?",
    "Zebras?",
  ];
  for (const question of unknown) {
    const { reply } = await visitor.answer(question);
    assert.deepEqual(reply.citations, [], `${question}: ${reply.text}`);
    assert.match(reply.text, /(don't|doesn't|do not|does not|didn't|no|not|nothing)\b/i);
    assert.doesNotMatch(reply.text, /\[\d+\]/);
  }
  for (const wordless of ["¿?", "🎈🎈🎈", "the of and"]) {
    const { reply } = await visitor.answer(wordless);
    assert.deepEqual(reply.citations, [], wordless);
    assert.match(reply.text, /[a-z]{3}/, "it says what it needs");
  }
});

test("E9 documents of a folder: offsets count code points in every kind of file", async (t) => {
  const folder = join(server.home, "docs");
  mkdirSync(join(folder, "deep"), { recursive: true });
  writeFileSync(
    join(folder, "balloon.md"),
    "# 🎈🎈 Ballooning\n\nΑ 👩‍👩‍👧 family 🎈 café.\n\n## Price\n\n" +
      "A balloon flight 🎈 costs 240 florins " +
      "per zebra.\n",
  );
  writeFileSync(
    join(folder, "deep", "tide.txt"),
    "\uFEFF潮汐 🌊 notes\r\n\r\nThe harbour tide 🌊 rises nineteen fathoms at Grimsby.\r\n",
  );
  writeFileSync(
    join(folder, "lamp.html"),
    "<!doctype html><title>Lamps 💡</title><h1>Lamps</h1><p>A copper lantern &amp; its " +
      "wick 💡 burns for eleven fortnights.<script>alert('burns')</script>",
  );
  const own = await startServer(t, { env: { GATEHOUSE_DOCUMENTS: folder } });
  const visitor = await Visitor.start(own);
  const asked = {
    "balloon.md": ["What does a balloon flight cost?", /240 florins/],
    "deep/tide.txt": ["How far does the harbour tide rise?", /nineteen fathoms/],
    "lamp.html": ["How long does the copper lantern burn?", /eleven fortnights/],
  };
  for (const [file, [question, fact]] of Object.entries(asked)) {
    const { reply } = await visitor.answer(question);
    assert.match(reply.text, fact, `${question}: ${reply.text}`);
    assert.equal(reply.citations[0].file, file);
    await checkCitations(visitor, reply);
    assert.doesNotMatch(reply.text, /alert|<script/);
  }
});

test("E2 documents: only ids are known, and only to visitors", async () => {
  const visitor = await Visitor.start(server);
  for (const id of [
    "00000000-0000-7000-8000-000000000000",
    "..%2f..%2fetc%2fpasswd",
    "limits.md",
  ]) {
    assert.equal((await visitor.call("GET", `/api/v1/knowledge/documents/${id}`)).status, 404, id);
  }
  const stranger = await send(server, "/api/v1/knowledge/documents/" + "0".repeat(8));
  assert.equal(stranger.status, 401);
});

test("A3 D1 first run: a secret is made, announced and kept for its owner only", async (t) => {
  const own = await startServer(t, { env: BARE });
  const visitor = await Visitor.start(own);
  assert.match(own.told(), /SESSION_SECRET/);
  assert.equal(statSync(own.dataDir).mode & 0o077, 0, "the data folder is its owner's");
  const secrets = readdirSync(own.dataDir).filter((name) => /secret/.test(name));
  assert.equal(secrets.length, 1, readdirSync(own.dataDir).join());
  const file = join(own.dataDir, secrets[0]);
  assert.equal(statSync(file).mode & 0o077, 0);
  const secret = readFileSync(file, "utf8").trim();
  assert.ok(secret.length >= 32);
  own.secrets.add(secret);
  await own.restart();
  assert.equal((await visitor.call("GET", "/api/v1/conversations")).status, 200);
});

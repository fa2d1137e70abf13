import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsFromAttributes, optionsFromObject } from "../widget/options";
import { plainWords, Problem, problemFrom } from "../shared/problem";
import { explain } from "../widget/explain";
import { english } from "../widget/strings";
import { newUuid } from "../shared/uuid";
import { backoffMs } from "../widget/wait";

function collect() {
  const hints: string[] = [];
  return { hints, defaults: { server: "https://chat.example", hint: (text: string) => {
    hints.push(text);
  } } };
}

test("options of n8n's createChat", () => {
  const { hints, defaults } = collect();
  const options = optionsFromObject({
    webhookUrl: "https://n8n.example/webhook/abc/chat",
    mode: "window",
    chatInputKey: "chatInput",
    showWelcomeScreen: true,
    loadPreviousSession: false,
    enableStreaming: false,
    initialMessages: ["Hi", 3],
    defaultLanguage: "de",
    i18n: { de: { title: "Hallo", inputPlaceholder: "Frage" }, en: { title: "Hi" } },
    metadata: { plan: "pro", nested: {} },
  }, defaults);
  assert.equal(options.server, "https://chat.example");
  assert.equal(options.mode, "bubble");
  assert.equal(options.strings.title, "Hallo");
  assert.equal(options.strings.inputPlaceholder, "Frage");
  assert.equal(options.strings.getStarted, english.getStarted);
  assert.deepEqual(options.initialMessages, ["Hi"]);
  assert.deepEqual(options.metadata, { plan: "pro" });
  assert.equal(options.showsWelcomeScreen, true);
  assert.equal(options.isRestoring, false);
  assert.equal(options.isStreaming, false);
  assert.equal(hints.length, 3);
});

test("where the server is", () => {
  const { hints, defaults } = collect();
  const server = (given: Record<string, unknown>) => optionsFromObject(given, defaults).server;
  assert.equal(server({}), "https://chat.example");
  assert.equal(server({ webhookUrl: "https://gate.example/" }), "https://gate.example");
  assert.equal(server({ server: "https://own.example/x", webhookUrl: "https://n8n.example/" }),
               "https://own.example");
  assert.equal(server({ server: "javascript:alert(1)" }), "https://chat.example");
  assert.equal(hints.length, 0);
});

test("n8n's fullscreen in a target fills the target", () => {
  const { defaults } = collect();
  assert.equal(optionsFromObject({ mode: "fullscreen" }, defaults).mode, "fullscreen");
  assert.equal(optionsFromObject({ mode: "fullscreen", target: "#x" }, defaults).mode, "inline");
});

test("options of a script tag", () => {
  const { defaults } = collect();
  const data: Record<string, string> = { mode: "inline", title: "Ask us", theme: "dark",
                                         target: "#here", placeholder: "Your question" };
  const options = optionsFromAttributes((name) => data[name] ?? null, defaults);
  assert.equal(options.mode, "inline");
  assert.equal(options.theme, "dark");
  assert.equal(options.target, "#here");
  assert.equal(options.strings.title, "Ask us");
  assert.equal(options.hasOwnTitle, true);
  assert.equal(options.strings.inputPlaceholder, "Your question");
  assert.equal(options.isRestoring, true);
});

test("problems are told in words, never as HTML or JSON", async () => {
  const html = new Response("<html><h1>502 Bad Gateway</h1></html>", {
    status: 502, headers: { "content-type": "text/html" },
  });
  const words = explain(await problemFrom(html), english);
  assert.doesNotMatch(words, /[<{]|502/);
  assert.equal(plainWords('{"error":1}'), null);
  assert.equal(plainWords("Try <b>this</b>"), null);
  assert.equal(plainWords(" The message is too long. "), "The message is too long.");
  const blocked = new Problem(400, "content_blocked", "<script>", null, null);
  assert.equal(explain(blocked, english), english.errorRefused);
});

test("a limit says how long, from the body, the header, or a guess", async () => {
  const limited = (body: string, headers: Record<string, string>) =>
    problemFrom(new Response(body, { status: 429, headers }));
  const json = { "content-type": "application/problem+json" };
  assert.equal((await limited('{"retry_after_s":12}', json)).retryAfterS, 12);
  assert.equal((await limited("", { "retry-after": "7" })).retryAfterS, 7);
  assert.equal((await limited("", {})).retryAfterS, 10);
});

test("ids are UUIDs of version 7 that sort by time", () => {
  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.match(newUuid(), pattern);
  assert.ok(newUuid(1_000_000) < newUuid(2_000_000_000_000));
  assert.notEqual(newUuid(5), newUuid(5));
});

test("waiting doubles up to a bound, with jitter", () => {
  assert.equal(backoffMs(0, () => 1), 400);
  assert.equal(backoffMs(3, () => 0), 1600);
  assert.equal(backoffMs(50, () => 1), 15_000);
});

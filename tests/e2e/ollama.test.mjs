// Answers from Ollama by its own protocol, on the web and for OpenAI's clients.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Ollama as Client } from "ollama";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { Ollama } from "./support/ollama.mjs";
import { startServer } from "./support/server.mjs";

const later = untilFileEnds();
let ollama;
let server;
before(async () => {
  ollama = await Ollama.start(later);
  server = await startServer(later, { env: { ...ollama.env, GATEHOUSE_ROUTE_FAILURES_MAX: "0" } });
});

const ask = async (content, more = {}) => {
  const body = { model: "default", messages: [{ role: "user", content }], ...more };
  return send(server, { method: "POST", path: "/v1/chat/completions", body });
};
const lastBody = () => ollama.requests.items.at(-1).body;

test("the stand-in speaks as Ollama's own client understands it", async () => {
  const client = new Client({ host: ollama.url });
  const messages = [{ role: "user", content: "echo one two" }];
  const pieces = [];
  for await (const part of await client.chat({ model: "m", messages, stream: true }))
    pieces.push(part);
  assert.equal(pieces.map(({ message }) => message.content).join(""), "echo one two");
  assert.equal(pieces.at(-1).eval_count, 12);
  const failing = [{ role: "user", content: "early" }];
  await assert.rejects(async () => {
    for await (const _ of await client.chat({ model: "m", messages: failing, stream: true }));
  }, /terminated/);
});

test("C19 a question is answered, with the size of the context and the counts", async () => {
  const { status, json } = await ask("echo one two");
  assert.equal(status, 200);
  assert.equal(json.choices[0].message.content, "echo one two");
  assert.equal(json.choices[0].finish_reason, "stop");
  assert.equal(json.usage.prompt_tokens, 26);
  assert.equal(json.usage.completion_tokens, 12);
  assert.equal(lastBody().model, "llama-test");
  assert.deepEqual(lastBody().options, { num_ctx: 2048 });
});

test("C19 thinking, tools, a cut answer and the time to load come through", async () => {
  const thinking = (await ask("think")).json.choices[0].message;
  assert.equal(thinking.reasoning_content, "Let me see.");
  assert.equal(thinking.content, "Done.");
  const tools = [{ type: "function", function: { name: "weather" } }];
  const called = (await ask("tool", { tools })).json.choices[0];
  assert.equal(called.finish_reason, "tool_calls");
  assert.deepEqual(JSON.parse(called.message.tool_calls[0].function.arguments), {
    city: "Wien",
    days: 2,
  });
  const cut = (await ask("long")).json;
  assert.equal(cut.choices[0].finish_reason, "length");
  assert.equal(cut.usage.load_ms, 2500);
});

test("C19 bytes that come one by one, in the middle of characters, are one answer", async () => {
  const { json } = await ask("bytes");
  assert.equal(json.choices[0].message.content, "\u{1F600} Gr\u00fc\u00dfe");
});

test("C19 an image goes as base64, one by address is refused in words", async () => {
  const content = (url) => [
    { type: "text", text: "echo look" },
    { type: "image_url", image_url: { url } },
  ];
  await ask(content("data:image/png;base64,iVBORw0KGgo="));
  assert.deepEqual(lastBody().messages[0].images, ["iVBORw0KGgo="]);
  const before = ollama.requests.items.length;
  const refused = await ask(content("https://example.com/a.png"));
  assert.equal(refused.status, 400);
  assert.equal(refused.json.error.param, "messages[0].content");
  assert.equal(ollama.requests.items.length, before, "and nothing is asked");
});

test("C19 a prompt over the context loses its oldest messages, and it is told", async () => {
  const old = { role: "user", content: "old ".repeat(1500) };
  const messages = [
    { role: "system", content: "Be kind." },
    old,
    { role: "assistant", content: "yes" },
    { role: "user", content: "echo now" },
  ];
  const { json } = await ask("", { messages });
  assert.equal(json.usage.dropped_messages, 1);
  assert.deepEqual(
    lastBody().messages.map(({ role }) => role),
    ["system", "assistant", "user"],
  );
  const entry = await server.log.first(({ event }) => event === "PROMPT_SHORTENED", "the log");
  assert.equal(entry.dropped_messages, 1);
  const tooLong = await ask("x".repeat(9000));
  assert.equal(tooLong.status, 413);
});

test("errors within answers, pages, missing models and answers without end are told", async () => {
  for (const word of ["error", "early", "page", "missing", "short"]) {
    const { status, json } = await ask(word);
    assert.ok(status >= 400, `${word}: ${status}`);
    assert.ok(json.error.message.length > 10, word);
    assert.ok(!/runner|nginx|<h1>/.test(json.error.message), json.error.message);
  }
});

test("a client that leaves ends the answer behind", async () => {
  const controller = new AbortController();
  const asked = fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      model: "default",
      stream: true,
      messages: [{ role: "user", content: "wait here" }],
    }),
    signal: controller.signal,
  });
  await asked;
  const answer = await ollama.requests.first(({ question }) => question === "wait here", "it");
  controller.abort();
  await answer.closed;
});

test("/v1/models names its model", async () => {
  const { json } = await send(server, "/v1/models");
  assert.ok(json.data.some(({ id }) => id === "llama-test"));
});

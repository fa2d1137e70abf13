// The official OpenAI SDK against /v1: what it is made for must simply work.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import OpenAI from "openai";
import { assertOpenAiError } from "./support/checks.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { HARD_TEXT } from "./support/scripts.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";

const KEY = "test-key-of-a-program-0123456789";
const later = untilFileEnds();
let upstream;
let server;
let client;
before(async () => {
  upstream = await Upstream.start(later);
  server = await startServer(later, {
    env: { ...upstream.env, GATEHOUSE_API_KEYS: `program:${KEY}` },
  });
  server.secrets.add(KEY);
  client = clientOf(server);
});

function clientOf({ url }, apiKey = KEY) {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}
const asks = (content, more = {}) => ({
  model: "gpt-test",
  messages: [{ role: "user", content }],
  ...more,
});
const create = (content, more) => client.chat.completions.create(asks(content, more));

async function chunksOf(content, more) {
  const chunks = [];
  for await (const chunk of await create(content, { stream: true, ...more })) chunks.push(chunk);
  return chunks;
}
const contentOf = (chunks, index = 0) =>
  chunks
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? "")
    .join("");

test("models.list names what can be asked", async () => {
  const { data } = await client.models.list();
  const ids = data.map(({ id }) => id);
  assert.ok(ids.includes("test-model"), ids.join());
  for (const model of data) {
    assert.deepEqual(Object.keys(model).sort(), ["created", "id", "object", "owned_by"]);
    assert.equal(model.object, "model");
  }
});

test("a whole completion", async () => {
  const completion = await create(HARD_TEXT);
  assert.equal(completion.object, "chat.completion");
  assert.match(completion.id, /^chatcmpl-/);
  assert.ok(Math.abs(completion.created - Date.now() / 1000) < 60);
  assert.equal(completion.model, "gpt-test");
  assert.deepEqual(
    completion.choices.map(({ index }) => index),
    [0],
  );
  assert.deepEqual(completion.choices[0].message, {
    role: "assistant",
    content: HARD_TEXT,
    refusal: null,
  });
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.deepEqual(completion.usage, { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
});

test("a streamed completion has the shape the SDK's types promise", async () => {
  const chunks = await chunksOf("one two three four");
  assert.equal(contentOf(chunks), "one two three four");
  const { id, created } = chunks[0];
  for (const chunk of chunks) {
    assert.deepEqual(
      [chunk.id, chunk.created, chunk.object, chunk.model],
      [id, created, "chat.completion.chunk", "gpt-test"],
    );
    assert.equal(chunk.choices.length, 1, "no usage was asked for");
  }
  assert.deepEqual(chunks[0].choices[0].delta, { role: "assistant", content: "" });
  assert.deepEqual(chunks.at(-1).choices[0].delta, {});
  assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
  assert.ok(chunks.slice(0, -1).every(({ choices }) => choices[0].finish_reason === null));
});

test("words arrive one by one, not at the end", async () => {
  // A stream begins with its first word, so that errors before it can have a status.
  upstream.open("sdk-1");
  const stream = await create("gated sdk 2", { stream: true });
  const reader = stream[Symbol.asyncIterator]();
  const nextText = async () => {
    while (true) {
      const { value, done } = await reader.next();
      if (done) return null;
      if (value.choices[0].delta.content) return value.choices[0].delta.content;
    }
  };
  assert.equal(await nextText(), "word1 ");
  upstream.open("sdk-2");
  assert.equal(await nextText(), "word2 ");
  upstream.open("sdk-end");
  assert.equal(await nextText(), null);
});

test("include_usage: one more chunk with usage and no choices, null before", async () => {
  const chunks = await chunksOf("one two", { stream_options: { include_usage: true } });
  const last = chunks.pop();
  assert.deepEqual(last.choices, []);
  assert.deepEqual(last.usage, { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
  for (const chunk of chunks) assert.equal(chunk.usage, null);
});

test("tool calls, whole and streamed in pieces by two indices", async () => {
  const tools = [
    { type: "function", function: { name: "weather", parameters: { type: "object" } } },
  ];
  const whole = await create("tools please", { tools });
  assert.equal(whole.choices[0].finish_reason, "tool_calls");
  assert.equal(whole.choices[0].message.content, null);
  assert.deepEqual(whole.choices[0].message.tool_calls, [
    { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Köln"}' } },
  ]);

  const runner = client.chat.completions.stream(asks("tools please", { tools }));
  const { message, finish_reason: reason } = (await runner.finalChatCompletion()).choices[0];
  assert.equal(reason, "tool_calls");
  assert.deepEqual(
    message.tool_calls.map(({ id, function: call }) => [id, call.name, call.arguments]),
    [
      ["call_1", "weather", '{"city":"Köln"}'],
      ["call_2", "time", "{}"],
    ],
  );
});

test("what a program sets passes on unchanged: tools, images, temperature", async () => {
  const body = asks("echo all", {
    temperature: 0.25,
    seed: 7,
    stop: ["x"],
    response_format: { type: "json_object" },
    user: "u1",
    tools: [{ type: "function", function: { name: "f", parameters: {} } }],
    logit_bias: { 50256: -100 },
  });
  body.messages = [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "look" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "c1", content: "42" },
    { role: "user", content: "passthrough now" },
  ];
  await client.chat.completions.create(body);
  const exchange = await upstream.asked("passthrough now");
  assert.deepEqual(exchange.body, body);
});

test("the model `default` is the operator's", async () => {
  await client.chat.completions.create({ ...asks("default model"), model: "default" });
  assert.equal((await upstream.asked("default model")).body.model, "test-model");
});

test("n=2: whole and streamed, each choice by itself", async () => {
  const whole = await create("choices please", { n: 2 });
  assert.deepEqual(
    whole.choices.map(({ index, message }) => [index, message.content]),
    [
      [0, "choice 0"],
      [1, "choice 1"],
    ],
  );
  const chunks = await chunksOf("choices please", { n: 2 });
  assert.equal(contentOf(chunks, 0), "one0 two0 three0 ");
  assert.equal(contentOf(chunks, 1), "one1 two1 three1 ");
  const reasons = chunks
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.finish_reason)
    .map(({ index, finish_reason: reason }) => `${index} ${reason}`)
    .sort();
  assert.deepEqual(reasons, ["0 stop", "1 length"]);
});

test("reasoning keeps its own place", async () => {
  const chunks = await chunksOf("reasoning please");
  const reasoning = chunks.map(({ choices }) => choices[0]?.delta.reasoning_content ?? "").join("");
  assert.equal(reasoning, "Let me think.");
  assert.equal(contentOf(chunks), "Done.");
});

test("E3 errors arrive as the SDK's own classes", async () => {
  const cases = [
    ["bad400", OpenAI.BadRequestError, { param: null }, /temperature is too high/],
    ["model404", OpenAI.NotFoundError, {}, /does not exist/],
    ["busy429", OpenAI.RateLimitError, { code: "rate_limit_exceeded" }, /./],
    ["fault500", OpenAI.InternalServerError, { status: 502 }, /./],
    ["key401", OpenAI.InternalServerError, { status: 502 }, /./],
    ["away503", OpenAI.InternalServerError, { status: 503 }, /./],
    ["error200", OpenAI.InternalServerError, { status: 502 }, /./],
    ["string200", OpenAI.InternalServerError, { status: 502 }, /./],
    ["empty200", OpenAI.InternalServerError, { status: 502 }, /./],
    ["page200", OpenAI.InternalServerError, { status: 502 }, /./],
    ["page502", OpenAI.InternalServerError, { status: 502 }, /./],
    ["nothing", OpenAI.InternalServerError, { status: 502 }, /./],
    ["moved", OpenAI.InternalServerError, { status: 502 }, /./],
  ];
  for (const [script, kind, members, words] of cases) {
    for (const stream of [false, true]) {
      const error = await create(`${script} please`, { stream }).then(
        () => assert.fail(`${script} succeeded`),
        (problem) => problem,
      );
      assert.ok(error instanceof kind, `${script}: ${error.constructor.name} ${error.message}`);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /[<>]|nginx|main\.go|sk-|panic|169\.254/, script);
      for (const [name, value] of Object.entries(members)) {
        if (name !== "param") assert.equal(error[name], value, `${script} ${name}`);
      }
      assert.deepEqual(
        Object.keys(error.error).sort(),
        ["code", "message", "param", "type"],
        script,
      );
    }
  }
});

test("429 of the backend brings its Retry-After along", async () => {
  const error = await create("busy429 please").catch((problem) => problem);
  assert.equal(error.headers.get("retry-after"), "7");
});

test("a wrong key, or none: AuthenticationError, and nothing is asked", async () => {
  const asked = upstream.requests.items.length;
  for (const key of [
    "test-key-of-nobody-0123456789",
    `${KEY}x`,
    KEY.slice(0, -1),
    KEY.toUpperCase(),
  ]) {
    const error = await clientOf(server, key)
      .models.list()
      .catch((problem) => problem);
    assert.ok(error instanceof OpenAI.AuthenticationError, error.message);
    assert.equal(error.code, "invalid_api_key");
  }
  const none = await send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    body: asks("x"),
  });
  assertOpenAiError(none, { status: 401, code: "invalid_api_key" });
  assert.equal(upstream.requests.items.length, asked);
});

test("a server that can't be reached: APIConnectionError", async () => {
  const error = await clientOf({ url: "http://127.0.0.1:9" })
    .models.list()
    .catch((problem) => problem);
  assert.ok(error instanceof OpenAI.APIConnectionError);
});

test("a backend that can't be reached: InternalServerError in plain words", async (t) => {
  const env = { ...upstream.env, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  const own = await startServer(t, { env });
  for (const stream of [false, true]) {
    const error = await clientOf(own)
      .chat.completions.create(asks("x", { stream }))
      .catch((problem) => problem);
    assert.ok(error instanceof OpenAI.InternalServerError, error.message);
    assert.match(error.message, /reach/);
  }
});

test("our own limit: RateLimitError with Retry-After", async (t) => {
  const env = { ...upstream.env, RATE_LIMIT_REQUESTS: "2", GATEHOUSE_API_KEYS: `a:${KEY}` };
  const own = await startServer(t, { env });
  const limited = clientOf(own);
  for (let i = 0; i < 2; i += 1) await limited.chat.completions.create(asks("x"));
  const error = await limited.chat.completions.create(asks("x")).catch((problem) => problem);
  assert.ok(error instanceof OpenAI.RateLimitError, error.message);
  assert.match(error.headers.get("retry-after"), /^[1-9]\d*$/);
  assert.ok(error.headers.get("ratelimit-policy").includes("q=2"));
});

test("aborting a stream closes the backend at once", async () => {
  upstream.open("abort-1");
  const stream = await create("gated abort 9", { stream: true });
  for await (const chunk of stream) if (chunk.choices[0].delta.content) break;
  stream.controller.abort();
  assert.equal(await (await upstream.asked("gated abort 9")).closed(), true);
});

test("aborting before the first byte, streamed and whole, closes the backend", async () => {
  for (const stream of [true, false]) {
    const aborter = new AbortController();
    const question = `silence ${stream}`;
    const pending = client.chat.completions.create(asks(question, { stream }), {
      signal: aborter.signal,
    });
    const exchange = await upstream.asked(question);
    aborter.abort();
    await assert.rejects(pending, OpenAI.APIUserAbortError);
    assert.equal(await exchange.closed(), true);
  }
});

test("without a backend the documents answer here, too", async (t) => {
  const own = await startServer(t, {});
  const documents = clientOf(own, "unused-in-development");
  const { data } = await documents.models.list();
  const body = { model: data[0].id, messages: [{ role: "user", content: "How do limits work?" }] };
  const whole = await documents.chat.completions.create(body);
  assert.match(whole.choices[0].message.content, /\[1\]/);
  let streamed = "";
  for await (const chunk of await documents.chat.completions.create({ ...body, stream: true })) {
    streamed += chunk.choices[0]?.delta.content ?? "";
  }
  assert.equal(streamed, whole.choices[0].message.content);
});

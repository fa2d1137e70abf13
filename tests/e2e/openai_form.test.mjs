// /v1 byte by byte: streams end in valid form whatever the backend does, errors are whole.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { before, test } from "node:test";
import { assertOpenAiError, assertOpenAiErrorBody } from "./support/checks.mjs";
import { openStream, send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { BROKEN, HARD_TEXT, ODD } from "./support/scripts.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";

const later = untilFileEnds();
let upstream;
let server;
before(async () => {
  upstream = await Upstream.start(later);
  const env = {
    ...upstream.env,
    OPENAI_IDLE_TIMEOUT_MS: "500",
    OPENAI_FIRST_BYTE_TIMEOUT_MS: "500",
    GATEHOUSE_HEARTBEAT_MS: "1000",
  };
  server = await startServer(later, { env });
});

const asks = (content, more = {}) => ({
  model: "gpt-test",
  messages: [{ role: "user", content }],
  ...more,
});
const post = (body, headers) =>
  send(server, { method: "POST", path: "/v1/chat/completions", body, headers });

/** A stream's text and error, after checking every line of it against OpenAI's form. */
async function readStream(content, more) {
  const stream = await openStream(server, {
    method: "POST",
    path: "/v1/chat/completions",
    body: asks(content, { stream: true, ...more }),
  });
  const events = await stream.all();
  assert.ok(stream.isComplete, "the response ends properly");
  assert.match(stream.text, /^(data: [^\n]+\n\n|: ping\n\n)*$/, "data lines and comments only");
  const last = events.pop();
  assert.equal(last.data, "[DONE]", `ends with ${JSON.stringify(last)}`);
  const errors = events.filter(({ data }) => data.error).map(({ data }) => data);
  for (const error of errors) assertOpenAiErrorBody(error);
  assert.ok(errors.length <= 1);
  if (errors.length === 1) assert.equal(events.at(-1).data, errors[0], "nothing behind an error");
  const chunks = events.map(({ data }) => data).filter(({ error }) => !error);
  for (const chunk of chunks) checkChunk(chunk, chunks[0]);
  const deltas = chunks.flatMap(({ choices }) => choices);
  return {
    chunks,
    error: errors[0]?.error,
    text: deltas.map(({ delta }) => delta.content ?? "").join(""),
    reasons: deltas.map((choice) => choice.finish_reason).filter(Boolean),
  };
}

function checkChunk(chunk, first) {
  assert.equal(chunk.object, "chat.completion.chunk");
  assert.deepEqual([chunk.id, chunk.created], [first.id, first.created]);
  assert.equal(typeof chunk.model, "string");
  for (const choice of chunk.choices) {
    assert.deepEqual(Object.keys(choice).sort(), ["delta", "finish_reason", "index", "logprobs"]);
    assert.ok(Number.isInteger(choice.index));
  }
}

for (const script of Object.keys(ODD)) {
  test(`a backend that streams oddly loses nothing: ${script}`, async () => {
    const { text, error, reasons } = await readStream(`${script} please`);
    assert.equal(error, undefined);
    assert.equal(text, HARD_TEXT);
    assert.deepEqual(reasons, ["stop"]);
  });
}

for (const script of Object.keys(BROKEN)) {
  test(`a backend that breaks off: its text, one error, the end: ${script}`, async () => {
    const { text, error, reasons } = await readStream(`${script} please`);
    assert.equal(text, "Half an ");
    assert.ok(error, "an error must be told");
    assert.doesNotMatch(error.message, /CUDA|\/opt|nginx|[<>]/);
    assert.deepEqual(reasons, [], "what broke off has no reason to have finished");
  });
}

test("silence is filled with comments until the backend's time is over", async (t) => {
  const own = await startServer(t, { env: { ...upstream.env, GATEHOUSE_HEARTBEAT_MS: "1000" } });
  const stream = await openStream(own, {
    method: "POST",
    path: "/v1/chat/completions",
    body: asks("held ping", { stream: true }),
  });
  await stream.comment();
  upstream.open("held ping");
  const events = await stream.all();
  assert.equal(events.at(-1).data, "[DONE]");
});

test("a backend that is silent from the start: 504 in OpenAI's form", async () => {
  for (const stream of [false, true]) {
    const response = await post(asks("silence please", { stream }));
    assertOpenAiError(response, { status: 504 });
  }
});

test("D5 what is wrong with a request is named by param, with all four members", async () => {
  const messages = [{ role: "user", content: "x" }];
  const bad = [
    [{ messages }, "model"],
    [{ model: 5, messages }, "model"],
    [{ model: "", messages }, "model"],
    [{ model: "m" }, "messages"],
    [{ model: "m", messages: [] }, "messages"],
    [{ model: "m", messages: "x" }, "messages"],
    [{ model: "m", messages: ["x"] }, "messages[0]"],
    [{ model: "m", messages: [{ role: "robot", content: "x" }] }, "messages[0].role"],
    [{ model: "m", messages: [{ role: "user" }] }, "messages[0].content"],
    [{ model: "m", messages: [{ role: "user", content: 5 }] }, "messages[0].content"],
    [{ model: "m", messages: [{ role: "user", content: [{}] }] }, "messages[0].content[0]"],
    [{ model: "m", messages, stream: "yes" }, "stream"],
    [{ model: "m", messages, n: 0 }, "n"],
    [{ model: "m", messages, n: 17 }, "n"],
    [{ model: "m", messages, n: 1.5 }, "n"],
    [{ model: "m", messages, stream_options: 1 }, "stream_options"],
    [{ model: "m", messages: [{ role: "user", content: "a\0b" }] }, "messages"],
  ];
  for (const [body, param] of bad) {
    assertOpenAiError(await post(body), { status: 400, param });
  }
});

test("refusals of the guard and the server have OpenAI's form here, too", async () => {
  assertOpenAiError(await post("{not json"), { status: 400 });
  assertOpenAiError(await post('{"model":"a","model":"b","messages":[]}'), { status: 400 });
  assertOpenAiError(await post("[]"), { status: 400 });
  assertOpenAiError(await post("{}", { "Content-Type": "text/plain" }), { status: 415 });
  assertOpenAiError(await post(asks("x"), { Origin: "https://evil.example" }), { status: 403 });
  assertOpenAiError(await post(asks("x"), { Host: "evil.example" }), { status: 403 });
  assertOpenAiError(await post(asks("x".repeat(1_100_000))), { status: 413 });
  const wrongMethod = await send(server, "/v1/chat/completions");
  assertOpenAiError(wrongMethod, { status: 405 });
  assert.match(wrongMethod.headers.allow, /POST/);
  for (const path of ["/v1/nothing", "/v1/models/none", "/v1/", "/v1"]) {
    const { status, text } = await send(server, path);
    assert.equal(status, 404, path);
    if (path.startsWith("/v1/")) assertOpenAiErrorBody(JSON.parse(text));
  }
});

test("/v1 keeps no conversation: what programs say is not stored", async () => {
  await post(asks("unforgettable words of a program"));
  await server.stop();
  for (const name of readdirSync(server.dataDir)) {
    const bytes = readFileSync(`${server.dataDir}/${name}`);
    assert.ok(!bytes.includes("unforgettable words"), name);
  }
});

// Limits of tokens and of a whole site: reserved before a backend is asked, settled when it has
// answered, told in the headers of the next request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOpenAiError, assertProblem, rateItems } from "./support/checks.mjs";
import { openStream, send, Visitor } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const RESERVED = 100;
const MINUTE = "GATEHOUSE_LIMITS_TOKENS_PER_MINUTE";
const DAY = "GATEHOUSE_LIMITS_TOKENS_PER_DAY";
const WALLET = "GATEHOUSE_LIMITS_SITE_TOKENS_PER_DAY";
const USED = 12; // what the backend of the tests tells

async function start(t, env) {
  const upstream = await Upstream.start(t);
  const own = { GATEHOUSE_LIMITS_TOKENS_RESERVED: String(RESERVED), ...env };
  return { upstream, server: await startServer(t, { env: { ...upstream.env, ...own } }) };
}

const completion = (content, more = {}) => ({
  method: "POST",
  path: "/v1/chat/completions",
  body: { model: "m", messages: [{ role: "user", content }], ...more },
});
const ask = (server, content, more, options = {}) =>
  send(server, { ...completion(content, more), ...options });
const left = ({ headers }, name) =>
  rateItems(headers.ratelimit).find((item) => item.name === name)?.r;
const tokensOf = (text) => Math.ceil(Buffer.byteLength(text) / 4);
/** What a request leaves of `before` while it runs. */
const reserving = (before, text, reply = RESERVED) => before - tokensOf(text) - reply;

test("B1 tokens on /v1: reserved, and settled by what the backend tells", async (t) => {
  const { server } = await start(t, { [MINUTE]: "1000", [DAY]: "50000" });
  const first = await ask(server, "hello");
  assert.equal(first.status, 200, first.text);
  assert.equal(left(first, "tokens-minute"), reserving(1000, "hello"));
  assert.equal(left(first, "tokens-day"), reserving(50000, "hello"));
  const policies = rateItems(first.headers["ratelimit-policy"]);
  assert.ok(policies.some(({ name, q, w }) => name === "tokens-day" && q === 50000 && w === 86400));
  const second = await ask(server, "hello", { max_tokens: 7 });
  assert.equal(left(second, "tokens-minute"), reserving(1000 - USED, "hello", 7));
  const streamed = await openStream(
    server,
    completion("hello", { stream: true, stream_options: { include_usage: true } }),
  );
  assert.equal(left(streamed, "tokens-minute"), reserving(1000 - 2 * USED, "hello"));
  await streamed.all();
  const third = await ask(server, "hello", { max_completion_tokens: 5, n: 2 });
  assert.equal(left(third, "tokens-minute"), reserving(1000 - 3 * USED, "hello", 10));
});

test("without usage tokens are counted from what was sent and received", async (t) => {
  const { server } = await start(t, { [MINUTE]: "1000" });
  const streamed = await openStream(server, completion("words 3", { stream: true }));
  await streamed.all();
  const spent = tokensOf("words 3" + "word1 word2 word3 ");
  const next = await ask(server, "hello");
  assert.equal(left(next, "tokens-minute"), reserving(1000 - spent, "hello"));
});

test("B1 a reservation holds while its answer runs, and a refusal says which limit", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "300" });
  const running = ask(server, "held first", { max_tokens: 200 });
  await upstream.asked("held first");
  const refused = await ask(server, "hello", { max_tokens: 200 });
  const error = assertOpenAiError(refused, { status: 429, code: "rate_limit_exceeded" });
  assert.match(error.message, /tokens of this minute/);
  assert.match(refused.headers["retry-after"], /^[1-9]\d*$/);
  assert.equal(left(refused, "tokens-minute"), 300 - tokensOf("held first") - 200);
  assert.equal(upstream.count("hello"), 0, "the backend was not asked");
  const small = await ask(server, "hello", { max_tokens: 50 });
  assert.equal(small.status, 200, "what fits beside it is let in");
  upstream.open("held first");
  assert.equal((await running).status, 200);
  assert.equal((await ask(server, "hello", { max_tokens: 200 })).status, 200);
  const { evidence } = await server.logged("RATE_LIMIT_EXCEEDED");
  assert.equal(evidence, "tokens-minute");
});

test("what no wait would let in is refused by the member at fault", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "300" });
  const long = "word ".repeat(300);
  const cases = [
    ["hello", { max_tokens: 5000 }, "max_tokens"],
    ["hello", { max_completion_tokens: 299 }, "max_completion_tokens"],
    ["hello", { max_tokens: 150, n: 2 }, "max_tokens"],
    [long, {}, "messages"],
  ];
  for (const [content, more, param] of cases) {
    const refused = await ask(server, content, more);
    assertOpenAiError(refused, { status: 400, param });
    assert.equal(refused.headers["retry-after"], undefined);
  }
  const visitor = await Visitor.start(server);
  assertProblem(await visitor.chat(long), { status: 400, code: "invalid", field: "message" });
  assert.equal(upstream.requests.items.length, 0);
  assert.equal((await ask(server, "hello")).status, 200, "refusals cost no tokens");
});

test("an answer dearer than its limit is a debt, and later requests wait for it", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "1000" });
  upstream.scripts.dear = (x) =>
    x.json(200, {
      object: "chat.completion",
      model: "m",
      choices: [
        { index: 0, message: { role: "assistant", content: "dear" }, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 4000, completion_tokens: 1000, total_tokens: 5000 },
    });
  assert.equal((await ask(server, "dear")).status, 200);
  const refused = await ask(server, "hello", { max_tokens: 1 });
  assertOpenAiError(refused, { status: 429, code: "rate_limit_exceeded" });
  assert.equal(left(refused, "tokens-minute"), 0);
  const wait = Number(refused.headers["retry-after"]);
  assert.ok(wait >= 55 && wait <= 64, `${wait} s`);
});

test("a backend that refuses costs nothing; leaving it early gives nothing back", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "1000" });
  for (const script of ["fault500", "busy429", "nothing"]) await ask(server, script);
  const leaving = new AbortController();
  const gone = ask(server, "held back", { max_tokens: 300 }, { signal: leaving.signal });
  await upstream.asked("held back");
  leaving.abort();
  await assert.rejects(gone);
  const before = 1000 - tokensOf("held back") - 300;
  await upstream.requests.items.at(-1).closed();
  const next = await ask(server, "hello");
  assert.equal(left(next, "tokens-minute"), reserving(before, "hello"));
  const again = await ask(server, "hello");
  assert.equal(left(again, "tokens-minute"), reserving(before - USED, "hello"));
});

test("a backend that can't be reached costs nothing", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "1000" });
  upstream.close();
  for (let i = 0; i < 3; i += 1) {
    const failed = await ask(server, "hello");
    assert.equal(failed.status, 502);
    assert.equal(left(failed, "tokens-minute"), reserving(1000, "hello"));
  }
});

test("B1 tokens in a conversation: per session, whole and streamed, once a message", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "400" });
  const visitor = await Visitor.start(server);
  const first = await visitor.chat("hello");
  assert.equal(left(first, "tokens-minute"), reserving(400, "hello"));
  const stream = await visitor.stream("hello");
  assert.equal(left(stream, "tokens-minute"), reserving(400 - USED, "hello"));
  await stream.all();
  const named = { message_id: "0199a0b0-0000-7000-8000-00000000abcd" };
  await visitor.answer("hello", named);
  const repeated = await visitor.chat("hello", named);
  assert.equal(repeated.status, 200);
  assert.equal(left(repeated, "tokens-minute"), reserving(400 - 3 * USED, "hello"));
  const after = await visitor.chat("hello");
  const spent = 3 * USED;
  assert.equal(left(after, "tokens-minute"), reserving(400 - spent, "hello"), "the repeat is free");
  const other = await Visitor.start(server);
  assert.equal(left(await other.chat("hello"), "tokens-minute"), reserving(400, "hello"));

  const held = [1, 2, 3].map((i) => visitor.chat(`held ${i}`));
  for (const i of [1, 2, 3]) await upstream.asked(`held ${i}`);
  const refused = await visitor.chat("hello");
  const problem = assertProblem(refused, { status: 429, code: "rate_limited", retry: true });
  assert.match(problem.detail, /tokens of this minute/);
  for (const i of [1, 2, 3]) upstream.open(`held ${i}`);
  for (const answer of held) assert.equal((await answer).status, 200);
  assert.equal((await visitor.chat("hello")).status, 200);
});

test("a turn that outlives its client is settled when it ends", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "1000" });
  const visitor = await Visitor.start(server);
  const question = "gated out 2";
  const stream = await visitor.stream(question);
  const { conversation_id: id } = (await stream.next("accepted")).data;
  await upstream.asked(question);
  stream.close();
  const meanwhile = await visitor.chat("hello");
  const before = reserving(1000, question);
  assert.equal(left(meanwhile, "tokens-minute"), reserving(before, "hello"));
  for (const step of [1, 2, "end"]) upstream.open(`out-${step}`);
  await eventually(
    async () => (await visitor.reply(id)).status === "complete",
    "the turn to end without its client",
  );
  const spent = tokensOf(question + "word1 word2 ") + USED;
  const after = await visitor.chat("hello");
  assert.equal(left(after, "tokens-minute"), reserving(1000 - spent, "hello"));
});

test("B1 the wallet of a site: one for sessions and keys, told only when it refuses", async (t) => {
  const { server, upstream } = await start(t, { [WALLET]: "250" });
  const ada = await Visitor.start(server);
  const bob = await Visitor.start(server);
  const first = ada.chat("held ada");
  const second = ask(server, "held key");
  await Promise.all([upstream.asked("held ada"), upstream.asked("held key")]);
  const refused = await bob.chat("hello");
  const problem = assertProblem(refused, { status: 429, code: "rate_limited", retry: true });
  assert.match(problem.detail, /This site has used up its tokens/);
  assert.equal(left(refused, "site-tokens-day"), reserving(reserving(250, "held ada"), "held key"));
  const onV1 = await ask(server, "hello");
  assertOpenAiError(onV1, { status: 429, code: "rate_limit_exceeded" });
  assert.equal(left(onV1, "site-tokens-day"), left(refused, "site-tokens-day"));
  upstream.open("held ada");
  upstream.open("held key");
  for (const answer of [await first, await second]) {
    assert.equal(answer.status, 200);
    assert.equal(left(answer, "site-tokens-day"), undefined);
  }
  assert.equal((await bob.chat("hello")).status, 200, "what was settled is there again");
});

test("B1 messages of a whole site in a minute, whoever sends them", async (t) => {
  const { server } = await start(t, { GATEHOUSE_LIMITS_SITE_PER_MINUTE: "3" });
  const ada = await Visitor.start(server);
  const bob = await Visitor.start(server);
  const answers = [await ada.chat("hello"), await bob.chat("hello"), await ask(server, "hello")];
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.equal(left(answer, "site"), undefined);
  }
  const refused = await bob.chat("hello");
  assertProblem(refused, { status: 429, code: "rate_limited", retry: true });
  assert.equal(left(refused, "site"), 0);
  assertOpenAiError(await ask(server, "hello"), { status: 429, code: "rate_limit_exceeded" });
  assert.equal((await ada.call("GET", "/api/v1/conversations")).status, 200, "reading goes on");
});

test("tokens of a day outlive a restart", async (t) => {
  const { server } = await start(t, { [DAY]: "1000" });
  await ask(server, "hello");
  await server.restart();
  assert.equal(left(await ask(server, "hello"), "tokens-day"), reserving(1000 - USED, "hello"));
});

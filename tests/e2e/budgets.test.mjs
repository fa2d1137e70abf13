// Budgets in tokens and in money: what an answer takes is reserved while it grows, and where a
// budget has no more, the answer ends in the middle.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertOpenAiError, assertProblem, rateItems } from "./support/checks.mjs";
import { openStream, send, Visitor } from "./support/client.mjs";
import { prepareServer, runBinary, startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually, pause } from "./support/waiting.mjs";

const MINUTE = "GATEHOUSE_LIMITS_TOKENS_PER_MINUTE";
const PRICES = "GATEHOUSE_PRICES_MODELS";
const MONEY = "GATEHOUSE_LIMITS_MONEY_PER_DAY";
const RESERVED = 100;
const USED = { prompt: 7, reply: 5 }; // what the backend of the tests tells

/** Says "four" for as long as somebody listens: a token each. */
async function endless(x) {
  if (!x.body.stream) {
    const message = { role: "assistant", content: "four".repeat(2000) };
    return x.json(200, { model: "m", choices: [{ index: 0, message, finish_reason: "stop" }] });
  }
  x.start();
  await x.delta({ role: "assistant", content: "" });
  while (!x.response.destroyed) {
    await x.say("four");
    await pause(0);
  }
}

async function start(t, env = {}, more = {}) {
  const upstream = await Upstream.start(t);
  upstream.scripts.endless = endless;
  const own = { ...upstream.env, GATEHOUSE_LIMITS_TOKENS_RESERVED: String(RESERVED), ...env };
  return { upstream, server: await startServer(t, { env: own, ...more }) };
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
const STREAMED = { stream: true, stream_options: { include_usage: true } };

/** The text, the reason of the end and the usage of a stream on /v1. */
async function readStream(stream) {
  const seen = { text: "", finish: null, usage: null, last: null };
  for (let event = await stream.next(); event; event = await stream.next()) {
    seen.last = event.data;
    seen.text += event.data.choices?.[0]?.delta?.content ?? "";
    seen.finish ??= event.data.choices?.[0]?.finish_reason ?? null;
    seen.usage = event.data.usage ?? seen.usage;
  }
  return seen;
}

function assertUsedUp(response, name) {
  assertOpenAiError(response, { status: 429, code: "rate_limit_exceeded" });
  assert.match(response.headers["retry-after"], /^[1-9]\d*$/);
  assert.ok(left(response, name) !== undefined, response.headers.ratelimit);
}

test("F6 a stream on /v1 ends with its budget, and its backend is left at once", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "300" });
  const stream = await openStream(server, completion("endless", STREAMED));
  const { text, finish, usage, last } = await readStream(stream);
  assert.equal(finish, "length");
  assert.equal(text.length / 4, 300 - tokensOf("endless"), "to the last token, and no more");
  assert.equal(last, "[DONE]");
  assert.equal(usage.prompt_tokens, tokensOf("endless"));
  assert.ok(usage.completion_tokens >= text.length / 4, JSON.stringify(usage));
  assert.equal(await upstream.requests.items[0].closed(), true, "the backend was left at once");
  assertUsedUp(await ask(server, "hello"), "tokens-minute");
  const cut = await server.logged("RATE_LIMIT_EXCEEDED", ({ rule }) => rule === "limit.cut");
  assert.equal(cut.evidence, "tokens-minute");
  const metrics = await send(server, "/metrics");
  assert.match(metrics.text, /^gatehouse_answers_cut_total 1$/m);
  const id = stream.headers["x-request-id"];
  const told = await eventually(async () => {
    const { code, stdout } = await runBinary(["explain", id, "--data-dir", server.dataDir]);
    return code === 0 && stdout;
  }, "the explanation");
  assert.match(told, /was answered, and cut where its budget ended\./);
  assert.match(told, /seen +tokens-minute/);
});

test("F6 a whole answer is cut, too; a cut stream tells its usage only if asked to", async (t) => {
  const { server } = await start(t, { [MINUTE]: "300" });
  const whole = await ask(server, "endless");
  assert.equal(whole.status, 200, whole.text);
  const [choice] = whole.json.choices;
  assert.equal(choice.finish_reason, "length");
  assert.equal(choice.message.content, "four".repeat(300 - tokensOf("endless")));
  assert.ok(whole.json.usage.completion_tokens > 0);
  assertUsedUp(await ask(server, "hello"), "tokens-minute");
  const other = await start(t, { [MINUTE]: "300" });
  const stream = await openStream(other.server, completion("endless", { stream: true }));
  const { finish, usage } = await readStream(stream);
  assert.deepEqual({ finish, usage }, { finish: "length", usage: null });
});

test("F6 on the web a cut answer names its budget, and is kept as it was shown", async (t) => {
  const { server, upstream } = await start(t, { [MINUTE]: "300" });
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream("endless");
  const events = await stream.until("end");
  const end = events.at(-1).data;
  assert.deepEqual(Object.keys(end), ["reply_id", "finish_reason", "budget"]);
  assert.equal(end.finish_reason, "length");
  assert.equal(end.budget, "tokens-minute");
  assert.equal(events.at(-2).event, "usage");
  const text = events.map(({ data }) => data.text ?? "").join("");
  assert.equal(text.length / 4, 300 - tokensOf("endless"));
  assert.equal(await upstream.requests.items[0].closed(), true, "the backend was left at once");
  const reply = await visitor.reply(events[0].data.conversation_id);
  assert.deepEqual([reply.status, reply.finish_reason, reply.text], ["complete", "length", text]);
  const refused = await visitor.chat("hello");
  assertProblem(refused, { status: 429, code: "rate_limited", retry: true });
  assert.ok(left(refused, "tokens-minute") !== undefined);
  const another = await Visitor.start(server);
  const whole = await another.answer("endless");
  assert.equal(whole.reply.finish_reason, "length");
});

test("two streams at the same time can't spend the same budget", async (t) => {
  const { server } = await start(t, { [MINUTE]: "600" });
  const streams = await Promise.all(
    [1, 2].map(() => openStream(server, completion("endless", STREAMED))),
  );
  const read = await Promise.all(streams.map(readStream));
  assert.deepEqual(read.map(({ finish }) => finish), ["length", "length"]);
  const shown = read.map(({ text }) => text.length / 4 + tokensOf("endless"));
  assert.ok(shown[0] + shown[1] <= 600, shown.join(" and "));
  assert.ok(shown[0] + shown[1] > 600 - 64, "all but a step of it was used");
});

test("the money of a key: by the price of the model, settled by what was used", async (t) => {
  const { server } = await start(t, { [PRICES]: "m 1000 4000|oth* 10 20" });
  const args = ["apikeys", "add", "shop", "--money-per-day", "0.5", "--data-dir", server.dataDir];
  const made = await runBinary(args);
  const [key] = /gh_default_\w+/.exec(made.stdout);
  server.secrets.add(key);
  const listed = await runBinary(["apikeys", "list", "--data-dir", server.dataDir]);
  assert.match(listed.stdout, / 0\.5 of money a day /);
  const headers = { Authorization: `Bearer ${key}` };
  await eventually(
    async () => (await send(server, { path: "/v1/models", headers })).status === 200,
    "the key to be known",
  );
  const name = "key-money-micros-day";
  const reserving = (before, input, output) =>
    before - tokensOf("hello") * input - RESERVED * output;
  let has = 500_000;
  const first = await ask(server, "hello", {}, { headers });
  assert.equal(left(first, name), reserving(has, 1000, 4000));
  const policy = rateItems(first.headers["ratelimit-policy"]).find((item) => item.name === name);
  assert.deepEqual([policy.q, policy.w], [500_000, 86_400]);
  has -= USED.prompt * 1000 + USED.reply * 4000;
  const other = await ask(server, "hello", { model: "other-1" }, { headers });
  assert.equal(left(other, name), reserving(has, 10, 20), "what wasn't used is there again");
  has -= USED.prompt * 10 + USED.reply * 20;
  const free = await ask(server, "hello", { model: "unknown" }, { headers });
  assert.equal(free.status, 200);
  assert.equal(left(free, name), undefined, "what has no price costs nothing");
  const again = await ask(server, "hello", {}, { headers });
  assert.equal(left(again, name), reserving(has, 1000, 4000));
  const refused = await ask(server, "hello", { max_tokens: 200 }, { headers });
  assertOpenAiError(refused, { status: 400, param: "max_tokens" });
  const stream = await openStream(server, { ...completion("endless", STREAMED), headers });
  const { text, finish } = await readStream(stream);
  assert.equal(finish, "length");
  has -= USED.prompt * 1000 + USED.reply * 4000;
  const paid = Math.floor((has - tokensOf("endless") * 1000) / 4000);
  assert.equal(text.length / 4, paid, "to the last token that it pays for");
  const late = await ask(server, "hello", {}, { headers });
  assertUsedUp(late, name);
  assert.match(late.text, /money of this key/);
  const stillFree = await ask(server, "hello", { model: "unknown" }, { headers });
  assert.equal(stillFree.status, 200, "what costs nothing goes on");
});

test("prices are taken over on SIGHUP; a faulty list changes nothing", async (t) => {
  const toml = (...lines) => `[prices]\nmodels = ${JSON.stringify(lines)}\n`;
  const { server } = await start(t, { [MONEY]: "10" }, { toml: toml("* 1000 1000") });
  const name = "money-micros-day";
  const reserved = (tokens) => (tokensOf("hello") + RESERVED) * tokens;
  const first = await ask(server, "hello");
  assert.equal(left(first, name), 10_000_000 - reserved(1000));
  writeFileSync(join(server.home, "gatehouse.toml"), toml("* 2000 2000"));
  server.signal("SIGHUP");
  await server.logged("RELOADED");
  const used = (USED.prompt + USED.reply) * 2000;
  await eventually(async () => {
    const before = left(await ask(server, "hello"), name);
    return before - left(await ask(server, "hello"), name) === used;
  }, "the new price");
  writeFileSync(join(server.home, "gatehouse.toml"), toml("* cheap 1"));
  server.signal("SIGHUP");
  const failed = await server.logged("RELOAD_FAILED");
  assert.match(failed.message, /"\* cheap 1"/);
  assert.equal((await ask(server, "hello")).status, 200);
});

test("check names a price that can't be read, and a model of the route without one", async (t) => {
  const upstream = await Upstream.start(t);
  const check = async (env) => {
    const { home, env: all } = await prepareServer({ env: { ...upstream.env, ...env } });
    const { code, output } = await runBinary(["check"], { env: all, cwd: home });
    return { code, output };
  };
  const faulty = await check({ [PRICES]: "fine 1 1|dear 0.1234567 1" });
  assert.equal(faulty.code, 1);
  assert.match(faulty.output, /prices\.models: can't be read\. "dear 0\.1234567 1"/);
  const amount = await check({ [MONEY]: "2,50" });
  assert.match(amount.output, /limits\.money_per_day/);
  assert.equal(amount.code, 1);
  const rules = "openai or openai model=gpt-4o then knowledge";
  const unpriced = await check({
    [PRICES]: "test-model 1 1",
    [MONEY]: "2.50",
    GATEHOUSE_ROUTE_RULES: rules,
  });
  assert.equal(unpriced.code, 0, unpriced.output);
  assert.match(unpriced.output, /prices\.models: has no price for gpt-4o,/);
  assert.doesNotMatch(unpriced.output, /no price for test-model/);
  const without = await check({ GATEHOUSE_ROUTE_RULES: rules });
  assert.doesNotMatch(without.output, /no price/);
});

// Answers that are kept to be given again, and questions that are under way already.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import OpenAI from "openai";
import { send, Visitor } from "./support/client.mjs";
import { rateItems } from "./support/checks.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const KEY = "test-key-of-a-program-0123456789";
const OTHER = "test-key-of-another-9876543210";

async function start(t, env = {}, more = {}) {
  const upstream = await Upstream.start(t);
  const server = await startServer(t, {
    env: {
      ...upstream.env,
      GATEHOUSE_API_KEYS: `program:${KEY},another:${OTHER}`,
      GATEHOUSE_LIMITS_ANSWERS_PER_PRINCIPAL: "2000",
      ...env,
    },
    ...more,
  });
  server.secrets.add(KEY).add(OTHER);
  await server.logged("DOCUMENTS_INDEXED"); // with other documents every question is a new one
  return { upstream, server };
}

const ask = (server, content, more = {}, headers = {}, options = {}) =>
  send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    headers: { Authorization: `Bearer ${KEY}`, ...headers },
    body: { model: "gpt-test", temperature: 0, messages: [{ role: "user", content }], ...more },
    ...options,
  });
const cacheOf = ({ headers }) => headers["x-gatehouse-cache"];
const textOf = ({ json }) => json.choices[0].message.content;
const metric = async (server, line) => {
  const { text } = await send(server, "/metrics");
  const found = text.split("\n").find((each) => each.startsWith(`gatehouse_reply_cache_${line} `));
  return Number(found?.split(" ").at(-1));
};

test("E7 the same question is asked once, and its answer says where it comes from", async (t) => {
  const { upstream, server } = await start(t);
  const first = await ask(server, "hello there");
  assert.equal(first.status, 200, first.text);
  assert.equal(cacheOf(first), "miss");
  assert.equal(first.headers.age, undefined);
  // Members in another order, and some that no answer depends on.
  const second = await ask(server, "hello there", { user: "u", metadata: { a: "b" } });
  assert.equal(cacheOf(second), "hit");
  assert.match(second.headers.age, /^\d+$/);
  assert.equal(textOf(second), textOf(first));
  assert.notEqual(second.json.id, first.json.id);
  assert.deepEqual(second.json.usage, {
    prompt_tokens: 7,
    completion_tokens: 5,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 7 },
  });
  assert.equal(upstream.count("hello there"), 1);
  for (const more of [{ seed: 1 }, { max_tokens: 50 }, { model: "another" }]) {
    assert.equal(cacheOf(await ask(server, "hello there", more)), "miss", JSON.stringify(more));
  }
  assert.equal(cacheOf(await ask(server, "hello there", { temperature: 0.2 })), undefined);
  assert.equal(upstream.count("hello there"), 5);
  assert.equal(await metric(server, 'hits_total{tier="memory"}'), 1);
  assert.equal(await metric(server, "misses_total"), 4);
  assert.equal((await send(server, "/api/health")).json.services.caches.replies, "healthy");
});

test("E7 a kept answer comes as a valid stream to the SDK, and a kept stream whole", async (t) => {
  const { upstream, server } = await start(t);
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
  const asks = (content, more) =>
    client.chat.completions.create({
      model: "gpt-test",
      temperature: 0,
      messages: [{ role: "user", content }],
      ...more,
    });
  const read = async (content) => {
    const { data, response } = await asks(content, {
      stream: true,
      stream_options: { include_usage: true },
    }).withResponse();
    const cache = response.headers.get("x-gatehouse-cache");
    const seen = { text: "", finish: null, usage: null, cache };
    for await (const chunk of data) {
      seen.text += chunk.choices[0]?.delta.content ?? "";
      seen.finish ??= chunk.choices[0]?.finish_reason ?? null;
      seen.usage = chunk.usage ?? seen.usage;
    }
    return seen;
  };
  const text = "many words that come one by one and are given again all at once";
  const first = await read(text);
  const second = await read(text);
  assert.deepEqual([first.cache, second.cache], ["miss", "hit"]);
  assert.equal(second.text, text);
  assert.equal(second.finish, "stop");
  assert.equal(second.usage.prompt_tokens_details.cached_tokens, second.usage.prompt_tokens);
  const whole = await asks(text);
  assert.equal(whole.choices[0].message.content, text);
  assert.equal(whole.choices[0].finish_reason, "stop");
  assert.equal((await asks("first whole then streamed")).choices.length, 1);
  const streamed = await read("first whole then streamed");
  assert.equal(streamed.cache, "hit");
  assert.equal(streamed.text, "first whole then streamed");
  assert.equal(upstream.requests.items.length, 2);
});

test("E7 kept answers outlive a restart, sealed, and a damaged file is begun anew", async (t) => {
  const { upstream, server } = await start(t);
  await ask(server, "what nobody else may read");
  const isWritten = async () => (await metric(server, 'entries{tier="disk"}')) === 1;
  await eventually(isWritten, "it is written");
  await server.restart();
  const again = await ask(server, "what nobody else may read");
  assert.equal(cacheOf(again), "hit");
  assert.equal(await metric(server, 'hits_total{tier="disk"}'), 1);
  assert.equal(upstream.requests.items.length, 1);
  await server.stop();
  writeFileSync(join(server.dataDir, "replies.db"), "no database");
  await server.relaunch();
  await server.logged("REPLY_CACHE_DISCARDED");
  assert.equal(cacheOf(await ask(server, "what nobody else may read")), "miss");
  assert.equal(cacheOf(await ask(server, "what nobody else may read")), "hit");
});

test("E7 a thousand who ask the same at once cost one call", async (t) => {
  const { upstream, server } = await start(t);
  upstream.scripts.held = async (exchange) => {
    await exchange.gate("all");
    exchange.start();
    await exchange.say("one for all");
    await exchange.finish();
    await exchange.done();
  };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1000 });
  t.after(() => agent.destroy());
  const answers = Array.from({ length: 1000 }, (_, i) =>
    ask(server, "held", { stream: true }, {}, { agent, from: `127.40.${i >> 6}.7` }),
  );
  await upstream.asked("held");
  await eventually(async () => (await metric(server, "joined_total")) === 999, "all have joined");
  upstream.open("all");
  const outcomes = { miss: 0, hit: 0 };
  for (const answer of await Promise.all(answers)) {
    assert.equal(answer.status, 200);
    assert.match(answer.text, /one for all/);
    assert.match(answer.text, /\[DONE\]\n\n$/);
    outcomes[cacheOf(answer)] += 1;
  }
  assert.deepEqual(outcomes, { miss: 1, hit: 999 });
  assert.equal(upstream.requests.items.length, 1);
});

test("E7 who asked first may leave, and a failure is told to all", async (t) => {
  const { upstream, server } = await start(t);
  upstream.scripts.slow = async (exchange) => {
    exchange.start();
    await exchange.say("begun ");
    await exchange.gate("go");
    await exchange.say("and ended");
    await exchange.finish();
    await exchange.done();
  };
  const leader = new AbortController();
  const messages = [{ role: "user", content: "slow" }];
  const body = { model: "m", temperature: 0, stream: true, messages };
  const first = fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    signal: leader.signal,
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  await upstream.asked("slow");
  const second = ask(server, "slow", { model: "m", stream: true }, { "Accept-Language": "" });
  await eventually(async () => (await metric(server, "joined_total")) === 1, "he has joined");
  await first;
  leader.abort();
  upstream.open("go");
  assert.match((await second).text, /begun .*and ended/s);
  assert.equal(upstream.count("slow"), 1);

  upstream.scripts.down = async (exchange) => {
    await exchange.gate("fail");
    exchange.json(500, { error: { message: "down" } });
  };
  const failing = [1, 2, 3, 4, 5].map(() => ask(server, "down"));
  await eventually(async () => (await metric(server, "joined_total")) === 5, "all have joined");
  upstream.open("fail");
  for (const { status } of await Promise.all(failing)) assert.equal(status, 502);
  assert.equal(upstream.count("down"), 1);
});

test("E7 a client may ask anew, or have nothing kept", async (t) => {
  const { upstream, server } = await start(t);
  const asks = (control) => ask(server, "hello", {}, control ? { "Cache-Control": control } : {});
  assert.equal(cacheOf(await asks("no-store")), undefined);
  assert.equal(cacheOf(await asks()), "miss");
  assert.equal(cacheOf(await asks()), "hit");
  assert.equal(cacheOf(await asks("No-Cache")), "miss");
  assert.equal(cacheOf(await asks("max-age=0, no-store")), undefined);
  assert.equal(cacheOf(await asks()), "hit");
  assert.equal(upstream.count("hello"), 4);
});

test("E7 what was cut is not kept: by its length, by the guard, by a failure", async (t) => {
  const { upstream, server } = await start(t);
  const secret = ["-----BEGIN RSA", "PRIVATE KEY-----"].join(" ");
  upstream.scripts.long = async (exchange) => {
    exchange.start();
    await exchange.say("too lo");
    await exchange.finish("length");
    await exchange.done();
  };
  upstream.scripts.leaks = async (exchange) => {
    exchange.start();
    await exchange.say(`here: ${secret}\n${"MIIEpAIBAAKCAQEA0".repeat(12)}\n`);
    await exchange.finish();
    await exchange.done();
  };
  upstream.scripts.breaks = async (exchange) => {
    exchange.start();
    await exchange.say("half");
    exchange.cut();
  };
  for (const question of ["long", "leaks", "breaks"]) {
    for (let i = 0; i < 2; ++i) {
      const { text } = await ask(server, question, { stream: true });
      assert.doesNotMatch(text, /MIIEpAIBAAKCAQEA0/);
    }
  }
  assert.equal(upstream.count("long"), 2);
  assert.equal(upstream.count("breaks"), 2);
  assert.equal(await metric(server, 'not_kept_total{reason="cut_short"}'), 2);
  assert.equal(await metric(server, 'not_kept_total{reason="failed"}'), 2);
});

test("E7 F6 what is given again is not charged to a budget", async (t) => {
  const { server } = await start(t, {
    GATEHOUSE_LIMITS_TOKENS_PER_DAY: "10000",
    GATEHOUSE_LIMITS_TOKENS_RESERVED: "100",
  });
  const left = ({ headers }) =>
    rateItems(headers.ratelimit).find(({ name }) => name === "tokens-day").r;
  // Each tells what is left with its own reservation taken off.
  const first = left(await ask(server, "hello"));
  const second = left(await ask(server, "hello"));
  assert.equal(first - second, 12, "the first is settled by what the backend told");
  for (let i = 0; i < 5; ++i) {
    const again = await ask(server, "hello");
    assert.equal(cacheOf(again), "hit");
    assert.equal(left(again), second);
  }
});

test("E7 nobody is given the answer of another, unless the site shares them", async (t) => {
  const asks = async (server, key) =>
    cacheOf(await ask(server, "hello", {}, { Authorization: `Bearer ${key}` }));
  const { server } = await start(t);
  assert.equal(await asks(server, KEY), "miss");
  assert.equal(await asks(server, OTHER), "miss");
  assert.equal(await asks(server, KEY), "hit");
  const shared = await start(t, { GATEHOUSE_CACHE_SCOPE: "site" });
  assert.equal(await asks(shared.server, KEY), "miss");
  assert.equal(await asks(shared.server, OTHER), "hit");
});

test("E7 in the chat answers are kept where that is set, and none where it is off", async (t) => {
  const all = await start(t, { GATEHOUSE_CACHE_ANSWERS: "all" });
  const visitor = await Visitor.start(all.server);
  const first = await visitor.answer("say it");
  const second = await visitor.answer("say it");
  assert.deepEqual(second.text, first.text);
  assert.equal(all.upstream.count("say it"), 1);
  // In the same conversation it is another question: there is a history.
  await visitor.answer("say it", { conversation_id: second.conversation_id });
  assert.equal(all.upstream.count("say it"), 2);
  const off = await start(t, { GATEHOUSE_CACHE_ANSWERS: "off" });
  for (let i = 0; i < 2; ++i) assert.equal(cacheOf(await ask(off.server, "hello")), undefined);
  assert.equal(off.upstream.count("hello"), 2);
  assert.equal((await send(off.server, "/api/health")).json.services.caches.replies, "disabled");
});

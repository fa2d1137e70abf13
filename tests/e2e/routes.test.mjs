// Who answers what: rules, shares, and what happens when somebody fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { Ollama } from "./support/ollama.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";

const ask = (server, content, more = {}, headers = {}) =>
  send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    headers,
    body: { model: "default", messages: [{ role: "user", content }], ...more },
  });
const healthOf = async (server) => (await send(server, "/api/health")).json.services;

async function both(t, rules, env = {}) {
  const upstream = await Upstream.start(t);
  const ollama = await Ollama.start(t);
  upstream.scripts.down = async (exchange) => {
    exchange.start({ status: 500, type: "application/json" });
    await exchange.raw('{"error":{"message":"down"}}');
    exchange.response.end();
  };
  const server = await startServer(t, {
    env: {
      ...upstream.env,
      ...ollama.env,
      GATEHOUSE_ROUTE_FAILURES_MAX: "5",
      GATEHOUSE_ROUTE_RULES: rules,
      ...env,
    },
  });
  return { upstream, ollama, server };
}

test("E13 B6 while one fails the next answers, and it is left alone for a while", async (t) => {
  const { upstream, ollama, server } = await both(t, "openai then ollama");
  for (let i = 0; i < 8; ++i) {
    const began = performance.now();
    const { status, json } = await ask(server, `down ${i}`);
    assert.equal(status, 200);
    assert.equal(json.choices[0].message.content, `down ${i}`);
    assert.ok(performance.now() - began < 1000, "within a second");
  }
  assert.equal(upstream.requests.items.length, 5, "asked no more after five failures in a row");
  assert.equal(ollama.requests.items.length, 8);
  const { responders, responder_errors: errors } = await healthOf(server);
  assert.deepEqual(responders, { openai: "paused", ollama: "healthy" });
  assert.match(errors.openai, /^The answering service failed/);
  const metrics = (await send(server, "/metrics")).text;
  const of = (responder) => `{responder="${responder}",model=""`;
  assert.ok(metrics.includes(`gatehouse_responder_answers_total${of("openai")},outcome="failed"} 5`));
  assert.ok(metrics.includes(`gatehouse_responder_answers_total${of("ollama")},outcome="answered"} 8`));
  assert.ok(metrics.includes(`gatehouse_responder_paused${of("openai")}} 1`));
});

test("B6 a stream goes over to the next before its first byte, and not after it", async (t) => {
  const { upstream, ollama, server } = await both(t, "openai then ollama");
  upstream.scripts.breaks = async (exchange) => {
    exchange.start();
    await exchange.raw(
      `data: ${JSON.stringify(exchange.chunk([{ index: 0, delta: { content: "half" } }]))}\n\n`,
    );
    exchange.response.destroy();
  };
  const whole = await ask(server, "down now", { stream: true });
  assert.match(whole.text, /"content":"down /);
  assert.match(whole.text, /\[DONE\]/);
  const asked = ollama.requests.items.length;
  const broken = await ask(server, "breaks now", { stream: true });
  assert.match(broken.text, /half/);
  assert.match(broken.text, /"error"/);
  assert.equal(ollama.requests.items.length, asked, "what has begun is not begun again");
});

test("E12 B6 with all down the answer is honest, and says when to come back", async (t) => {
  const { upstream, server } = await both(t, "openai");
  for (let i = 0; i < 5; ++i) assert.equal((await ask(server, "down")).status, 502);
  const refused = await ask(server, "down");
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers["retry-after"]) >= 1);
  assert.equal(upstream.requests.items.length, 5);
});

test("D10 when nobody answers one of the operator's texts is said, by chance", async (t) => {
  const { server } = await both(t, "openai", {
    GATEHOUSE_ROUTE_FALLBACK_TEXTS: "We are closed. | Back soon. | Call us.",
  });
  const said = new Set();
  for (let i = 0; i < 60; ++i) {
    const { status, json } = await ask(server, "down");
    assert.equal(status, 200);
    said.add(json.choices[0].message.content);
  }
  assert.deepEqual([...said].sort(), ["Back soon.", "Call us.", "We are closed."]);
});

test("B17 each session keeps its arm, and answers are shared out by weight", async (t) => {
  const { upstream, ollama, server } = await both(t, "openai weight=1 or ollama weight=1", {
    GATEHOUSE_LIMITS_PRESET: "messenger",
    RATE_LIMIT_PER_MINUTE: "100000",
    RATE_LIMIT_PER_HOUR: "1000000",
  });
  for (let visitor = 0; visitor < 12; ++visitor) {
    const begun = await send(server, {
      method: "POST",
      path: "/api/v1/sessions",
      body: {},
      from: server.nextAddress(),
    });
    const seen = [upstream.requests.items.length, ollama.requests.items.length];
    for (let i = 0; i < 3; ++i) {
      const { status, text } = await send(server, {
        method: "POST",
        path: "/api/v1/chat",
        headers: { Authorization: `Bearer ${begun.json.token}` },
        body: { message: `echo ${visitor} ${i}` },
      });
      assert.equal(status, 200, text);
    }
    const now = [upstream.requests.items.length, ollama.requests.items.length];
    const asked = [now[0] - seen[0], now[1] - seen[1]];
    assert.ok(asked.includes(3) && asked.includes(0), `one arm only: ${asked}`);
  }
  assert.ok(upstream.requests.items.length > 0 && ollama.requests.items.length > 0);
});

test("rules choose by channel, language, model and size", async (t) => {
  const { upstream, ollama, server } = await both(
    t,
    [
      "when model=small: ollama model=tiny",
      "when language=de: ollama",
      "when longer_than=200: ollama",
      "openai model=gpt-x",
    ].join(" | "),
  );
  await ask(server, "echo 1", { model: "small" });
  assert.equal(ollama.requests.items.at(-1).body.model, "tiny");
  await ask(server, "echo 2", {}, { "Accept-Language": "de-AT,en;q=0.8" });
  assert.equal(ollama.requests.items.at(-1).body.model, "llama-test");
  await ask(server, `echo ${"3".repeat(300)}`);
  assert.equal(ollama.requests.items.length, 3);
  await ask(server, "echo 4", {}, { "Accept-Language": "en" });
  assert.equal(upstream.requests.items.at(-1).body.model, "gpt-x");
});

test("a client that leaves, or asks wrongly, opens no breaker", async (t) => {
  const { upstream, server } = await both(t, "openai then ollama");
  upstream.scripts.wrong = async (exchange) => {
    exchange.start({ status: 400, type: "application/json" });
    await exchange.raw('{"error":{"message":"n is too large"}}');
    exchange.response.end();
  };
  for (let i = 0; i < 12; ++i) assert.equal((await ask(server, "wrong")).status, 400);
  assert.equal(upstream.requests.items.length, 12);
  assert.equal((await healthOf(server)).responders.openai, "configured");
});

test("a route that can't be read stops the start, with the word at fault", async () => {
  const { code, stdout, stderr } = await runBinary(["check"], {
    env: { GATEHOUSE_ROUTE_RULES: "openai then nobody" },
  });
  assert.notEqual(code, 0);
  assert.match(stdout + stderr, /route\.rules.*"openai" is no responder that is set up/s);
});

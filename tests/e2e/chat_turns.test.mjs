// A turn belongs to its conversation: stopping it, leaving it alone, coming back, reading slowly.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { namesOf, textOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually, pause } from "./support/waiting.mjs";

const later = untilFileEnds();
let upstream;
let server;
let hasty; // gives up a reply soon after nobody listens
before(async () => {
  upstream = await Upstream.start(later);
  server = await startServer(later, { env: upstream.env });
  hasty = await startServer(later, { env: { ...upstream.env, GATEHOUSE_RESUME_GRACE_MS: "200" } });
});

async function streaming(visitor, name, more) {
  const question = `gated ${name} 3`;
  const stream = await visitor.stream(question, more);
  upstream.open(`${name}-1`);
  const seen = await stream.until("delta");
  return {
    stream,
    seen,
    question,
    id: seen[0].data.conversation_id,
    exchange: await upstream.asked(question),
  };
}

test("stop ends the reply at once: the backend is left, the text so far is kept", async () => {
  const visitor = await Visitor.start(server);
  const { stream, exchange, id } = await streaming(visitor, "stopped");
  const answer = await visitor.stop(id);
  assert.equal(answer.status, 204);
  assert.equal(answer.text, "");
  const rest = await stream.all();
  assert.deepEqual(namesOf(rest), ["end"]);
  assert.equal(rest[0].data.finish_reason, "stopped");
  assert.equal(await exchange.closed(), true, "the backend's connection is closed");
  const reply = await visitor.reply(id);
  assert.deepEqual(
    [reply.text, reply.status, reply.finish_reason],
    ["word1 ", "stopped", "stopped"],
  );
  assert.equal((await visitor.stop(id)).status, 204, "there is nothing to stop, which is fine");
});

test("stop before the first word", async () => {
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream("silence please");
  const [
    {
      data: { conversation_id: id },
    },
  ] = await stream.take(1);
  const exchange = await upstream.asked("silence please");
  assert.equal((await visitor.stop(id)).status, 204);
  assert.equal((await stream.all()).at(-1).data.finish_reason, "stopped");
  assert.equal(await exchange.closed(), true);
  assert.equal((await visitor.reply(id)).status, "stopped");
});

test("stop answers who waits for the whole reply, too", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("hello");
  const waiting = visitor.chat("gated whole 3", { conversation_id: id });
  upstream.open("whole-1");
  await upstream.asked("gated whole 3");
  await eventually(async () => (await visitor.conversation(id)).live, "the reply to be live");
  await visitor.stop(id);
  const { status, json } = await waiting;
  assert.equal(status, 200);
  assert.equal(json.reply.finish_reason, "stopped");
});

test("a client that comes back within the grace time finds its reply going on", async () => {
  const visitor = await Visitor.start(server);
  const { stream, seen, exchange, id } = await streaming(visitor, "back");
  stream.close();
  await eventually(async () => {
    const { json } = await send(server, { path: "/health", from: server.nextAddress() });
    return json.services.sse_connections === 0;
  }, "the server to notice that the client left");
  upstream.open("back-2");
  const again = await visitor.events(id, seen.at(-1).id);
  upstream.open("back-3");
  upstream.open("back-end");
  assert.equal(textOf(await again.until("end")), "word2 word3 ");
  assert.equal(await exchange.closed(), false);
  again.close();
});

test("a client that stays away longer than the grace time lets the backend go", async () => {
  const visitor = await Visitor.start(hasty);
  const { stream, exchange, id } = await streaming(visitor, "away");
  stream.close();
  assert.equal(await exchange.closed(), true);
  await eventually(async () => (await visitor.conversation(id)).live === null, "the turn's end");
  const reply = await visitor.reply(id);
  assert.deepEqual([reply.text, reply.status], ["word1 ", "stopped"]);
});

test("who comes back in time stops the clock, again and again", async () => {
  const visitor = await Visitor.start(hasty);
  const { stream, seen, exchange, id } = await streaming(visitor, "clock");
  let current = stream;
  for (let i = 0; i < 4; i += 1) {
    current.close();
    await pause(100); // half of the grace time
    current = await visitor.events(id, seen.at(-1).id);
  }
  await pause(400); // twice the grace time, with a reader
  for (const step of [2, 3, "end"]) upstream.open(`clock-${step}`);
  assert.equal(textOf(await current.until("end")), "word2 word3 ");
  assert.equal(await exchange.closed(), false);
  current.close();
});

test("one of two readers leaving changes nothing for the other", async () => {
  const visitor = await Visitor.start(hasty);
  const { stream, seen, id } = await streaming(visitor, "pair");
  const second = await visitor.events(id, seen.at(-1).id);
  stream.close();
  await pause(400); // twice the grace time
  for (const step of [2, 3, "end"]) upstream.open(`pair-${step}`);
  assert.equal(textOf(await second.until("end")), "word2 word3 ");
  second.close();
});

test("a whole answer whose client leaves is given up after the grace time", async () => {
  const visitor = await Visitor.start(hasty);
  const question = "gated gone 3";
  const call = request({
    host: "127.0.0.1",
    port: hasty.port,
    method: "POST",
    path: "/api/v1/chat",
    headers: { Authorization: `Bearer ${visitor.token}`, "Content-Type": "application/json" },
  });
  call.on("error", () => {});
  call.end(JSON.stringify({ message: question }));
  const exchange = await upstream.asked(question);
  call.destroy();
  assert.equal(await exchange.closed(), true);
});

test("a second message while a reply is written is a conflict and asks nobody", async () => {
  const visitor = await Visitor.start(server);
  const { stream, id } = await streaming(visitor, "busy");
  const second = await visitor.chat("too early", { conversation_id: id });
  assertProblem(second, { status: 409, code: "conflict" });
  assert.equal(upstream.count("too early"), 0);
  for (const step of [2, 3, "end"]) upstream.open(`busy-${step}`);
  await stream.all();
  await visitor.answer("not too early", { conversation_id: id });
  const texts = (await visitor.conversation(id)).messages.map(({ text }) => text);
  assert.deepEqual(texts, ["gated busy 3", "word1 word2 word3 ", "not too early", "not too early"]);
});

test("two messages at the same time: one is taken, one is a conflict", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("hello");
  for (let round = 0; round < 5; round += 1) {
    const both = await Promise.all([
      visitor.chat("first one", { conversation_id: id }),
      visitor.chat("other one", { conversation_id: id }),
    ]);
    const statuses = both.map(({ status }) => status).sort();
    assert.ok(["200,200", "200,409"].includes(statuses.join()), statuses.join());
  }
  const { messages } = await visitor.conversation(id);
  messages.forEach(({ role }, i) => assert.equal(role, i % 2 === 0 ? "user" : "assistant"));
});

test("the backend is told the conversation so far, and nothing of who asks", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("my name is Ada");
  await visitor.answer("what is my name", {
    conversation_id: id,
    tags: ["x"],
    metadata: { page: "/p" },
  });
  const { body, headers } = await upstream.asked("what is my name");
  assert.deepEqual(
    body.messages.map(({ role, content }) => [role, content]),
    [
      ["user", "my name is Ada"],
      ["assistant", "my name is Ada"],
      ["user", "what is my name"],
    ],
  );
  assert.equal(body.model, "test-model");
  assert.equal(body.stream, true);
  assert.ok(!JSON.stringify([body, headers]).includes(visitor.token));
  assert.match(headers["x-request-id"], /^[A-Za-z0-9._-]{8,64}$/);
});

test("a reply that fails tells why in plain words, and keeps what it had", async () => {
  const visitor = await Visitor.start(server);
  for (const script of [
    "broken",
    "ended",
    "errorobject",
    "errorevent",
    "errorstring",
    "garbage",
    "pageinside",
    "surrogate",
    "badbytes",
  ]) {
    const events = await (await visitor.stream(`${script} please`)).all();
    const last = events.at(-1);
    assert.equal(last.event, "error", script);
    assert.deepEqual(Object.keys(last.data), ["reply_id", "code", "message", "retry_after_s"]);
    assert.match(last.data.code, /^(upstream_failed|unavailable|content_blocked)$/, script);
    assert.doesNotMatch(last.data.message, /[<>{]|CUDA|\/opt|nginx/, script);
    assert.equal(textOf(events), "Half an ", script);
    const reply = await visitor.reply(events[0].data.conversation_id);
    assert.deepEqual([reply.text, reply.status], ["Half an ", "failed"], script);
  }
});

test("a backend that refuses: the visitor learns what helps, not what is wrong there", async () => {
  const visitor = await Visitor.start(server);
  const expected = {
    model404: "upstream_failed",
    key401: "upstream_failed",
    fault500: "upstream_failed",
    page200: "upstream_failed",
    page502: "upstream_failed",
    nothing: "upstream_failed",
    moved: "upstream_failed",
    busy429: "rate_limited",
    away503: "unavailable",
  };
  for (const [script, code] of Object.entries(expected)) {
    const events = await (await visitor.stream(`${script} please`)).all();
    assert.equal(events.at(-1).event, "error", script);
    assert.equal(events.at(-1).data.code, code, script);
    assert.doesNotMatch(events.at(-1).data.message, /sk-|main\.go|[<>]|169\.254|gpt/, script);
    const whole = await visitor.chat(`${script} please`);
    assert.equal(whole.json.code, code, script);
    assertProblem(whole, { code, status: whole.status });
    assert.ok(whole.status >= 500 || whole.status === 429, `${script}: ${whole.status}`);
  }
  const busy = await (await visitor.stream("busy429 please")).all();
  assert.equal(busy.at(-1).data.retry_after_s, 7);
  const whole = await visitor.chat("busy429 please");
  assertProblem(whole, { status: 429, retry: true });
});

test("a backend that is silent or away is told as that", async (t) => {
  const impatient = await startServer(t, {
    env: {
      ...upstream.env,
      OPENAI_FIRST_BYTE_TIMEOUT_MS: "300",
      OPENAI_IDLE_TIMEOUT_MS: "300",
    },
  });
  const visitor = await Visitor.start(impatient);
  for (const [script, text] of [
    ["silence", ""],
    ["quiet", "Half an "],
  ]) {
    const question = `${script} ${randomUUID()}`;
    const events = await (await visitor.stream(question)).all();
    assert.equal(events.at(-1).data.code, "upstream_timeout", script);
    assert.equal(textOf(events), text);
    assert.equal(await (await upstream.asked(question)).closed(), true);
  }
  const away = await startServer(t, {
    env: { ...upstream.env, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
  });
  const lost = await Visitor.start(away);
  const response = await lost.chat("anybody there");
  assertProblem(response, { status: 502, code: "upstream_failed" });
  assert.equal((await send(away, "/readyz")).status, 200);
});

test("OPENAI_TOTAL_TIMEOUT_MS ends an answer that never ends", async (t) => {
  const own = await startServer(t, { env: { ...upstream.env, OPENAI_TOTAL_TIMEOUT_MS: "400" } });
  const visitor = await Visitor.start(own);
  const { stream, exchange } = await streaming(visitor, "total");
  const last = (await stream.all()).at(-1);
  assert.equal(last.event, "error");
  assert.match(last.data.code, /^(upstream_timeout|deadline_exceeded)$/);
  assert.equal(await exchange.closed(), true);
});

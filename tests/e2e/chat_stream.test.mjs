// Streams of reply events: their order, and going on after every kind of break.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { openStream, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { HARD_TEXT } from "./support/scripts.mjs";
import { startServer } from "./support/server.mjs";
import { namesOf, textOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";

const later = untilFileEnds();
let upstream;
let server;
before(async () => {
  upstream = await Upstream.start(later);
  const env = { ...upstream.env, GATEHOUSE_HEARTBEAT_MS: "1000" };
  server = await startServer(later, { env });
});

let names = 0;
/** A question whose answer of `count` words waits at gates. */
function gated(count) {
  names += 1;
  const name = `g${names}`;
  const step = (i) => upstream.open(`${name}-${i}`);
  const openAll = () => {
    for (let i = 1; i <= count; i += 1) step(i);
    step("end");
  };
  return { question: `gated ${name} ${count}`, step, openAll };
}

const words = (count) => Array.from({ length: count }, (_, i) => `word${i + 1} `).join("");
const offsetOf = ({ id }) => Number(id.slice(id.lastIndexOf("-") + 1));
const epochOf = ({ id }) => id.slice(0, id.lastIndexOf("-"));

function assertNoHole(events) {
  for (let i = 1; i < events.length; i += 1) {
    assert.equal(epochOf(events[i]), epochOf(events[0]));
    assert.equal(offsetOf(events[i]), offsetOf(events[i - 1]) + 1, JSON.stringify(events[i]));
  }
}

test("B7 events come in order, each with an id, and the stream ends with the reply", async () => {
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream(`say ${HARD_TEXT}`);
  const events = await stream.all();
  assert.ok(stream.isComplete, "the response ends properly");
  const names = namesOf(events);
  assert.deepEqual(names.slice(0, 2), ["accepted", "start"]);
  assert.equal(names.at(-1), "end");
  assert.deepEqual([...new Set(names.slice(2, -1))].sort(), ["delta", "usage"]);
  assertNoHole(events);
  assert.equal(textOf(events), `say ${HARD_TEXT}`);

  const { conversation_id: id, message_id: messageId, reply_id: replyId } = events[0].data;
  for (const each of [id, messageId, replyId]) assert.match(each, /^[0-9a-f-]{36}$/);
  assert.deepEqual(events[1].data, { reply_id: replyId, responder: "openai" });
  assert.deepEqual(events.at(-1).data, { reply_id: replyId, finish_reason: "stop" });
  const usage = events.find(({ event }) => event === "usage").data;
  assert.deepEqual(usage, { prompt_tokens: 7, completion_tokens: 5 });
  assert.ok(stream.retryMs >= 100 && stream.retryMs <= 10_000, `${stream.retryMs}`);

  const [asked, reply] = (await visitor.conversation(id)).messages;
  assert.deepEqual([asked.id, asked.role, asked.text], [messageId, "user", `say ${HARD_TEXT}`]);
  assert.deepEqual(
    [reply.id, reply.role, reply.text, reply.status],
    [replyId, "assistant", `say ${HARD_TEXT}`, "complete"],
  );
});

test("Accept: text/event-stream asks for a stream as well", async () => {
  const { from, token } = await Visitor.start(server);
  const stream = await openStream(server, {
    method: "POST",
    path: "/api/v1/chat",
    from,
    body: { message: "hi there" },
    headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
  });
  assert.equal(textOf(await stream.all()), "hi there");
});

test("tool calls and other choices have their place in the stream", async () => {
  const visitor = await Visitor.start(server);
  const events = await (await visitor.stream("tools please")).all();
  const calls = events.filter(({ event }) => event === "tool_call").map(({ data }) => data);
  const joined = calls
    .filter(({ index }) => index === 0)
    .map((call) => call.arguments)
    .join("");
  assert.equal(joined, '{"city":"Köln"}');
  assert.equal(calls[0].name, "weather");
  assert.equal(events.at(-1).data.finish_reason, "tool_calls");
});

test("reasoning is not taken for the answer", async () => {
  const visitor = await Visitor.start(server);
  const events = await (await visitor.stream("reasoning please")).all();
  assert.equal(textOf(events), "Done.");
  assert.equal((await visitor.reply(events[0].data.conversation_id)).text, "Done.");
});

test("words are seen as they come, not when the reply is whole", async () => {
  const visitor = await Visitor.start(server);
  const { question, step } = gated(2);
  const stream = await visitor.stream(question);
  await stream.until("start");
  step(1);
  assert.equal(textOf(await stream.until("delta")), "word1 ");
  step(2);
  assert.equal(textOf(await stream.until("delta")), "word2 ");
  step("end");
  assert.deepEqual(namesOf(await stream.all()), ["end"]);
});

test("F7 a finished reply is told again from every one of its events", async () => {
  const visitor = await Visitor.start(server);
  const whole = await (await visitor.stream("one two three four")).all();
  const id = whole[0].data.conversation_id;
  for (let cut = 0; cut < whole.length - 1; cut += 1) {
    const again = await visitor.events(id, whole[cut].id);
    assert.deepEqual(await again.until("end"), whole.slice(cut + 1), `after event ${cut}`);
    again.close();
  }
});

test("F7 a line that breaks after any event goes on without hole or double", async () => {
  const visitor = await Visitor.start(server);
  const count = 6;
  for (let cut = 0; cut <= count + 1; cut += 1) {
    const { question, step, openAll } = gated(count);
    const first = await visitor.stream(question);
    for (let i = 1; i <= cut - 1 && i <= count; i += 1) step(i);
    const seen = await first.take(cut + 1);
    first.close();
    const { conversation_id: id } = seen[0].data;
    const second = await visitor.events(id, seen.at(-1).id);
    openAll();
    const all = [...seen, ...(await second.until("end"))];
    second.close();
    assertNoHole(all);
    assert.deepEqual(namesOf(all), ["accepted", "start", ...Array(count).fill("delta"), "end"]);
    assert.equal(textOf(all), words(count), `cut after event ${cut}`);
  }
});

test("F7 a line that breaks at each event in turn still tells one whole reply", async () => {
  const visitor = await Visitor.start(server);
  const { question, step } = gated(8);
  let stream = await visitor.stream(question);
  const all = await stream.take(2);
  for (let i = 1; i <= 8; i += 1) {
    stream.close();
    stream = await visitor.events(all[0].data.conversation_id, all.at(-1).id);
    step(i);
    all.push(...(await stream.take(1)));
  }
  step("end");
  all.push(...(await stream.until("end")));
  stream.close();
  assertNoHole(all);
  assert.equal(textOf(all), words(8));
});

test("what happened while nobody listened is told afterwards", async () => {
  const visitor = await Visitor.start(server);
  const { question, step } = gated(3);
  const first = await visitor.stream(question);
  const seen = await first.take(2);
  first.close();
  for (const each of [1, 2, 3, "end"]) step(each);
  const exchange = await upstream.asked(question);
  assert.equal(await exchange.closed(), false, "the backend was heard to the end");
  const second = await visitor.events(seen[0].data.conversation_id, seen[1].id);
  assert.equal(textOf(await second.until("end")), words(3));
  second.close();
});

test("EventSource's way: the id as ?last_event_id", async () => {
  const visitor = await Visitor.start(server);
  const whole = await (await visitor.stream("one two")).all();
  const path = `/api/v1/conversations/${whole[0].data.conversation_id}/events`;
  const again = await openStream(server, {
    path: `${path}?last_event_id=${whole[1].id}`,
    from: visitor.from,
    headers: { Authorization: `Bearer ${visitor.token}` },
  });
  assert.deepEqual(await again.until("end"), whole.slice(2));
  again.close();
});

test("without an id the stream begins with the reply that is being written", async () => {
  const visitor = await Visitor.start(server);
  const { question, step } = gated(2);
  const first = await visitor.stream(question);
  step(1);
  const seen = await first.until("delta");
  const id = seen[0].data.conversation_id;
  const second = await visitor.events(id);
  assert.deepEqual(await second.take(seen.length), seen);
  step(2);
  step("end");
  assert.deepEqual(await second.until("end"), await first.all(), "two readers see the same");
  second.close();
});

test("a follower stays for the replies that come after", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("hello");
  const follower = await visitor.events(id);
  const posted = await (await visitor.stream("and again", { conversation_id: id })).all();
  assert.deepEqual(await follower.until("end"), posted);
  const more = await (await visitor.stream("once more", { conversation_id: id })).all();
  assert.deepEqual(await follower.until("end"), more);
  assertNoHole([...posted, ...more]);
  follower.close();
});

test("the conversation tells a live reply and where its stream stands", async () => {
  const visitor = await Visitor.start(server);
  const { question, step } = gated(2);
  const stream = await visitor.stream(question);
  step(1);
  const seen = await stream.until("delta");
  const { conversation_id: id, reply_id: replyId } = seen[0].data;
  const { live, messages } = await visitor.conversation(id);
  assert.deepEqual(live, { reply_id: replyId, last_event_id: seen.at(-1).id });
  assert.equal(messages.at(-1).status, "streaming");
  const rest = await visitor.events(id, live.last_event_id);
  step(2);
  step("end");
  assert.equal(textOf(await rest.until("end")), "word2 ");
  rest.close();
  assert.equal((await visitor.conversation(id)).live, null);
});

test("B7 silence is broken by a comment, so that proxies and people know it lives", async () => {
  const visitor = await Visitor.start(server);
  const { question, openAll } = gated(1);
  const stream = await visitor.stream(question);
  await stream.until("start");
  await stream.comment();
  openAll();
  assert.equal(textOf(await stream.all()), words(1));
});

test("ids that are not of this server are told apart: malformed, or of another life", async () => {
  const visitor = await Visitor.start(server);
  const whole = await (await visitor.stream("hello")).all();
  const id = whole[0].data.conversation_id;
  for (const bad of [
    "x",
    "-1",
    "abc-",
    "abc-x",
    `${"a".repeat(40)}-1`,
    "abc-99999999999999999999",
  ]) {
    const response = await visitor.call("GET", `/api/v1/conversations/${id}/events`, undefined, {
      "Last-Event-ID": bad,
    });
    assertProblem(response, { status: 400, code: "invalid", field: "Last-Event-ID" });
  }
  for (const lost of ["otherlife-3", `${epochOf(whole[0])}-9999`]) {
    const stream = await visitor.events(id, lost);
    const first = await stream.next();
    assert.equal(first.event, "reset", lost);
    assert.ok(first.data.reason.length > 0);
    const more = await (await visitor.stream("go on", { conversation_id: id })).all();
    assert.deepEqual(await stream.until("end"), more, "and it goes on from there");
    stream.close();
  }
});

test("after a restart a client is told to read anew, and nothing is lost", async (t) => {
  const own = await startServer(t, { env: upstream.env });
  const visitor = await Visitor.start(own);
  const whole = await (await visitor.stream("keep this")).all();
  const id = whole[0].data.conversation_id;
  await own.restart();
  const stream = await visitor.events(id, whole[2].id);
  assert.equal((await stream.next()).event, "reset");
  stream.close();
  const { messages, live } = await visitor.conversation(id);
  assert.deepEqual(
    messages.map(({ text }) => text),
    ["keep this", "keep this"],
  );
  assert.equal(live, null);
});

test("a whole answer tells the same as a stream", async () => {
  const visitor = await Visitor.start(server);
  const answer = await visitor.answer(`say ${HARD_TEXT}`);
  assert.deepEqual(
    Object.keys(answer).sort(),
    ["conversation_id", "message_id", "reply", "usage"],
    "as docs/api.md says",
  );
  assert.equal(answer.reply.text, `say ${HARD_TEXT}`);
  assert.equal(answer.reply.finish_reason, "stop");
  assert.deepEqual(answer.reply.citations, []);
  assert.deepEqual(answer.usage, { prompt_tokens: 7, completion_tokens: 5 });
});

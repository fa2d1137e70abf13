// What a message may be, and sending one again.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { namesOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";

const later = untilFileEnds();
let upstream;
let server;
let visitor;
before(async () => {
  upstream = await Upstream.start(later);
  server = await startServer(later, { env: upstream.env });
  visitor = await Visitor.start(server);
});

const post = (body) => visitor.call("POST", "/api/v1/chat", body);
const invalid = (response, field) =>
  assertProblem(response, { status: 400, code: "invalid", ...(field ? { field } : {}) });

test("C1 E2 a message has 1 to 10,000 characters, whatever bytes they take", async () => {
  const whole = [
    "a",
    "é",
    "🎈",
    "e\u0301",
    "a".repeat(10_000),
    "🎈".repeat(10_000),
    "世".repeat(9_999),
  ];
  for (const message of whole) {
    const response = await visitor.chat(message);
    assert.equal(response.status, 200, `${message.slice(0, 4)} ${response.text.slice(0, 200)}`);
    const id = response.json.conversation_id;
    assert.equal((await visitor.conversation(id)).messages[0].text, message);
  }
  for (const message of ["", " ", "\n\t \r\n", "a".repeat(10_001), "🎈".repeat(10_001)]) {
    invalid(await visitor.chat(message), "message");
  }
});

test("GATEHOUSE_MESSAGE_MAX_CHARACTERS sets another most", async (t) => {
  const own = await startServer(t, { env: { GATEHOUSE_MESSAGE_MAX_CHARACTERS: "5" } });
  const other = await Visitor.start(own);
  assert.equal((await other.chat("🎈🎈🎈🎈🎈")).status, 200);
  invalid(await other.chat("123456"), "message");
});

test("C1 NUL and broken UTF-8 are refused, in words", async () => {
  const nul = invalid(await visitor.chat("a\0b"), "message");
  assert.match(nul.detail, /NUL/);
  for (const bytes of [
    "\xff",
    "\xc3",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xe2\x82",
  ]) {
    invalid(await post(Buffer.from(`{"message":"${bytes}"}`, "latin1")));
  }
  for (const escape of ["\\ud800", "\\udc00", "\\ud800x", "\\ud83c\\ud83c"]) {
    invalid(await post(`{"message":"${escape}"}`));
  }
  assert.equal((await post('{"message":"\\ud83c\\udf88 \\u00e9"}')).status, 200);
});

test("D5 what isn't one JSON object is refused", async () => {
  const malformed = [
    "",
    "{",
    '{"message":"a"',
    "null",
    "[]",
    '"message"',
    "1",
    '{"message":"a"}x',
    '{"message":"a"}{}',
    "{message:'a'}",
    '{"message":"a",}',
    '{"message":"a"} // x',
    '\uFEFF{"message":"a"}',
    '{"message":"a\nb"}',
    '{"message":"a","message":"b"}',
    '{"message":"a","metadata":{"a":1,"a":2}}',
    '{"message":"a","m\\u0065ssage":"b"}',
    '{"message":"a","metadata":NaN}',
    `{"message":"a","metadata":${'{"a":'.repeat(100)}1${"}".repeat(100)}}`,
    `{"message":"a","tags":${"[".repeat(100_000)}`,
  ];
  for (const body of malformed) {
    const response = await post(body);
    assert.ok(response.status === 400 || response.status === 415, `${body.slice(0, 40)}`);
    if (body !== "") invalid(response);
  }
});

test("D5 unknown members and wrong types are named", async () => {
  const bad = {
    mesage: { mesage: "a" },
    extra: { message: "a", extra: 1 },
    model: { message: "a", model: "x" },
    message: { message: 1 },
    stream: { message: "a", stream: "yes" },
    conversation_id: { message: "a", conversation_id: "x" },
    message_id: { message: "a", message_id: randomUUID().toUpperCase() },
    tags: { message: "a", tags: "docs" },
    metadata: { message: "a", metadata: [1] },
  };
  for (const [field, body] of Object.entries(bad)) invalid(await post(body), field);
  for (const body of [{}, { message: null }, { message: ["a"] }])
    invalid(await post(body), "message");
  invalid(await post({ message: "a", conversation_id: 5 }), "conversation_id");
  const nulls = {
    conversation_id: null,
    message_id: null,
    stream: null,
    tags: null,
    metadata: null,
  };
  assert.equal((await post({ message: "a", ...nulls })).status, 200);
});

test("C1 tags: at most 10 of [a-z0-9_-]{1,32}", async () => {
  const good = [
    [],
    ["a"],
    ["a".repeat(32)],
    ["0_9-z"],
    Array.from({ length: 10 }, (_, i) => `t${i}`),
  ];
  for (const tags of good)
    assert.equal((await visitor.chat("a", { tags })).status, 200, tags.join());
  invalid(await visitor.chat("a", { tags: Array.from({ length: 11 }, (_, i) => `t${i}`) }), "tags");
  for (const tag of ["", "A", "a b", "é", "a".repeat(33), "a.b", 5, null, ["a"], "a\0"]) {
    invalid(await visitor.chat("a", { tags: ["ok", tag] }), "tags[1]");
  }
});

test("metadata: a flat object of at most 16 members and 4 KB", async () => {
  const of = (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  const sized = (bytes) => ({ k: "x".repeat(bytes - '{"k":""}'.length) });
  const good = [
    {},
    { s: "a", n: 1.5, b: true, e: "" },
    of(16),
    sized(4096),
    { page: "/pricing?a=b#c" },
  ];
  for (const metadata of good) {
    assert.equal(
      (await visitor.chat("a", { metadata })).status,
      200,
      JSON.stringify(metadata).slice(0, 60),
    );
  }
  for (const metadata of [of(17), sized(4097), "x", 5]) {
    invalid(await visitor.chat("a", { metadata }), "metadata");
  }
  for (const value of [null, {}, [], { a: 1 }]) {
    invalid(await visitor.chat("a", { metadata: { deep: value } }), "metadata.deep");
  }
});

test("what is refused is neither stored nor passed on", async () => {
  const own = await Visitor.start(server);
  const before = upstream.requests.items.length;
  await own.chat("secret plan", { extra: 1 });
  await own.chat("secret plan", { tags: ["NO"] });
  await own.chat("", {});
  assert.equal(upstream.requests.items.length, before);
  assert.deepEqual((await own.call("GET", "/api/v1/conversations")).json.conversations, []);
});

test("a message sent again after a lost answer asks once and gets the same answer", async () => {
  const message = { message_id: randomUUID() };
  const text = `again ${message.message_id}`;
  const first = await visitor.answer(text, message);
  const second = await visitor.answer(text, message);
  assert.equal(first.message_id, message.message_id);
  assert.deepEqual(second, first);
  const inside = { ...message, conversation_id: first.conversation_id };
  assert.deepEqual(await visitor.answer(text, inside), first);
  assert.equal(upstream.count(text), 1);
  assert.equal((await visitor.conversation(first.conversation_id)).messages.length, 2);
});

test("sent again inside a conversation: the same answer, once", async () => {
  const { conversation_id } = await visitor.answer("begin");
  const message = { message_id: randomUUID(), conversation_id };
  const text = `inside ${message.message_id}`;
  const first = await visitor.answer(text, message);
  assert.deepEqual(await visitor.answer(text, message), first);
  assert.equal(upstream.count(text), 1);
  assert.equal((await visitor.conversation(conversation_id)).messages.length, 4);
});

test("sent again while its reply is written: the same stream from its beginning", async () => {
  const message_id = randomUUID();
  const question = `gated twice${message_id} 2`;
  const first = await visitor.stream(question, { message_id });
  upstream.open(`twice${message_id}-1`);
  const seen = await first.until("delta");
  const second = await visitor.stream(question, { message_id });
  for (const step of [2, "end"]) upstream.open(`twice${message_id}-${step}`);
  const again = await second.all();
  assert.deepEqual(again, [...seen, ...(await first.all())]);
  assert.equal(upstream.count(question), 1);
});

test("sent twice at the same time: one question, one conversation", async () => {
  for (let round = 0; round < 5; round += 1) {
    const own = await Visitor.start(server);
    const message_id = randomUUID();
    const text = `race ${message_id}`;
    const all = await Promise.all([1, 2, 3, 4].map(() => own.chat(text, { message_id })));
    for (const response of all) assert.equal(response.status, 200, response.text);
    assert.equal(
      new Set(all.map(({ text: body }) => body)).size,
      1,
      all.map((r) => r.text).join("\n"),
    );
    const { conversations } = (await own.call("GET", "/api/v1/conversations")).json;
    assert.equal(conversations.length, 1);
    assert.equal((await own.conversation(conversations[0].id)).messages.length, 2);
  }
});

test("sent again as a stream after its reply has ended: what there is", async () => {
  const message_id = randomUUID();
  const first = await visitor.answer("finished already", { message_id });
  const events = await (await visitor.stream("finished already", { message_id })).all();
  const names = namesOf(events);
  assert.ok(names.includes("reset") || names.at(-1) === "end", names.join());
  const stored = await visitor.reply(first.conversation_id);
  assert.equal(stored.text, first.reply.text);
});

test("sent again after a restart", async (t) => {
  const own = await startServer(t, { env: upstream.env });
  const other = await Visitor.start(own);
  const message_id = randomUUID();
  const first = await other.answer(`over ${message_id}`, { message_id });
  await own.restart();
  assert.deepEqual(await other.answer(`over ${message_id}`, { message_id }), first);
  const { conversations } = (await other.call("GET", "/api/v1/conversations")).json;
  assert.deepEqual(
    conversations.map(({ messages }) => messages),
    [2],
  );
  // docs/decisions/010: the backend may be asked beside the commit, never for what is known.
  const inside = { message_id, conversation_id: first.conversation_id };
  const asked = upstream.count(`over ${message_id}`);
  assert.deepEqual(await other.answer(`over ${message_id}`, inside), first);
  assert.equal(upstream.count(`over ${message_id}`), asked);
});

test("another session's message id reveals and blocks nothing", async () => {
  const message_id = randomUUID();
  const mine = await visitor.answer("my private words", { message_id });
  const stranger = await Visitor.start(server);
  const theirs = await stranger.chat("other words", { message_id });
  assert.ok(!theirs.text.includes("private"), theirs.text);
  assert.ok(!theirs.text.includes(mine.conversation_id), theirs.text);
  assert.ok(!theirs.text.includes(mine.reply.id), theirs.text);
  assert.equal(theirs.status, 200, "ids are each session's own");
  assert.equal(theirs.json.reply.text, "other words");
});

test("a conversation that isn't there: 404 for a message to it", async () => {
  const response = await visitor.chat("hello", { conversation_id: randomUUID() });
  assertProblem(response, { status: 404, code: "not_found" });
});

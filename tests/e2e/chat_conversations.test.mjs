// Conversations of their owner: pages, reading, exporting, removing, expiring.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { namesOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";

const DAY_MS = 86_400_000;
const LIST = "/api/v1/conversations";
const later = untilFileEnds();
let upstream;
let server;
before(async () => {
  upstream = await Upstream.start(later);
  server = await startServer(later, { env: upstream.env });
});

async function pages(visitor, limit) {
  const all = [];
  for (let after = null, count = 0; count < 50; count += 1) {
    const query =
      after === null ? `limit=${limit}` : `limit=${limit}&after=${encodeURIComponent(after)}`;
    const { status, json, text } = await visitor.call("GET", `${LIST}?${query}`);
    assert.equal(status, 200, text);
    assert.ok(json.conversations.length <= limit);
    all.push(json.conversations);
    after = json.next;
    if (after === null) return all;
  }
  assert.fail("the pages never end");
}

test("a list in pages: the latest first, each once", async () => {
  const visitor = await Visitor.start(server);
  assert.deepEqual((await visitor.call("GET", LIST)).json, { conversations: [], next: null });
  const ids = [];
  for (let i = 0; i < 7; i += 1) ids.unshift((await visitor.answer(`number ${i}`)).conversation_id);
  for (const limit of [1, 2, 3, 7, 100]) {
    const found = (await pages(visitor, limit)).flat().map(({ id }) => id);
    assert.deepEqual(found, ids, `limit ${limit}`);
  }
  await visitor.answer("back to the oldest", { conversation_id: ids[6] });
  const [first] = (await visitor.call("GET", LIST)).json.conversations;
  assert.equal(first.id, ids[6], "the latest message counts");
  assert.equal(first.messages, 4);
});

test("a summary has its members, and its title is how it began", async () => {
  const visitor = await Visitor.start(server);
  const begin = "What is a 🎈 conversation?\nAnd more of it. ".repeat(40);
  const { conversation_id: id } = await visitor.answer(begin);
  const [summary] = (await visitor.call("GET", LIST)).json.conversations;
  assert.deepEqual(Object.keys(summary), [
    "id",
    "title",
    "created_at",
    "updated_at",
    "expires_at",
    "messages",
  ]);
  assert.equal(summary.id, id);
  assert.ok(summary.title.startsWith("What is a 🎈 conversation?"), summary.title);
  assert.ok(Array.from(summary.title).length <= 200 && !summary.title.includes("\n"));
  assert.equal(summary.messages, 2);
  for (const name of ["created_at", "updated_at", "expires_at"]) {
    assert.match(summary[name], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  }
  assert.ok(summary.created_at <= summary.updated_at);
  assert.equal(Date.parse(summary.expires_at) - Date.parse(summary.updated_at), 7 * DAY_MS);
});

test("E2 what is wrong with a page is named", async () => {
  const visitor = await Visitor.start(server);
  for (const limit of ["0", "101", "-1", "x", "1.5", "1e1", "99999999999999999999"]) {
    const response = await visitor.call("GET", `${LIST}?limit=${limit}`);
    assertProblem(response, { status: 400, code: "invalid", field: "limit" });
  }
  for (const after of ["x", "' OR 1=1 --", "%00", "9".repeat(500)]) {
    const response = await visitor.call("GET", `${LIST}?after=${encodeURIComponent(after)}`);
    assertProblem(response, { status: 400, code: "invalid", field: "after" });
  }
});

test("a conversation tells its messages in order, each with its members", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id, message_id: messageId, reply } = await visitor.answer("first words");
  await visitor.answer("second words", { conversation_id: id });
  const conversation = await visitor.conversation(id);
  assert.deepEqual(Object.keys(conversation), [
    "id",
    "title",
    "created_at",
    "updated_at",
    "expires_at",
    "messages",
    "live",
  ]);
  for (const message of conversation.messages) {
    assert.deepEqual(Object.keys(message).sort(), [
      "citations",
      "created_at",
      "finish_reason",
      "id",
      "role",
      "status",
      "text",
    ]);
    assert.equal(message.status, "complete");
  }
  const [asked, answered, ...more] = conversation.messages;
  assert.deepEqual([asked.id, asked.role, asked.text], [messageId, "user", "first words"]);
  assert.deepEqual(
    [answered.id, answered.role, answered.text, answered.finish_reason],
    [reply.id, "assistant", "first words", "stop"],
  );
  assert.deepEqual(
    more.map(({ text }) => text),
    ["second words", "second words"],
  );
});

test("C18 an export is the same object, as a file", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("export me");
  const { status, headers, json } = await visitor.call("GET", `${LIST}/${id}/export`);
  assert.equal(status, 200);
  assert.equal(headers["content-disposition"], `attachment; filename="conversation-${id}.json"`);
  assert.equal(headers["cache-control"], "no-store");
  assert.deepEqual(json, await visitor.conversation(id));
});

test("ids in paths are UUIDs, everything else does not exist", async () => {
  const visitor = await Visitor.start(server);
  for (const id of [
    "x",
    "..",
    "%2e%2e",
    "' OR 1=1 --",
    "0".repeat(36),
    "a".repeat(500),
    "%00",
    "01900000-0000-7000-8000-00000000000G",
  ]) {
    const response = await visitor.call("GET", `${LIST}/${encodeURI(id)}`);
    assertProblem(response, { status: 404, code: "not_found" });
  }
});

const gone = async (visitor, id) => {
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["GET", "/export"],
    ["GET", "/events"],
    ["POST", "/stop"],
  ]) {
    assertProblem(await visitor.call(method, `${LIST}/${id}${path}`), { status: 404 });
  }
  assertProblem(await visitor.chat("hello", { conversation_id: id }), { status: 404 });
};

test("C18 a removed conversation is gone for everybody, and stays gone", async (t) => {
  const own = await startServer(t, { env: upstream.env });
  const visitor = await Visitor.start(own);
  const words = "ephemeralwords of a deleted conversation";
  const { conversation_id: id } = await visitor.answer(words);
  const kept = await visitor.answer("keep me");
  assert.equal((await visitor.remove(id)).status, 204);
  await gone(visitor, id);
  const ids = (await visitor.call("GET", LIST)).json.conversations.map((each) => each.id);
  assert.deepEqual(ids, [kept.conversation_id]);
  await own.restart();
  await gone(visitor, id);
  assert.equal((await visitor.conversation(kept.conversation_id)).messages.length, 2);
  await own.stop();
  for (const name of ["gatehouse.db", "gatehouse.db-wal"]) {
    const bytes = readIfThere(join(own.dataDir, name));
    assert.ok(!bytes.includes("ephemeralwords"), `the words are still in ${name}`);
  }
});

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

test("removing a conversation while its reply is written ends all of it", async () => {
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream("gated removed 3");
  upstream.open("removed-1");
  const [
    {
      data: { conversation_id: id },
    },
  ] = await stream.until("delta");
  const exchange = await upstream.asked("gated removed 3");
  assert.equal((await visitor.remove(id)).status, 204);
  const rest = namesOf(await stream.all());
  assert.ok(["end", "error", "closing"].includes(rest.at(-1)), rest.join());
  assert.equal(await exchange.closed(), true);
  await gone(visitor, id);
  assert.deepEqual((await visitor.call("GET", LIST)).json.conversations, []);
});

/** As if `days` had passed, by the only clock that conversations have. */
function age(dataDir, days) {
  const code =
    "import sqlite3, sys\n" +
    "with sqlite3.connect(sys.argv[1]) as store:\n" +
    "  store.execute('UPDATE conversations SET created_at = created_at - ?1, ' +\n" +
    "    'updated_at = updated_at - ?1, expires_at = expires_at - ?1', (int(sys.argv[2]),))\n";
  execFileSync("python3", ["-c", code, join(dataDir, "gatehouse.db"), String(days * DAY_MS)]);
}

test("A8 conversations expire 7 days after their last message", async (t) => {
  const own = await startServer(t, { env: upstream.env });
  const visitor = await Visitor.start(own);
  const { conversation_id: old } = await visitor.answer("old");
  const { conversation_id: renewed } = await visitor.answer("renewed");
  await own.stop();
  age(own.dataDir, 6);
  await own.relaunch();
  await visitor.answer("still here", { conversation_id: renewed });
  assert.equal((await visitor.conversation(old)).messages.length, 2);
  await own.stop();
  age(own.dataDir, 2);
  await own.relaunch();
  // It comes by itself each ten minutes, also if the server was away meanwhile.
  const { code, output } = await runBinary(
    ["jobs", "run", "expire-conversations", "--data-dir", own.dataDir],
  );
  assert.equal(code, 0, output);
  await own.logged("CONVERSATIONS_EXPIRED");
  await gone(visitor, old);
  assert.equal((await visitor.conversation(renewed)).messages.length, 4);
});

test("GATEHOUSE_CONVERSATION_DAYS sets another time", async (t) => {
  const own = await startServer(t, { env: { ...upstream.env, GATEHOUSE_CONVERSATION_DAYS: "30" } });
  const visitor = await Visitor.start(own);
  const { conversation_id: id } = await visitor.answer("hello");
  const { expires_at: end, updated_at: last } = await visitor.conversation(id);
  assert.equal(Date.parse(end) - Date.parse(last), 30 * DAY_MS);
});

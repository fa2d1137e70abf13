// Health and metrics: exactly the members that others parse, and nothing that is a secret.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream, UPSTREAM_KEY } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const TOKEN = "Yx3test9KqLr7WvB2nMz5TgHd8JsPc4Fa6";
const later = untilFileEnds();
let upstream;
let server;
before(async () => {
  upstream = await Upstream.start(later);
  server = await startServer(later, {
    limits: true,
    env: {
      ...upstream.env,
      GATEHOUSE_METRICS_TOKEN: TOKEN,
      GATEHOUSE_TRUSTED_PROXIES: "127.7.7.7",
    },
  });
});

const read = (path, headers, from = server.nextAddress()) => send(server, { path, headers, from });
const asJson = { Accept: "application/json" };

test("/healthz says that the process lives, and no more", async () => {
  const { status, headers, json } = await read("/healthz");
  assert.equal(status, 200);
  assert.deepEqual(json, { status: "alive" });
  assert.equal(headers["cache-control"], "no-store");
});

test("/readyz says whether work can be done", async () => {
  const { status, json } = await read("/readyz");
  assert.equal(status, 200);
  assert.equal(json.status, "ready");
  for (const state of Object.values(json.checks)) assert.equal(state, "healthy");
});

test("B10 /health has exactly the members of the summary", async () => {
  const { status, json } = await read("/health");
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json).sort(), ["environment", "services", "status", "version"]);
  assert.equal(json.status, "healthy");
  assert.equal(json.environment, "development");
  assert.match(json.version, /^\d+\.\d+\.\d+$/);
  const { redis, sse_connections: streams, active_sessions: sessions, ...others } = json.services;
  assert.equal(redis, "disabled");
  for (const count of [streams, sessions]) assert.ok(Number.isInteger(count) && count >= 0);
  for (const state of Object.values(others)) assert.match(state, /^(healthy|disabled)$/);
});

test("B10 open streams and sessions are counted while they are open", async () => {
  const services = async () => (await read("/health")).json.services;
  const before = await services();
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("hello");
  const streams = [await visitor.events(id), await visitor.events(id)];
  const during = await services();
  assert.equal(during.sse_connections, before.sse_connections + 2);
  assert.equal(during.active_sessions, before.active_sessions + 1);
  for (const stream of streams) stream.close();
  await eventually(
    async () => (await services()).sse_connections === before.sse_connections,
    "the end",
  );
  await visitor.call("DELETE", "/api/v1/sessions/current");
  assert.equal((await services()).active_sessions, before.active_sessions);
});

test("D6 /api/health adds responders and caches, without secrets", async () => {
  const { json, text } = await read("/api/health");
  assert.deepEqual(Object.keys(json.services.responders), ["openai"]);
  assert.equal(typeof json.services.caches, "object");
  for (const secret of [UPSTREAM_KEY, TOKEN, upstream.url, server.dataDir])
    assert.ok(!text.includes(secret));
});

test("B10 /metrics as JSON has exactly the members of the chat proxy", async () => {
  const { status, headers, json } = await read("/metrics", asJson);
  assert.equal(status, 200);
  assert.match(headers["content-type"], /^application\/json/);
  assert.deepEqual(Object.keys(json), ["connections", "rate_limits", "system"]);
  assert.deepEqual(Object.keys(json.connections), [
    "total",
    "active",
    "sessions",
    "oldest_connection_age",
  ]);
  assert.deepEqual(json.rate_limits, { per_minute: 60, per_hour: 1000 });
  assert.deepEqual(Object.keys(json.system).sort(), ["debug_mode", "version"]);
  assert.equal(json.system.debug_mode, false);
  for (const value of Object.values(json.connections))
    assert.ok(Number.isInteger(value) && value >= 0);
  assert.ok(json.connections.active >= 1, "this one");
  assert.ok(json.connections.total >= json.connections.active);
});

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABELS = `(\\{(?:${NAME}="(?:[^"\\\\\\n]|\\\\[\\\\n"])*",?)*\\})?`;
const NUMBER = "([-+]?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?|Inf|NaN))";
const SAMPLE = new RegExp(`^(${NAME})${LABELS} ${NUMBER}$`);

/** Prometheus' text format 0.0.4, as promtool checks it. */
function parseMetrics(text) {
  assert.ok(text.endsWith("\n"));
  const families = new Map();
  const samples = new Map();
  for (const line of text.trimEnd().split("\n")) {
    const [, kind, name, rest] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (kind) {
      const family = families.get(name) ?? {};
      assert.equal(family[kind], undefined, `${kind} of ${name} twice`);
      assert.ok(!family.hasSamples, `${kind} behind the samples of ${name}`);
      families.set(name, { ...family, [kind]: rest });
      if (kind === "TYPE") assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
      continue;
    }
    const sample = SAMPLE.exec(line);
    assert.ok(sample, `a malformed line: ${line}`);
    const base = families.has(sample[1])
      ? sample[1]
      : sample[1].replace(/_(bucket|sum|count)$/, "");
    const family = families.get(base);
    assert.ok(family?.TYPE && family.HELP, `${sample[1]} has no TYPE or HELP`);
    family.hasSamples = true;
    const key = sample[1] + (sample[2] ?? "");
    assert.ok(!samples.has(key), `${key} twice`);
    samples.set(key, Number(sample[3]));
    if (family.TYPE === "counter") assert.match(base, /_total$/, base);
  }
  return samples;
}

test("B10 B13 /metrics in Prometheus' format holds, and its counters count", async () => {
  const scrape = async () => {
    const { status, headers, text } = await read("/metrics", {
      Accept: "text/plain;version=0.0.4;q=1,*/*;q=0.1",
    });
    assert.equal(status, 200);
    assert.match(headers["content-type"], /^text\/plain; version=0\.0\.4/);
    return parseMetrics(text);
  };
  const before = await scrape();
  const visitor = await Visitor.start(server);
  await visitor.answer("hello");
  await visitor.chat("");
  await read("/", { Host: "evil.example" });
  await read("/api/v1/conversations");
  const after = await scrape();
  const grown = (name) => after.get(name) - before.get(name);
  const expected = {
    gatehouse_sessions_started_total: 1,
    gatehouse_turns_started_total: 1,
    gatehouse_turns_completed_total: 1,
    gatehouse_upstream_requests_total: 1,
    gatehouse_auth_failures_total: 1,
    gatehouse_prompt_tokens_total: 7,
    gatehouse_completion_tokens_total: 5,
    gatehouse_tasks_failed_total: 0,
    gatehouse_requests_total: 6,
  };
  for (const [name, count] of Object.entries(expected)) assert.equal(grown(name), count, name);
  assert.ok(grown("gatehouse_guard_denied_total") >= 1);
  assert.ok(grown("gatehouse_validation_errors_total") >= 1);
  for (const [name, value] of before) {
    if (name.endsWith("_total")) assert.ok(after.get(name) >= value, name);
  }
});

test("metrics are for this machine, or with the token", async () => {
  const outside = (headers) =>
    read("/metrics", { "X-Forwarded-For": "203.0.113.9", ...headers }, "127.7.7.7");
  assertProblem(await outside({}), { status: 401, code: "unauthenticated" });
  assertProblem(await outside({ Authorization: "Bearer wrong" }), { status: 401 });
  assert.equal((await outside({ Authorization: `Bearer ${TOKEN}` })).status, 200);
  const local = await read("/metrics", { Authorization: "Bearer wrong" });
  assert.equal(local.status, 401, "a wrong token is an error here, too");
});

test("health answers while the chat is at its limit", async () => {
  const from = server.nextAddress();
  for (let i = 0; i < 61; i += 1) await read("/api/v1/conversations", {}, from);
  assert.equal((await read("/api/v1/conversations", {}, from)).status, 429);
  for (const path of ["/healthz", "/readyz", "/health"])
    assert.equal((await read(path, {}, from)).status, 200);
});

test("E14 a store that can't be written: /readyz says so, and it recovers", async (t) => {
  const own = await startServer(t, { env: upstream.env });
  const visitor = await Visitor.start(own);
  const { conversation_id: id } = await visitor.answer("before");
  const store = `${own.dataDir}/gatehouse.db`;
  // A lock held by another process is what a full disk or a backup gone wrong looks like from here.
  const code =
    "import sqlite3, sys\ns = sqlite3.connect(sys.argv[1], isolation_level=None)\n" +
    "s.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()\n";
  const holder = spawn("python3", ["-c", code, store]);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const response = await visitor.chat("during", { conversation_id: id });
  assertProblem(response, { status: 503, code: "unavailable" });
  const ready = await send(own, { path: "/readyz", from: own.nextAddress() });
  assert.equal(ready.status, 503, ready.text);
  assert.equal(ready.json.status, "not_ready");
  holder.stdin.end();
  await new Promise((resolve) => holder.once("close", resolve));
  await eventually(
    async () => (await visitor.chat("afterwards", { conversation_id: id })).status === 200,
    "the store to recover",
  );
  await eventually(
    async () => (await send(own, { path: "/readyz", from: own.nextAddress() })).status === 200,
    "readiness",
  );
  const texts = (await visitor.conversation(id)).messages.map(({ text }) => text);
  assert.ok(!texts.includes("during"), texts.join());
});

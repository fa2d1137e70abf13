// Limits as they ship, their presets and names, and who a request is counted against.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOpenAiError, assertProblem, rateItems } from "./support/checks.mjs";
import { openStream, send, Visitor } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";
import { pause } from "./support/waiting.mjs";

const API = "/api/v1/conversations"; // without a session: counted, then 401
const shipped = (t, env = {}, more = {}) => startServer(t, { limits: true, env, ...more });
const rules = (response) =>
  rateItems(response.headers["ratelimit-policy"])
    .map(({ q, w }) => `${q}/${w}`)
    .sort();

async function call(server, times, options) {
  const statuses = [];
  let last = null;
  for (let i = 0; i < times; i += 1) {
    last = await send(server, options);
    statuses.push(last.status);
  }
  return { statuses, last };
}

test("B1 D4 60 requests in a minute, then 429 with all that a client needs", async (t) => {
  const server = await shipped(t);
  const from = server.nextAddress();
  const first = await send(server, { path: API, from });
  assert.deepEqual(rules(first), ["1000/3600", "60/60"]);
  const left = rateItems(first.headers.ratelimit);
  assert.deepEqual(left.map(({ r }) => r).sort(), [59, 999]);
  assert.ok(left.every(({ t: reset }) => Number.isInteger(reset) && reset >= 0));

  const { statuses } = await call(server, 59, { path: API, from });
  assert.deepEqual([...new Set(statuses)], [401]);
  const refused = await send(server, { path: API, from });
  const problem = assertProblem(refused, { status: 429, code: "rate_limited", retry: true });
  assert.ok(problem.retry_after_s <= 64, "a window and its last segment");
  const items = rateItems(refused.headers.ratelimit);
  assert.ok(
    items.some(({ r }) => r === 0),
    refused.headers.ratelimit,
  );
  for (const { t: reset } of items) assert.ok(problem.retry_after_s >= reset);
  assert.ok(rules(refused).includes("60/60"));
  const id = refused.headers["x-request-id"];
  const entry = await server.logged("RATE_LIMIT_EXCEEDED", (each) => each.request_id === id);
  assert.equal(entry.client, from);

  assert.equal(
    (await send(server, { path: API, from: server.nextAddress() })).status,
    401,
    "another address has its own",
  );
  assert.equal((await send(server, { path: "/", from })).status, 200, "files have their own");
  assert.equal((await send(server, { path: "/healthz", from })).status, 200, "so has health");
});

test("limits hold on /v1 in OpenAI's form, and Retry-After with it", async (t) => {
  const server = await shipped(t, { RATE_LIMIT_PER_MINUTE: "2" });
  const { last } = await call(server, 3, { path: "/v1/models" });
  assertOpenAiError(last, { status: 429, code: "rate_limit_exceeded" });
  assert.match(last.headers["retry-after"], /^[1-9]\d*$/);
});

test("A4 health, sessions and files have limits of their own", async (t) => {
  const server = await shipped(t);
  const of = async (path, method = "GET") =>
    rules(await send(server, { path, method, from: server.nextAddress() }));
  assert.deepEqual(await of("/health"), ["60/60"]);
  assert.deepEqual(await of("/metrics"), ["60/60"]);
  assert.deepEqual(await of("/widget.js"), ["600/60"]);
  assert.deepEqual(await of("/api/v1/sessions", "POST"), ["1000/3600", "20/60", "60/60"]);
  const from = server.nextAddress();
  const { statuses } = await call(server, 21, { path: "/api/v1/sessions", method: "POST", from });
  assert.deepEqual(statuses.slice(-2), [201, 429]);
});

test("B1 30 messages in a minute for a session, whatever address it comes from", async (t) => {
  const server = await shipped(t);
  const visitor = await Visitor.start(server);
  // In more networks than these at once it would seem stolen.
  const addresses = Array.from({ length: 4 }, () => server.nextAddress());
  const ask = (i) => {
    visitor.from = addresses[i % addresses.length];
    return visitor.chat("What is Gatehouse?");
  };
  for (let i = 0; i < 30; i += 1) assert.equal((await ask(i)).status, 200);
  assertProblem(await ask(30), { status: 429, code: "rate_limited", retry: true });
  const other = await Visitor.start(server);
  assert.equal((await other.chat("What is Gatehouse?")).status, 200);
});

test("the limit of a message holds before a stream begins", async (t) => {
  const server = await shipped(t, { RATE_LIMIT_REQUESTS: "1" });
  const visitor = await Visitor.start(server);
  await (await visitor.stream("hello")).all();
  const refused = await visitor.chat("hello", { stream: true });
  assertProblem(refused, { status: 429, retry: true });
});

const PRESETS = {
  balanced: [["1000/3600", "60/60"], "30/60"],
  line: [["200/86400", "50/3600"], "10/60"],
  proxy: [["1000/3600", "60/60"], "30/60"],
  messenger: [["100/60"], "100/60"],
  "ai-api": [["100/3600"], "10/60"],
  documents: [["1000/3600", "60/60"], "30/60"],
};
for (const [preset, [any, chat]] of Object.entries(PRESETS)) {
  test(`A4 D4 E6 the preset ${preset}`, async (t) => {
    const server = await shipped(t, { GATEHOUSE_LIMITS_PRESET: preset });
    const read = await send(server, { path: API, from: server.nextAddress() });
    assert.deepEqual(rules(read), any);
    const visitor = await Visitor.start(server);
    const asked = await visitor.chat("What is Gatehouse?");
    const perPrefix = preset === "line" || preset === "ai-api" ? [chat] : [];
    assert.deepEqual(rules(asked), [...any, ...perPrefix, chat].sort());
    const most = Number(chat.split("/")[0]);
    if (perPrefix.length === 0) return;
    for (let i = 1; i < most; i += 1) assert.equal((await visitor.chat("hello")).status, 200);
    const second = await Visitor.start(server, visitor.from);
    assertProblem(await second.chat("hello"), { status: 429, retry: true });
  });
}

test("B11 RATE_LIMIT_PER_MINUTE and _PER_HOUR set the first row", async (t) => {
  const minute = await shipped(t, { RATE_LIMIT_PER_MINUTE: "3" });
  const quick = await call(minute, 4, { path: API });
  assert.deepEqual(quick.statuses, [401, 401, 401, 429]);
  assert.deepEqual(rules(await send(minute, { path: API, from: minute.nextAddress() })), [
    "1000/3600",
    "3/60",
  ]);
  const hour = await shipped(t, { RATE_LIMIT_PER_HOUR: "2", RATE_LIMIT_FAIL_OPEN: "false" });
  const slow = await call(hour, 3, { path: API });
  assert.deepEqual(slow.statuses, [401, 401, 429]);
  assert.ok(slow.last.json.retry_after_s > 60);
});

test("B11 RATE_LIMIT_REQUESTS per RATE_LIMIT_WINDOW set the second; waiting helps", async (t) => {
  const env = { RATE_LIMIT_REQUESTS: "2", RATE_LIMIT_WINDOW: "1", RATE_LIMIT_FAIL_OPEN: "true" };
  const server = await shipped(t, env);
  const visitor = await Visitor.start(server);
  for (let round = 0; round < 2; round += 1) {
    const answers = await Promise.all([1, 2, 3].map(() => visitor.chat("hello")));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    assert.ok(rules(refused).includes("2/1"));
    await pause(Number(refused.headers["retry-after"]) * 1000);
  }
});

test("a limit is never passed by requests at the same time", async (t) => {
  const server = await shipped(t, { RATE_LIMIT_PER_MINUTE: "10" });
  const all = Array.from({ length: 60 }, () => send(server, { path: API, from: "127.9.0.1" }));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status !== 429).length, 10);
});

test("behind trusted proxies the address is read from right to left", async (t) => {
  const server = await shipped(t, {
    RATE_LIMIT_PER_MINUTE: "2",
    GATEHOUSE_TRUSTED_PROXIES: "127.0.0.1,10.0.0.0/8",
  });
  const ask = (forwarded, from = "127.0.0.1") =>
    send(server, { path: API, from, headers: { "X-Forwarded-For": forwarded } });
  for (const spoofed of ["1.1.1.1", "2.2.2.2"]) {
    assert.equal((await ask(`${spoofed}, 203.0.113.5, 10.1.2.3`)).status, 401);
  }
  const refused = await ask("3.3.3.3, 203.0.113.5,10.9.9.9, 10.1.2.3");
  assertProblem(refused, { status: 429 });
  const entry = await server.logged("RATE_LIMIT_EXCEEDED");
  assert.equal(entry.client, "203.0.113.5");
  assert.equal((await ask("203.0.113.5, 203.0.113.6")).status, 401, "another client");
  for (const form of [
    "203.0.113.5",
    "203.0.113.5:4711",
    "[::ffff:203.0.113.5]",
    "junk, 203.0.113.5",
  ]) {
    assert.equal((await ask(form)).status, 429, form);
  }
});

test("IPv6 clients are counted by their /64", async (t) => {
  const server = await shipped(t, {
    RATE_LIMIT_PER_MINUTE: "2",
    GATEHOUSE_TRUSTED_PROXIES: "127.0.0.1",
  });
  const ask = (address) => send(server, { path: API, headers: { "X-Forwarded-For": address } });
  assert.equal((await ask("2001:db8:1:2::1")).status, 401);
  assert.equal((await ask("[2001:db8:1:2:ffff::9]:443")).status, 401);
  assert.equal((await ask("2001:DB8:1:2:abcd::3")).status, 429);
  assert.equal((await ask("2001:db8:1:3::1")).status, 401);
});

test("who is not a trusted proxy can't say where it comes from or who it is", async (t) => {
  const server = await shipped(t, {
    RATE_LIMIT_PER_MINUTE: "2",
    GATEHOUSE_TRUSTED_PROXIES: "127.0.0.1",
  });
  const ask = (i) =>
    send(server, {
      path: API,
      from: "127.5.5.5",
      headers: {
        "X-Forwarded-For": `203.0.113.${i}`,
        "X-Request-Id": "mine-mine",
        "X-Real-IP": `203.0.113.${i}`,
        Forwarded: `for=203.0.113.${i}`,
        "X-Forwarded-Proto": "https",
      },
    });
  const answers = [await ask(1), await ask(2), await ask(3)];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 429],
  );
  for (const { headers } of answers) assert.notEqual(headers["x-request-id"], "mine-mine");
  assert.equal((await server.logged("RATE_LIMIT_EXCEEDED")).client, "127.5.5.5");
});

test("E13 D7 request ids are taken from a trusted proxy when they are well formed", async (t) => {
  const server = await startServer(t, { env: { GATEHOUSE_TRUSTED_PROXIES: "127.0.0.1" } });
  const idFor = async (headers) =>
    (await send(server, { path: "/nothing", headers })).headers["x-request-id"];
  assert.equal(await idFor({ "X-Request-Id": "abc-DEF_123.4" }), "abc-DEF_123.4");
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  assert.equal(await idFor({ traceparent: `00-${trace}-00f067aa0ba902b7-01` }), trace);
  const unusable = ["", "a b", "x".repeat(65), "<script>", '"', "é", "a\tb"];
  for (const id of unusable) {
    const made = await idFor({ "X-Request-Id": id });
    assert.match(made, /^[A-Za-z0-9._-]{8,64}$/);
    assert.notEqual(made, id);
  }
  const zeros = await idFor({ traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` });
  assert.notEqual(zeros, "0".repeat(32));
  const answer = await send(server, { path: API, headers: { "X-Request-Id": "seen-in-the-log" } });
  assert.equal(answer.json.request_id, "seen-in-the-log");
  await server.logged("AUTH_FAILED", (entry) => entry.request_id === "seen-in-the-log");
});

test("a stream counts once, when it begins", async (t) => {
  const server = await shipped(t, { RATE_LIMIT_PER_MINUTE: "3" });
  const visitor = await Visitor.start(server, "127.6.6.6");
  const events = await (await visitor.stream("How do limits work?")).all();
  assert.ok(events.length > 3);
  const follow = {
    path: `${API}/${events[0].data.conversation_id}/events`,
    from: "127.6.6.6",
    headers: { Authorization: `Bearer ${visitor.token}` },
  };
  (await openStream(server, follow)).close();
  assert.equal((await send(server, follow)).status, 429);
});

test("B1 an hour's limit outlives a restart, and the minute's begins anew", async (t) => {
  const server = await shipped(t, { RATE_LIMIT_PER_MINUTE: "5", RATE_LIMIT_PER_HOUR: "8" });
  const from = server.nextAddress();
  assert.deepEqual((await call(server, 6, { path: API, from })).statuses.at(-1), 429);
  await server.restart();
  const { statuses } = await call(server, 4, { path: API, from });
  assert.deepEqual(statuses, [401, 401, 401, 429]);
});

// The log: JSON, with request ids and the names of events that operators look for, without secrets.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream, UPSTREAM_KEY } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const API_KEY = "test-key-of-a-program-0123456789";
const SESSION_SECRET = "a test secret for sessions that is long enough";
const METRICS_TOKEN = "a-test-token-for-the-metrics-0123456789";
const SECRETS = [API_KEY, SESSION_SECRET, METRICS_TOKEN, UPSTREAM_KEY];

const later = untilFileEnds();
let server;
before(async () => {
  const upstream = await Upstream.start(later);
  const env = {
    ...upstream.env,
    SESSION_SECRET,
    GATEHOUSE_API_KEYS: `program:${API_KEY}`,
    GATEHOUSE_METRICS_TOKEN: METRICS_TOKEN,
    DEBUG: "true",
    GATEHOUSE_LOG_FILE: "gatehouse.log",
  };
  server = await startServer(later, { env });
  for (const secret of SECRETS) server.secrets.add(secret);
});

/** The log line of one request, by the id that its client was told. */
const entryOf = (event, response) =>
  server.logged(event, (entry) => entry.request_id === response.headers["x-request-id"]);

test("C6 D7 each line has a time, a level, an event and a message", async () => {
  await send(server, "/healthz");
  for (const entry of server.log.items) {
    assert.match(entry.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.ok(["debug", "info", "warning", "error"].includes(entry.level), entry.level);
    assert.match(entry.event, /^[A-Z][A-Z0-9_]+$/);
    assert.ok(entry.message.length > 0);
  }
});

test("D2 the start says where it listens, and its version", async () => {
  const { address, version } = await server.logged("STARTED");
  assert.equal(address, server.url);
  assert.match(version, /^\d+\.\d+\.\d+$/);
});

test("B20 SECURITY_ALERT names the rule and who it was", async () => {
  const response = await send(server, { path: "/", headers: { Host: "evil.example" } });
  const entry = await entryOf("SECURITY_ALERT", response);
  assert.equal(entry.rule, "host.unknown");
  assert.equal(entry.client, "127.0.0.1");
  assert.equal(entry.level, "warning");
});

test("B20 AUTH_FAILED is logged for tokens, keys and cookies that are wrong", async () => {
  const wrong = [
    [
      "GET",
      "/api/v1/conversations",
      { Authorization: "Bearer gv1.forged-forged-forged-forged.1.x" },
    ],
    ["GET", "/api/v1/conversations", {}],
    ["GET", "/v1/models", { Authorization: "Bearer test-wrong-key-0123456789" }],
    ["GET", "/metrics", { Authorization: "Bearer test-wrong-token-0123456789" }],
  ];
  for (const [method, path, headers] of wrong) {
    const response = await send(server, { method, path, headers });
    assert.equal(response.status, 401, path);
    const entry = await entryOf("AUTH_FAILED", response);
    assert.equal(entry.path, path);
    if (headers.Authorization) {
      assert.ok(!JSON.stringify(entry).includes(headers.Authorization.slice(7)));
    }
  }
});

test("B20 E3 VALIDATION_ERROR is logged for what breaks a rule", async () => {
  const visitor = await Visitor.start(server);
  const answers = [
    await visitor.chat("x".repeat(10_001)),
    await visitor.chat("hello", { nonsense: 1 }),
    await visitor.call("POST", "/api/v1/chat", "{not json"),
    await visitor.call("POST", "/api/v1/chat", "{}", { "Content-Type": "text/plain" }),
    await visitor.call("GET", "/api/v1/conversations?limit=1000"),
    await send(server, { path: "/", headers: { "Transfer-Encoding": "gzip" } }),
  ];
  for (const response of answers) {
    assert.ok(response.status >= 400, response.text);
    await entryOf("VALIDATION_ERROR", response);
  }
});

test("E3 what failed behind the server stands in the log, not in the answer", async () => {
  const visitor = await Visitor.start(server);
  const response = await visitor.chat("fault500 please");
  assert.equal(response.status, 502, response.text);
  assert.doesNotMatch(response.text, /main\.go|500|panic/);
  const entry = await entryOf("REPLY_FAILED", response);
  assert.match(entry.message, /500/);
});

test("C6 no secret is logged, at level debug, whatever comes along", async () => {
  const visitor = await Visitor.start(server);
  await visitor.answer("hello there");
  const cookie = `chat_session_id=${visitor.token}; other=test-other-cookie-value`;
  await send(server, {
    path: `/api/v1/conversations?token=${visitor.token}`,
    headers: {
      Cookie: cookie,
      Origin: "https://evil.example",
      "X-CSRF-Token": visitor.csrf,
    },
  });
  await send(server, { path: "/metrics", headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
  await send(server, { path: "/v1/models", headers: { Authorization: `Bearer ${API_KEY}` } });
  await send(server, { path: "/", headers: { Host: `${visitor.token.toLowerCase()}.example` } });
  await visitor.call("POST", "/api/v1/chat", `{"message":"hi","api_key":"${API_KEY}"}`);
  const done = await send(server, { path: "/", headers: { Host: "last.example" } });
  await entryOf("SECURITY_ALERT", done);
  for (const secret of server.secrets)
    assert.ok(!server.stdout.includes(secret), secret.slice(0, 8));
  assert.ok(
    server.log.items.some(({ level }) => level === "debug"),
    "debug is on",
  );
});

test("E4 the log file holds the same lines, for its owner only", async () => {
  const file = join(server.home, "gatehouse.log");
  await eventually(() => readFileSync(file, "utf8").includes("SECURITY_ALERT"), "the log file");
  assert.equal(statSync(file).mode & 0o007, 0, "not for everybody");
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.ok(lines.length > 5);
  for (const secret of server.secrets) assert.ok(!readFileSync(file, "utf8").includes(secret));
});

test("E4 log files rotate at their size and the oldest go", async (t) => {
  const env = {
    GATEHOUSE_LOG_FILE: "small.log",
    GATEHOUSE_LOG_FILE_MEGABYTES: "1",
    GATEHOUSE_LOG_FILE_COUNT: "3",
    DEBUG: "true",
  };
  const own = await startServer(t, { env });
  const long = `/${"a".repeat(6000)}`;
  const flood = async () => {
    const asked = Array.from({ length: 40 }, () =>
      send(own, { path: long, headers: { Host: "evil.example" } }),
    );
    await Promise.all(asked);
    return own.stdout.length > 5_500_000;
  };
  await eventually(flood, "enough log lines", 20_000);
  await own.stop();
  const files = readdirSync(own.home).filter((name) => name.startsWith("small"));
  assert.equal(files.length, 3, files.join());
  for (const file of files) {
    assert.ok(statSync(join(own.home, file)).size <= 1024 * 1024 * 1.02, file);
  }
});

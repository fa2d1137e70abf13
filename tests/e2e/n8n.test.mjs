// Answers from a workflow of n8n: every form of an answer, every credential, and each of the usual
// mistakes told to the operator and to nobody else.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertClean } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { temporaryFolder } from "./support/folders.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { decoded, N8n } from "./support/n8n.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const SECRET = ["Kq8", "shared-for-n8n", "Tz4WmY7pRx2Lb9"].join("-");
const KEY = ["key", "of", "the", "header", "4711"].join("-");
const PASSWORD = ["pass", "word", "0815"].join("-");
const NEVER_PAUSED = { GATEHOUSE_ROUTE_FAILURES_MAX: "0" };

const later = untilFileEnds();
let n8n;
let server;
before(async () => {
  n8n = await N8n.start(later);
  server = await startServer(later, { env: { ...n8n.env, ...NEVER_PAUSED } });
});

const ask = (content, of = server) =>
  send(of, {
    method: "POST",
    path: "/v1/chat/completions",
    body: { model: "default", messages: [{ role: "user", content }] },
  });
const textOf = async (content, of = server) => {
  const { status, text, json } = await ask(content, of);
  assert.equal(status, 200, text);
  return json.choices[0].message.content;
};
const errorOf = async (of = server) =>
  (await send(of, "/api/health")).json.services.responder_errors.n8n;

test("B8 a conversation goes by its id, one message at a time", async () => {
  const visitor = await Visitor.start(server);
  const first = await visitor.answer("Good day");
  assert.equal(first.reply.text, "You said: Good day");
  const again = await visitor.answer("And again", { conversation_id: first.conversation_id });
  assert.equal(again.reply.text, "You said: And again");
  const [{ body: one }, { body: two }] = n8n.requests.items.slice(-2);
  assert.equal(one.sessionId, first.conversation_id);
  assert.equal(two.sessionId, first.conversation_id);
  assert.equal(two.chatInput, "And again", "n8n remembers what went before, if it wants to");
  assert.equal(two.metadata.channel, "web");
});

test("B8 every form of an answer is read by its content", async () => {
  assert.equal(await textOf("all"), "one\n\ntwo");
  assert.equal(await textOf("text <b>"), "You said: text <b>");
  assert.equal(await textOf("stream"), "You said: stream");
  assert.equal(await textOf("agent"), "Hello world é✓");
  assert.equal(await textOf("nodes"), "first second\n\nthird fourth");
  assert.equal(await textOf("bytes"), "\u{1F600} Gr\u00fc\u00dfe");
  const { headers, body } = n8n.requests.items.at(-1);
  assert.equal(headers.accept, "text/plain");
  assert.equal(body.metadata.channel, "openai");
  assert.equal(body.sessionId, headers["x-request-id"], "a program on /v1 has no conversation");
});

test("B8 words come as the agent says them", async () => {
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream("agent");
  const events = await stream.all();
  const pieces = events.filter(({ event }) => event === "delta");
  assert.equal(pieces.map(({ data }) => data.text).join(""), "Hello world é✓");
  assert.ok(pieces.length > 1, `${pieces.length} pieces`);
});

const MISTAKES = {
  started: /Respond of its Webhook node/,
  execution: /Response Mode/,
  silent: /Enable Streaming/,
  unnamed: /named output, text or message/,
  empty: /ended without an answer/,
  fails: /Executions/,
  model: /Executions/,
  half: /Executions/,
  cut: /ended before its answer/,
  inactive: /activate the workflow/,
  get: /HTTP Method/,
  private: /Make Chat Publicly Available/,
  proxy: /read timeout/,
  page: /web page/,
  login: /leads elsewhere/,
};
for (const [word, told] of Object.entries(MISTAKES)) {
  test(`B8 ${word}: the operator hears what to do, the visitor that it failed`, async () => {
    const { status, json, text, headers } = await ask(word);
    assert.ok(status >= 500, `${status} ${text}`);
    assert.match(json.error.message, /^The answering service (failed|took too long)/);
    assert.doesNotMatch(text, /n8n|webhook|inner|nginx|half|Workflow/i);
    assertClean(json.error.message);
    const id = headers["x-request-id"];
    const entry = await server.logged("RESPONDER_MISCONFIGURED", (each) => each.request_id === id);
    assert.match(entry.message, told);
    assert.equal(await errorOf(), entry.message);
    assert.ok(!server.stdout.includes("a-secret-path"), "its address is kept");
    await textOf("good again");
    assert.equal(await errorOf(), undefined);
  });
}

const CREDENTIALS = {
  header: {
    auth: { kind: "header", name: "X-API-Key", value: KEY },
    right: { N8N_API_KEY: KEY },
    wrong: { N8N_API_KEY: `${KEY}-not` },
  },
  "header of another name": {
    auth: { kind: "header", name: "X-Chat", value: KEY },
    right: { N8N_API_KEY: KEY, N8N_API_KEY_HEADER: "X-Chat" },
    wrong: { N8N_API_KEY: KEY },
  },
  basic: {
    auth: { kind: "basic", user: "gatehouse", password: PASSWORD },
    right: { N8N_AUTH: "basic", N8N_USER: "gatehouse", N8N_PASSWORD: PASSWORD },
    wrong: { N8N_AUTH: "none" },
  },
  jwt: {
    auth: { kind: "jwt", secret: SECRET },
    right: { JWT_SECRET: SECRET },
    wrong: { JWT_SECRET: [...SECRET].reverse().join("") },
  },
};
for (const [name, { auth, right, wrong }] of Object.entries(CREDENTIALS)) {
  test(`B19 ${name}: the right credential opens, a wrong one is explained`, async (t) => {
    const trigger = await N8n.start(t, { auth });
    const good = await startServer(t, { env: { ...trigger.env, ...right } });
    for (const secret of Object.values(right)) if (secret.length > 12) good.secrets.add(secret);
    assert.equal(await textOf("hi", good), "You said: hi");
    const bad = await startServer(t, { env: { ...trigger.env, ...wrong } });
    assert.equal((await ask("hi", bad)).status, 502);
    assert.match(await errorOf(bad), /N8N_AUTH|JWT_SECRET/);
  });
}

test("B19 the token is short, names who asks, and is another one each time", async (t) => {
  const trigger = await N8n.start(t, { auth: { kind: "jwt", secret: SECRET } });
  const env = { ...trigger.env, JWT_SECRET_KEY: SECRET };
  const own = await startServer(t, { env });
  const visitor = await Visitor.start(own);
  const { conversation_id: id } = await visitor.answer("one");
  await visitor.answer("two", { conversation_id: id });
  const tokens = trigger.requests.items.map(({ headers }) => headers.authorization.slice(7));
  const [first, second] = tokens.map((token) => decoded(token.split(".")[1]));
  assert.deepEqual(decoded(tokens[0].split(".")[0]), { alg: "HS256", typ: "JWT" });
  const { iat, exp, jti, ...rest } = first;
  assert.ok(Math.abs(iat - Date.now() / 1000) < 60);
  assert.equal(exp - iat, 300);
  assert.match(rest.sub, /^visitor:./);
  assert.deepEqual(rest, { iss: "gatehouse", aud: "n8n", site: "default", sid: id, sub: rest.sub });
  assert.equal(second.sub, first.sub);
  assert.notEqual(second.jti, jti);
  for (const token of tokens) assert.ok(!own.stdout.includes(token));
});

test("B19 another secret is taken over while it runs", async (t) => {
  const trigger = await N8n.start(t, { auth: { kind: "jwt", secret: SECRET } });
  const file = join(temporaryFolder(), "jwt-secret");
  writeFileSync(file, SECRET, { mode: 0o600 });
  const own = await startServer(t, { env: { ...trigger.env, JWT_SECRET_FILE: file } });
  assert.equal(await textOf("hi", own), "You said: hi");
  trigger.auth.secret = [...SECRET].reverse().join("");
  assert.equal((await ask("hi", own)).status, 502);
  writeFileSync(file, trigger.auth.secret);
  own.signal("SIGHUP");
  const changed = await own.logged("SECRETS_CHANGED");
  assert.equal(changed.settings, "jwt.secret");
  await eventually(async () => (await ask("hi", own)).status === 200, "both workers to have it");
});

test("B19 an hour is an hour, and other names are other names", async (t) => {
  const keys = ["who", "what"];
  const trigger = await N8n.start(t, { auth: { kind: "jwt", secret: SECRET }, keys });
  const own = await startServer(t, {
    env: {
      ...trigger.env,
      ...{ JWT_SECRET: SECRET, JWT_EXPIRATION_HOURS: "1", JWT_ALGORITHM: "HS256" },
      ...{ N8N_SESSION_KEY: "who", N8N_INPUT_KEY: "what", N8N_STREAMS: "no" },
    },
  });
  assert.equal(await textOf("hi", own), "You said: hi");
  const { headers } = trigger.requests.items[0];
  assert.equal(headers.accept, "application/json");
  const { iat, exp } = decoded(headers.authorization.split(".")[1]);
  assert.equal(exp - iat, 3600);
});

test("B8 where a stream is expected, a whole answer is given, and told of", async (t) => {
  const trigger = await N8n.start(t);
  const own = await startServer(t, { env: { ...trigger.env, N8N_STREAMS: "yes" } });
  assert.equal(await textOf("hi", own), "You said: hi");
  const { message } = await own.logged("RESPONDER_MISCONFIGURED");
  assert.match(message, /'Streaming'/);
});

test("B8 a client that leaves ends the call of the workflow", async () => {
  const controller = new AbortController();
  const body = { model: "x", stream: true, messages: [{ role: "user", content: "wait here" }] };
  await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: controller.signal,
  });
  const isIt = ({ body: { chatInput } }) => chatInput === "wait here";
  const call = await n8n.requests.first(isIt, "the call");
  controller.abort();
  await call.closed;
});

test("B8 /v1/models names it", async () => {
  assert.ok((await send(server, "/v1/models")).json.data.some(({ id }) => id === "n8n"));
});

const url = "http://127.0.0.1:5678/webhook/a-secret-path";
const REFUSED = {
  "a basic credential without password": [{ N8N_AUTH: "basic", N8N_USER: "x" }, /N8N_PASSWORD/],
  "a header without key": [{ N8N_AUTH: "header" }, /N8N_API_KEY/],
  "a header that is none": [{ N8N_API_KEY: KEY, N8N_API_KEY_HEADER: "a b" }, /header's name/],
  "jwt without secret": [{ N8N_AUTH: "jwt" }, /JWT_SECRET/],
  "a secret that is too short": [{ JWT_SECRET: "Kq8-short" }, /fewer than 32/],
  "an algorithm that isn't there": [{ JWT_SECRET: SECRET, JWT_ALGORITHM: "RS256" }, /HS256/],
  "an address that is none": [{ N8N_WEBHOOK_URL: "n8n/a-secret-path" }, /is not a URL/],
};
for (const [name, [env, told]] of Object.entries(REFUSED)) {
  test(`B19 ${name} stops the start`, async () => {
    const all = { N8N_WEBHOOK_URL: url, ...env };
    const { code, stderr } = await runBinary(["serve", "--listen", "127.0.0.1:0"], { env: all });
    assert.equal(code, 1);
    assert.match(stderr, told);
    assert.doesNotMatch(stderr, new RegExp(`a-secret-path|${KEY}|${SECRET}`));
  });
}

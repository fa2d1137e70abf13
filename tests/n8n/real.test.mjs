// A real n8n behind the real binary: the workflows of deploy/n8n, each way of answering, each
// credential, and each of the usual mistakes. `./dev e2e n8n` runs it.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { before, test } from "node:test";
import { send, Visitor } from "../e2e/support/client.mjs";
import { untilFileEnds } from "../e2e/support/later.mjs";
import { startServer } from "../e2e/support/server.mjs";
import { Upstream, UPSTREAM_KEY } from "../e2e/support/upstream.mjs";
import { N8n } from "./n8n.mjs";
import * as workflows from "./workflows.mjs";

const { KEY, PASSWORD, SECRET, USER } = workflows;
const later = untilFileEnds();
let n8n;
let model;
before(async () => {
  model = await Upstream.start(later);
  const credentials = [
    ...workflows.CREDENTIALS,
    workflows.modelCredential(model.url, UPSTREAM_KEY),
  ];
  const { ACTIVE: active, INACTIVE: inactive } = workflows;
  n8n = await N8n.start(later, { credentials, active, inactive });
});

const gatehouse = (t, path, env = {}) =>
  startServer(t, {
    env: { N8N_WEBHOOK_URL: n8n.url + path, GATEHOUSE_ROUTE_FAILURES_MAX: "0", ...env },
  });
const askProgram = (server, content) =>
  send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    body: { model: "default", messages: [{ role: "user", content }] },
  });

const JWT = { JWT_SECRET: SECRET };
const BASIC = { N8N_AUTH: "basic", N8N_USER: USER, N8N_PASSWORD: PASSWORD };
const HEADER = { N8N_API_KEY: KEY };
const OTHER = [...SECRET].reverse().join("");
const MESSAGE = "Grüße ✓ \u{1F600}";
const SAID = `You said: ${MESSAGE}`;

const ANSWERED = {
  "the workflow of deploy/n8n": ["/webhook/gatehouse-chat", JWT],
  "the streaming one of deploy/n8n": ["/webhook/gatehouse-chat-streamed/chat", BASIC],
  "a last node": ["/webhook/last"],
  "all entries": ["/webhook/all", {}, `one\n\n${MESSAGE}`],
  "a text from Respond to Webhook": ["/webhook/text"],
  "a stream": ["/webhook/stream"],
  "a stream of two nodes": ["/webhook/items", {}, "a\n\nsecond ü✓"],
  "a Chat Trigger": ["/webhook/trigger/chat"],
  "a Chat Trigger that streams": ["/webhook/trigger-stream/chat"],
  "basic auth": ["/webhook/basic", BASIC],
  "header auth": ["/webhook/header", HEADER],
  "a JWT": ["/webhook/jwt", JWT],
};
for (const [name, [path, env, expected = SAID]] of Object.entries(ANSWERED)) {
  test(`B8 B19 ${name} answers people and programs`, async (t) => {
    const server = await gatehouse(t, path, env);
    const visitor = await Visitor.start(server);
    const { reply, conversation_id: id } = await visitor.answer(MESSAGE);
    assert.equal(reply.text, expected);
    const second = await visitor.answer(MESSAGE, { conversation_id: id });
    assert.equal(second.reply.text, expected);
    const { status, json, text } = await askProgram(server, MESSAGE);
    assert.equal(status, 200, text);
    assert.equal(json.choices[0].message.content, expected);
    assert.ok(!server.log.items.some(({ event }) => event === "RESPONDER_MISCONFIGURED"));
  });
}

const EXPLAINED = {
  "no token": ["/webhook/gatehouse-chat", {}, /JWT_SECRET/],
  "another secret": ["/webhook/jwt", { JWT_SECRET: OTHER }, /must be the same/],
  "another credential than a token": ["/webhook/jwt", BASIC, /N8N_AUTH=jwt/],
  "no user": ["/webhook/basic", {}, /set N8N_AUTH/],
  "another password": ["/webhook/basic", { ...BASIC, N8N_PASSWORD: OTHER }, /refuses the cred/],
  "no user at a Chat Trigger": ["/webhook/gatehouse-chat-streamed/chat", {}, /set N8N_AUTH/],
  "another key": ["/webhook/header", { N8N_API_KEY: OTHER }, /refuses the cred/],
  "an inactive workflow": ["/webhook/inactive", {}, /activate the workflow/],
  "a Test URL": ["/webhook-test/last", {}, /Test URL/],
  "the address of the editor": ["", {}, /none of its webhooks/],
  "another method": ["/webhook/get", {}, /HTTP Method/],
  "a chat that is not public": ["/webhook/private/chat", {}, /Publicly Available/],
  "an answer before the run": ["/webhook/received", {}, /Respond of its Webhook node/],
  "streaming that is off in the node": ["/webhook/silent", {}, /Enable Streaming/],
  "a stream without a node that streams": ["/webhook/quiet", {}, /Enable Streaming/],
  "a node that fails": ["/webhook/fails", {}, /Executions/],
  "a node that fails while it streams": ["/webhook/fails-streaming", {}, /Executions/],
  "an answer without a name": ["/webhook/unnamed", {}, /named output, text or message/],
  "no answer at all": ["/webhook/empty", {}, /ended without an answer/],
  "no Respond to Webhook": ["/webhook/unanswered", {}, /no Respond to Webhook/],
};
for (const [name, [path, env, told]] of Object.entries(EXPLAINED)) {
  test(`B8 ${name} is explained to the operator, and to nobody else`, async (t) => {
    const server = await gatehouse(t, path, env);
    const { status, text } = await askProgram(server, MESSAGE);
    assert.equal(status, 502, text);
    assert.match(text, /The answering service failed/);
    assert.doesNotMatch(text, /n8n|webhook|workflow|inner words|private_words|node_modules/i);
    const entry = await server.logged("RESPONDER_MISCONFIGURED");
    assert.match(entry.message, told);
    const { responder_errors: errors } = (await send(server, "/api/health")).json.services;
    assert.equal(errors.n8n, entry.message);
    if (path !== "") assert.ok(!server.stdout.includes(path), "its address is kept");
  });
}

test("B8 an agent's words come as its model says them", async (t) => {
  model.scripts.tell = async (exchange) => {
    exchange.start();
    await exchange.say("Hel");
    await exchange.say("lo ");
    await exchange.gate("heard");
    await exchange.say("w\u00f6rld \u{1F600}");
    await exchange.finish();
    await exchange.done();
  };
  const server = await gatehouse(t, "/webhook/agent/chat");
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream("tell me");
  const begun = await stream.until("delta");
  assert.match(begun.at(-1).data.text, /^Hel/);
  assert.equal(model.requests.items.at(-1).response.writableEnded, false, "it still speaks");
  model.open("heard");
  const all = [...begun, ...(await stream.all())];
  const text = all.map(({ data }) => data.text ?? "").join("");
  assert.equal(text, "Hello w\u00f6rld \u{1F600}");
});

test("B8 an agent with streaming off, and a model that is away, are explained", async (t) => {
  model.scripts.whole = (exchange) => {
    const message = { role: "assistant", content: "said whole" };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    exchange.json(200, { ...exchange.chunk(choices), object: "chat.completion" });
  };
  model.scripts.down = (exchange) => exchange.json(400, { error: { message: "inner words" } });
  const off = await gatehouse(t, "/webhook/agent-silent/chat");
  assert.equal((await askProgram(off, "whole")).status, 502);
  const { message } = await off.logged("RESPONDER_MISCONFIGURED");
  assert.match(message, /Enable Streaming/);
  const away = await gatehouse(t, "/webhook/agent/chat");
  const { status, text } = await askProgram(away, "down");
  assert.equal(status, 502);
  assert.doesNotMatch(text, /inner words/);
  const entry = await away.logged("RESPONDER_MISCONFIGURED");
  assert.match(entry.message, /Executions/);
  assert.match(entry.detail, /Node 1/);
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function tokenOf(claims) {
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

test("B8 the workflow of deploy/n8n refuses what isn't for it, and counts", async () => {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: "gatehouse", aud: "n8n", iat, exp: iat + 300, sid: "s1", sub: "visitor:x" };
  const right = { action: "sendMessage", sessionId: "s1", chatInput: "hi" };
  const call = async (more = {}, claimed = {}) => {
    const response = await fetch(`${n8n.url}/webhook/gatehouse-chat`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${tokenOf({ ...claims, ...claimed })}`,
      },
      body: JSON.stringify({ ...right, ...more }),
    });
    return { status: response.status, json: await response.json() };
  };
  const good = await call();
  assert.equal(good.json.output, "You said: hi");
  const count = good.json.rate.last_minute;
  assert.ok(count >= 1);
  const refusals = [
    [await call({}, { aud: "gatehouse" }), 403, "wrong_token"],
    [await call({}, { sid: "s2" }), 403, "wrong_session"],
    [await call({ sessionId: "../s1" }), 400, "wrong_session"],
    [await call({ action: "loadPreviousSession" }), 400, "unknown_action"],
    [await call({ chatInput: { text: "hi" } }), 400, "wrong_message"],
    [await call({ chatInput: " " }), 400, "wrong_message"],
    [await call({ chatInput: "x".repeat(8001) }), 400, "wrong_message"],
  ];
  for (const [{ status, json }, expected, code] of refusals) {
    assert.deepEqual([status, json.error.code], [expected, code]);
    assert.match(json.error.message, /\.$/);
  }
  const cleaned = await call({ chatInput: "a\u0007b\u001b[31m" });
  assert.equal(cleaned.json.output, "You said: a b [31m");
  assert.equal(cleaned.json.rate.last_minute, count + refusals.length + 1);
  assert.equal(cleaned.json.rate.hint_per_minute, 60);
});

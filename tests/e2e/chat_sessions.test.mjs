// Visitor sessions: who a conversation belongs to, and who it doesn't exist for.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";

const SECRET = "a test secret for sessions that is long enough";
const later = untilFileEnds();
let server;
before(async () => {
  const env = { SESSION_SECRET: SECRET, ALLOWED_ORIGINS: "https://www.friend.example" };
  server = await startServer(later, { env });
});

const UNKNOWN_ID = "01900000-0000-7000-8000-000000000000";
const LIST = "/api/v1/conversations";
const start = (headers = {}) =>
  send(server, { method: "POST", path: "/api/v1/sessions", headers, from: server.nextAddress() });
const list = (headers) => send(server, { path: LIST, headers, from: server.nextAddress() });

test("a session starts with a token, its end and a CSRF token", async () => {
  const { status, headers, json: session } = await start();
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(session).sort(), ["csrf_token", "expires_at", "token"]);
  assert.equal(headers["cache-control"], "no-store");
  const lifeS = (Date.parse(session.expires_at) - Date.now()) / 1000;
  assert.ok(Math.abs(lifeS - 86_400) < 10, `${lifeS}`);
  const other = (await start()).json;
  assert.notEqual(other.token, session.token);
  assert.notEqual(other.csrf_token, session.csrf_token);
});

test("A3 D1 tokens are random: hundreds of them share nothing", async () => {
  const seen = new Set();
  for (let i = 0; i < 200; i += 1) seen.add((await start()).json.token.slice(4, 26));
  assert.equal(seen.size, 200);
  const starts = new Set([...seen].map((id) => id.slice(0, 3)));
  assert.ok(starts.size > 190, `${starts.size} beginnings`);
});

test("a session is renewed by its token: the same conversations, a new end", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("What is Gatehouse?");
  const renewed = await visitor.call("POST", "/api/v1/sessions");
  assert.equal(renewed.status, 200);
  visitor.token = renewed.json.token;
  assert.ok(renewed.json.expires_at >= visitor.expiresAt);
  assert.equal((await visitor.conversation(id)).id, id);
});

test("SESSION_COOKIE_MAX_AGE and SESSION_COOKIE_NAME hold", async (t) => {
  const env = { SESSION_COOKIE_MAX_AGE: "120", SESSION_COOKIE_NAME: "visitor" };
  const own = await startServer(t, { env });
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const response = await send(own, { method: "POST", path: "/api/v1/sessions", headers });
  assert.match(response.headers["set-cookie"][0], /^visitor=gv1\.[^;]+;.*Max-Age=120\b/);
  const lifeS = (Date.parse(response.json.expires_at) - Date.now()) / 1000;
  assert.ok(lifeS > 110 && lifeS <= 120, `${lifeS}`);
});

test("C12 an ended session is refused at once, and after a restart", async (t) => {
  const own = await startServer(t, { env: { SESSION_SECRET: SECRET } });
  const visitor = await Visitor.start(own);
  const renewed = (await visitor.call("POST", "/api/v1/sessions")).json.token;
  assert.equal((await visitor.call("DELETE", "/api/v1/sessions/current")).status, 204);
  const refused = async () => {
    for (const token of [visitor.token, renewed]) {
      const headers = { Authorization: `Bearer ${token}` };
      const response = await send(own, { path: LIST, headers });
      assertProblem(response, { status: 401, code: "unauthenticated" });
      assert.match(response.headers["www-authenticate"], /^Bearer/);
      const again = await send(own, {
        method: "POST",
        path: "/api/v1/sessions",
        headers,
        from: own.nextAddress(),
      });
      assert.equal(again.status, 201, "an ended session is not renewed: a new one begins");
    }
  };
  await refused();
  await own.restart();
  await refused();
});

test("B3 C12 an open stream ends with its session", async () => {
  const visitor = await Visitor.start(server);
  const { conversation_id: id } = await visitor.answer("hello");
  const stream = await visitor.events(id);
  assert.equal((await visitor.call("DELETE", "/api/v1/sessions/current")).status, 204);
  const events = await stream.all();
  assert.equal(events.at(-1).event, "closing");
  assert.equal(events.at(-1).data.reason, "The session has ended.");
});

test("tokens that were made or changed elsewhere are refused", async () => {
  const { token } = (await start()).json;
  const [version, session, expiry, mac] = token.split(".");
  const forged = [
    "",
    "x",
    "gv1.",
    token.slice(0, -1),
    `${token}x`,
    token.toUpperCase(),
    `${token} `.trim() + ".",
    [version, session, Number(expiry) + 1, mac].join("."),
    [version, session.replace(/^./, (c) => (c === "A" ? "B" : "A")), expiry, mac].join("."),
    ["gv2", session, expiry, mac].join("."),
    [version, session, `0${expiry}`, mac].join("."),
    [version, session, expiry, ""].join("."),
    [version, session, expiry, mac, mac].join("."),
    "eyJhbGciOiJub25lIn0.e30.",
  ];
  for (const credential of forged) {
    assert.equal((await list({ Authorization: `Bearer ${credential}` })).status, 401, credential);
  }
  for (const header of [token, `Basic ${token}`, `Bearer: ${token}`, "Bearer"]) {
    assert.equal((await list({ Authorization: header })).status, 401, header);
  }
  assert.equal((await list({ Authorization: `bearer ${token}` })).status, 200);
});

test("a browser of the same origin gets a cookie that scripts can't read", async () => {
  for (const headers of [{ "Sec-Fetch-Site": "same-origin" }, { Origin: server.url }]) {
    const [cookie] = (await start(headers)).headers["set-cookie"];
    assert.match(
      cookie,
      /^chat_session_id=gv1\.[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400$/,
    );
  }
  for (const headers of [
    {},
    { Origin: "https://www.friend.example", "Sec-Fetch-Site": "cross-site" },
  ]) {
    assert.equal((await start(headers)).headers["set-cookie"], undefined);
  }
});

test("the cookie reads alone, and changes only together with the CSRF token", async () => {
  const { token, csrf_token: csrf } = (await start()).json;
  const cookie = { Cookie: `a=b; chat_session_id=${token}; c=d` };
  const post = (headers, path = "/api/v1/chat") =>
    send(server, {
      method: "POST",
      path,
      body: { message: "What is Gatehouse?" },
      headers: { ...cookie, ...headers },
    });
  assert.equal((await list(cookie)).status, 200);
  const other = (await start()).json.csrf_token;
  for (const headers of [
    {},
    { "X-CSRF-Token": "x" },
    { "X-CSRF-Token": other },
    { "X-CSRF-Token": csrf.slice(0, -1) },
  ]) {
    assertProblem(await post(headers), { status: 403, code: "forbidden", field: "X-CSRF-Token" });
  }
  const asked = await post({ "X-CSRF-Token": csrf });
  assert.equal(asked.status, 200, asked.text);
  const path = `${LIST}/${asked.json.conversation_id}`;
  const remove = (headers) =>
    send(server, { method: "DELETE", path, headers: { ...cookie, ...headers } });
  assertProblem(await remove({}), { status: 403 });
  assert.equal((await remove({ "X-CSRF-Token": csrf })).status, 204);
});

test("a cookie sent by a page elsewhere is refused even for reading", async () => {
  const { token } = (await start()).json;
  const headers = { Cookie: `chat_session_id=${token}`, Origin: "https://evil.example" };
  assertProblem(await list(headers), { status: 403, code: "forbidden" });
});

test("ending a session takes its cookie away", async () => {
  const visitor = await Visitor.start(server);
  const { headers } = await visitor.call("DELETE", "/api/v1/sessions/current");
  assert.match(headers["set-cookie"][0], /^chat_session_id=;.*Max-Age=0/);
});

test("A7 a page elsewhere works with the bearer token", async () => {
  const Origin = "https://www.friend.example";
  const { token } = (await start({ Origin })).json;
  const headers = { Origin, Authorization: `Bearer ${token}` };
  const asked = await send(server, {
    method: "POST",
    path: "/api/v1/chat",
    headers,
    body: { message: "What is Gatehouse?" },
  });
  assert.equal(asked.status, 200);
  assert.equal(asked.headers["access-control-allow-origin"], Origin);
});

test("without a session nothing under /api/v1 opens but the door", async () => {
  const calls = [
    ["POST", "/api/v1/chat"],
    ["GET", LIST],
    ["GET", `${LIST}/${UNKNOWN_ID}`],
    ["DELETE", `${LIST}/${UNKNOWN_ID}`],
    ["POST", `${LIST}/${UNKNOWN_ID}/stop`],
    ["GET", `${LIST}/${UNKNOWN_ID}/events`],
    ["GET", `${LIST}/${UNKNOWN_ID}/export`],
    ["GET", `/api/v1/knowledge/documents/${UNKNOWN_ID}`],
    ["DELETE", "/api/v1/sessions/current"],
  ];
  for (const [method, path] of calls) {
    const body = method === "POST" ? { message: "hello" } : undefined;
    assertProblem(await send(server, { method, path, body }), {
      status: 401,
      code: "unauthenticated",
    });
  }
});

test("another session's conversation does not exist: 404 for every call", async () => {
  const owner = await Visitor.start(server);
  const { conversation_id: id } = await owner.answer("What is Gatehouse?");
  const stranger = await Visitor.start(server);
  const calls = [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/stop"],
    ["GET", "/events"],
    ["GET", "/export"],
  ];
  for (const [method, path] of calls) {
    const details = new Set();
    for (const each of [id, UNKNOWN_ID]) {
      const response = await stranger.call(method, `${LIST}/${each}${path}`);
      details.add(assertProblem(response, { status: 404, code: "not_found" }).detail);
    }
    assert.equal(details.size, 1, "what is another's sounds like what isn't there");
  }
  const written = await stranger.chat("let me in", { conversation_id: id });
  assertProblem(written, { status: 404, code: "not_found" });
  assert.deepEqual((await stranger.call("GET", LIST)).json.conversations, []);
  assert.equal((await owner.conversation(id)).messages.length, 2);
});

test("a session of another secret is not known", async (t) => {
  const own = await startServer(t, { env: { SESSION_SECRET: `${SECRET} or another` } });
  const visitor = await Visitor.start(own);
  assert.equal((await list({ Authorization: `Bearer ${visitor.token}` })).status, 401);
});

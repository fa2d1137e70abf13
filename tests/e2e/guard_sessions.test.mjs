// A session that turns up elsewhere than where it began.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { Person, startOwned } from "./support/person.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const LIST = "/api/v1/conversations";
const begin = (server, from, agent) =>
  send(server, {
    method: "POST",
    path: "/api/v1/sessions",
    from,
    headers: { "User-Agent": agent },
  });
const list = (server, token, from, agent, language) =>
  send(server, {
    path: LIST,
    from,
    headers: {
      Authorization: `Bearer ${token}`,
      "User-Agent": agent,
      ...(language ? { "Accept-Language": language } : {}),
    },
  });

test("B3 a stolen token is refused elsewhere, and its owner goes on", async (t) => {
  const server = await startServer(t);
  const home = server.nextAddress();
  const cafe = server.nextAddress();
  const { token } = (await begin(server, home, "Firefox/140.0")).json;
  assert.equal((await list(server, token, home, "Firefox/140.0")).status, 200);
  assert.equal((await list(server, token, cafe, "Firefox/140.0")).status, 200, "on the way");
  assert.equal((await list(server, token, home, "Firefox/141.0")).status, 200, "an update");
  const flagged = await server.logged("SECURITY_ALERT", ({ trail }) => trail?.includes("session."));
  assert.match(flagged.trail, /session\.other_agent=flag/);
  const stolen = await list(server, token, cafe, "python-requests/2.32");
  assertProblem(stolen, { status: 401, code: "unauthenticated" });
  await server.logged("SECURITY_ALERT", ({ rule }) => rule === "session.moved");
  const renewed = await send(server, {
    method: "POST",
    path: "/api/v1/sessions",
    from: cafe,
    headers: { Authorization: `Bearer ${token}`, "User-Agent": "python-requests/2.32" },
  });
  assert.equal(renewed.status, 201, "a new session, not his");
  assert.equal((await list(server, token, home, "Firefox/140.0")).status, 200);
});

test("B3 sensitivity: strict asks for work on a new network, off minds nothing", async (t) => {
  const strict = await startServer(t, { env: { GATEHOUSE_SESSION_SIGNALS: "strict" } });
  const visitor = await Visitor.start(strict);
  const moved = await send(strict, {
    method: "POST",
    path: "/api/v1/chat",
    from: strict.nextAddress(),
    headers: { Authorization: `Bearer ${visitor.token}` },
    body: { message: "Hello?" },
  });
  assertProblem(moved, { status: 403, code: "challenge_required" });
  const off = await startServer(t, { env: { GATEHOUSE_SESSION_SIGNALS: "off" } });
  const { token } = (await begin(off, off.nextAddress(), "Firefox")).json;
  assert.equal((await list(off, token, off.nextAddress(), "curl")).status, 200);
});

test("B3 the same browser in another language and network is another browser", async (t) => {
  const server = await startServer(t);
  const { token } = (await begin(server, server.nextAddress(), "Firefox")).json;
  const abroad = server.nextAddress();
  assert.equal((await list(server, token, abroad, "Firefox")).status, 200);
  assert.equal((await list(server, token, abroad, "Firefox", "xx")).status, 401);
});

test("B3 a token that is in more than four other networks at once is refused there", async (t) => {
  const server = await startServer(t);
  const home = "127.50.0.7";
  const { token } = (await begin(server, home, "Firefox")).json;
  for (const network of [1, 2, 3, 4, 1, 2, 3, 4]) {
    const answer = await list(server, token, `127.50.${network}.7`, "Firefox");
    assert.equal(answer.status, 200, `network ${network}`);
  }
  const spread = await list(server, token, "127.50.5.7", "Firefox");
  assertProblem(spread, { status: 401, code: "unauthenticated" });
  await server.logged("SECURITY_ALERT", ({ rule }) => rule === "session.spread");
  assert.equal((await list(server, token, home, "Firefox")).status, 200);
});

test("B3 a threatened session ends everywhere, and its owner starts anew", async (t) => {
  const server = await startServer(t, { env: { GATEHOUSE_SESSION_SIGNALS: "end" } });
  const home = server.nextAddress();
  const { token } = (await begin(server, home, "Firefox")).json;
  assert.equal((await list(server, token, home, "Firefox")).status, 200);
  const stolen = await list(server, token, server.nextAddress(), "curl/8");
  assertProblem(stolen, { status: 401, code: "unauthenticated" });
  assert.match(stolen.json.detail, /ended everywhere/);
  assert.equal((await list(server, token, home, "Firefox")).status, 401, "at once");
  await server.restart();
  assert.equal((await list(server, token, home, "Firefox")).status, 401, "after a restart");
  const anew = await begin(server, home, "Firefox");
  assert.equal(anew.status, 201);
  assert.equal((await list(server, anew.json.token, home, "Firefox")).status, 200);
  const renewed = await send(server, {
    method: "POST",
    path: "/api/v1/sessions",
    from: server.nextAddress(),
    headers: { Authorization: `Bearer ${anew.json.token}`, "User-Agent": "curl/8" },
  });
  assert.equal(renewed.status, 201, "a new session, not theirs");
  assert.equal((await list(server, anew.json.token, home, "Firefox")).status, 401, "ended, too");
});

test("B3 a threatened session of an account ends, and the record tells why", async (t) => {
  const env = { GATEHOUSE_SESSION_SIGNALS: "end" };
  const { server, owner: person } = await startOwned(t, { env });
  assert.equal((await person.call("GET", "me")).status, 200);
  const thief = new Person(server, { agent: "python-requests/2.32" });
  thief.cookie = person.cookie;
  assert.equal((await thief.call("GET", "me")).status, 401);
  assert.equal((await person.call("GET", "me")).status, 401, "ended at home, too");
  assert.equal((await person.signIn("owner")).status, 200);
  const shown = await eventually(async () => {
    const { stdout } = await runBinary(["audit", "export", "--data-dir", server.dataDir]);
    return stdout.split("\n").find((line) => line.includes('"sessions.ended"'));
  }, "the record");
  const event = JSON.parse(shown);
  assert.equal(event.actor, "gatehouse");
  assert.equal(event.detail, "session.moved");
  assert.equal(event.client, thief.from);
});

// A session that turns up elsewhere than where it began.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const LIST = "/api/v1/conversations";
const begin = (server, from, agent) =>
  send(server, {
    method: "POST",
    path: "/api/v1/sessions",
    from,
    headers: { "User-Agent": agent },
  });
const list = (server, token, from, agent) =>
  send(server, {
    path: LIST,
    from,
    headers: { Authorization: `Bearer ${token}`, "User-Agent": agent },
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

// What follows when a client goes on misbehaving: smaller limits, work to do, a ban. Clients come
// through a trusted proxy here, since this machine itself is never banned.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, rateItems } from "./support/checks.mjs";
import { solve } from "./support/challenge.mjs";
import { send } from "./support/client.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const SESSIONS = "/api/v1/sessions";
const behindProxy = (t, env = {}) =>
  startServer(t, { env: { GATEHOUSE_TRUSTED_PROXIES: "127.0.0.0/8", ...env } });
const as = (client, more = {}) => ({
  ...more,
  headers: { "X-Forwarded-For": client, ...more.headers },
});
const begin = (server, client, headers) =>
  send(server, as(client, { method: "POST", path: SESSIONS, headers }));
/** Something no honest client does: the guard takes it for what it is. */
const misbehave = async (server, client, times) => {
  for (let i = 0; i < times; i += 1) {
    const answer = await send(server, as(client, { path: "/", headers: { Host: "evil.example" } }));
    assert.equal(answer.status, 403);
  }
};
const bans = (server, ...args) =>
  runBinary(["bans", ...args, "--data-dir", server.dataDir], { env: { ...server.env } });

test("C4 B1 misbehaviour shrinks the limits of its client, and of nobody else", async (t) => {
  const server = await behindProxy(t, { GATEHOUSE_GUARD_BAN_AT: "1000" });
  const perMinute = async (client) => {
    const answer = await send(server, as(client, { path: "/api/v1/conversations" }));
    return rateItems(answer.headers["ratelimit-policy"]).find(({ w }) => w === 60).q;
  };
  assert.equal(await perMinute("198.51.100.1"), 1_000_000);
  await misbehave(server, "198.51.100.1", 3);
  assert.equal(await perMinute("198.51.100.1"), 625_000, "375 of 1000 points: five eighths");
  assert.equal(await perMinute("198.51.100.2"), 1_000_000);
});

test("C4 a proof of work: asked for, done once, bound to its client", async (t) => {
  const server = await behindProxy(t);
  const client = "198.51.100.3";
  assert.equal((await begin(server, client)).status, 201);
  await misbehave(server, client, 3);
  const asked = await begin(server, client);
  const { challenge } = assertProblem(asked, { status: 403, code: "challenge_required" });
  assert.match(challenge.salt, /[?&]expires=\d+&.*&$/);
  const proof = { "X-Gatehouse-Challenge": solve(challenge) };

  await misbehave(server, "198.51.100.4", 3);
  const stolen = await begin(server, "198.51.100.4", proof);
  assertProblem(stolen, { status: 403, code: "challenge_required" });
  assert.equal((await begin(server, client, proof)).status, 201);
  await misbehave(server, client, 3);
  const again = await begin(server, client, proof);
  assertProblem(again, { status: 403, code: "challenge_required" });
  const entry = await server.logged("SECURITY_ALERT", (each) => each.evidence === "used before");
  assert.equal(entry.rule, "challenge.required");
  const broken = await begin(server, client, { "X-Gatehouse-Challenge": "%%%" });
  assertProblem(broken, { status: 403, code: "challenge_required" });
});

test("C4 C16 a ban: told with its time, logged, kept over a restart, lifted by hand", async (t) => {
  const server = await behindProxy(t);
  const client = "198.51.100.5";
  await misbehave(server, client, 7);
  const refused = await send(server, as(client, { path: "/" }));
  const problem = assertProblem(refused, { status: 403, code: "forbidden", retry: true });
  assert.ok(problem.retry_after_s > 8 * 60 && problem.retry_after_s <= 11 * 60 + 1);
  const entry = await server.logged("SECURITY_ALERT", (each) => each.rule === "ban.begun");
  assert.equal(entry.prefix, `${client}/32`);
  assert.equal((await send(server, as("198.51.100.6", { path: "/" }))).status, 200);

  const metrics = await send(server, "/metrics");
  assert.match(metrics.text, /^gatehouse_bans 1$/m);
  const listed = await bans(server, "list");
  assert.equal(listed.code, 0, listed.output);
  assert.match(listed.stdout, /198\.51\.100\.5\/32 {2}until .* strike 1 {2}host\.unknown/);
  await server.restart();
  assert.equal((await send(server, as(client, { path: "/" }))).status, 403);

  const lifted = await bans(server, "remove", client);
  assert.equal(lifted.code, 0, lifted.output);
  await eventually(
    async () => (await send(server, as(client, { path: "/" }))).status === 200,
    "the ban to be lifted while the server runs",
  );
});

test("C16 an operator bans a network beside the running server", async (t) => {
  const server = await behindProxy(t, { GATEHOUSE_GUARD_NEVER_BAN: "203.0.113.9" });
  const terms = ["--minutes", "5", "--reason", "scraper"];
  const added = await bans(server, "add", "203.0.113.0/24", ...terms);
  assert.equal(added.code, 0, added.output);
  await eventually(
    async () => (await send(server, as("203.0.113.77", { path: "/" }))).status === 403,
    "the ban to hold",
  );
  assert.equal((await send(server, as("203.0.113.9", { path: "/" }))).status, 200, "exempt");
  assert.equal((await send(server, as("203.0.114.1", { path: "/" }))).status, 200);
  assert.equal((await send(server, "/")).status, 200, "this machine");
  const wrong = await bans(server, "add", "nonsense");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /"nonsense" is no address/);
  const unknown = await bans(server, "remove", "192.0.2.1");
  assert.match(unknown.stderr, /is not banned/);
});

test("escalation goes as far as it is set to", async (t) => {
  const server = await behindProxy(t, { GATEHOUSE_GUARD_ESCALATION: "throttle" });
  await misbehave(server, "198.51.100.7", 20);
  assert.equal((await begin(server, "198.51.100.7")).status, 201);
});

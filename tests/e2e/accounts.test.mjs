// Accounts: the first operator, signing in and out, sessions, passwords, and what guessing costs.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { solve } from "./support/challenge.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import {
  firstOperatorToken,
  PASSWORD,
  Person,
  startOwned,
  tokenOf,
  users,
} from "./support/person.mjs";
import { rows, runBinary, startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const NEW_PASSWORD = "nine dry leaves on a roof";
const later = untilFileEnds();
let server;
let owner;
before(async () => {
  ({ server, owner } = await startOwned(later));
});

test("C7 the first operator gets in by a link that only the machine has", async (t) => {
  const own = await startServer(t);
  const path = join(own.dataDir, "first-operator.txt");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const token = firstOperatorToken(own);
  assert.ok(!own.stdout.includes(token) && !own.stderr.includes(token), "no terminal, no link");
  assert.match(own.stderr, /first-operator\.txt/);
  const person = new Person(own);
  const check = await person.call("POST", "links/check", { token });
  assert.deepEqual(Object.keys(check.json).sort(), ["expires_at", "purpose"]);
  assert.equal(check.json.purpose, "first_operator");
  const lifeMinutes = (Date.parse(check.json.expires_at) - Date.now()) / 60_000;
  assert.ok(lifeMinutes > 58 && lifeMinutes <= 60, `${lifeMinutes}`);
  for (const [more, password, field] of [
    [{}, PASSWORD, "name"],
    [{ name: "../x" }, PASSWORD, "name"],
    [{ name: "owner" }, "short", "new_password"],
    [{ name: "owner" }, "passwordpassword", "new_password"],
    [{ name: "stones" }, PASSWORD, "new_password"],
  ]) {
    const refused = await new Person(own).useLink(token, password, more);
    assertProblem(refused, { status: 400, code: "invalid" });
    assert.equal(refused.json.field, field);
  }
  assert.equal((await person.useLink(token, PASSWORD, { name: "Owner" })).status, 200);
  assert.deepEqual(person.account.name, "owner");
  assert.equal(person.account.role, "operator");
  const second = await new Person(own).useLink(token, PASSWORD, { name: "second" });
  assertProblem(second, { status: 410, code: "gone" });
  own.secrets.add(token).add(PASSWORD);
  await own.restart();
  assert.ok(!existsSync(path), "there is an operator: no link any more");
});

test("of many who use a link at the same time one gets in", async (t) => {
  const own = await startServer(t);
  const token = firstOperatorToken(own);
  const people = Array.from({ length: 8 }, () => new Person(own));
  const all = await Promise.all(
    people.map((person, i) => person.useLink(token, PASSWORD, { name: `owner${i}` })),
  );
  assert.equal(all.filter(({ status }) => status === 200).length, 1);
  assert.equal(all.filter(({ status }) => status === 410).length, 7);
});

test("signing in gives a cookie that scripts can't read, and ends with signing out", async () => {
  const person = new Person(server);
  const response = await person.signIn("Owner");
  assert.equal(response.status, 200, response.text);
  const [cookie] = response.headers["set-cookie"];
  const form = /^gatehouse_account=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400$/;
  assert.match(cookie, form);
  assert.equal((await person.call("GET", "me")).json.account.name, "owner");
  const { cookie: kept } = person;
  assert.equal((await person.call("POST", "sign-out")).status, 204);
  const old = new Person(server, { from: person.from });
  old.cookie = kept;
  assertProblem(await old.call("GET", "me"), { status: 401, code: "unauthenticated" });
});

test("C11 changes need the CSRF token, and a page elsewhere gets nowhere", async () => {
  const person = new Person(server);
  await person.signIn("owner");
  const { csrf } = person;
  for (const wrong of ["", "x", csrf.slice(1)]) {
    person.csrf = wrong;
    assertProblem(await person.call("DELETE", "sessions"), { status: 403, code: "forbidden" });
  }
  person.csrf = csrf;
  const evil = { Origin: "https://evil.example" };
  const foreign = await person.call("DELETE", "sessions", undefined, evil);
  assertProblem(foreign, { status: 403, code: "forbidden" });
  assertProblem(
    await new Person(server).call("POST", "sign-in", { name: "owner", password: PASSWORD }, evil),
    { status: 403, code: "forbidden" },
  );
});

test("session fixation: signing in never keeps the session of before", async () => {
  const person = new Person(server);
  await person.signIn("owner");
  const before = person.cookie;
  await person.signIn("owner");
  assert.notEqual(person.cookie, before);
  const thief = new Person(server, { from: person.from });
  thief.cookie = before;
  assertProblem(await thief.call("GET", "me"), { status: 401, code: "unauthenticated" });
  const chosen = new Person(server);
  chosen.cookie = `gatehouse_account=${"A".repeat(43)}`;
  await chosen.signIn("owner");
  assert.ok(!chosen.cookie.includes("AAAA"));
});

test("the same answer, whatever was wrong; the record knows", async () => {
  const ghost = await Person.added(server, "ghost");
  await users(server, "disable", "ghost");
  const invited = await users(server, "add", "invited");
  assert.equal(invited.code, 0);
  const bodies = new Set();
  const ids = [];
  for (const name of ["owner", "nobody", "ghost", "invited", "../../etc/passwd"]) {
    const refused = await new Person(server).signIn(name, "wrong horse stands there");
    assertProblem(refused, { status: 401, code: "unauthenticated" });
    assert.ok(refused.headers["www-authenticate"]);
    const { request_id: id, ...rest } = refused.json;
    ids.push(id);
    bodies.add(JSON.stringify(rest));
  }
  assert.equal(bodies.size, 1);
  const quoted = ids.map((id) => `'${id}'`).join();
  const records = rows(
    server,
    `SELECT * FROM audit WHERE request_id IN (${quoted}) ORDER BY sequence`,
  );
  assert.deepEqual(
    records.map(({ detail }) => detail),
    ["wrong_password", "no_such_account", "account_disabled", "no_password", "no_such_account"],
  );
  assert.equal(records[2].subject, `account:${ghost.account.id}`);
  assert.equal(records[1].subject, "");
});

test("guessing costs work after 3 and waiting after 5, and the owner still gets in", async () => {
  await Person.added(server, "target");
  const attacker = new Person(server);
  const guess = (headers) =>
    attacker.call("POST", "sign-in", { name: "target", password: "surely not this" }, headers);
  const wrong = { status: 401, code: "unauthenticated" };
  for (let i = 0; i < 3; i += 1) assertProblem(await guess(), wrong);
  for (let i = 0; i < 2; i += 1) {
    const asked = await guess();
    assertProblem(asked, { status: 403, code: "challenge_required" });
    const work = { "X-Gatehouse-Challenge": solve(asked.json.challenge) };
    assertProblem(await guess(work), { status: 401, code: "unauthenticated" });
    const again = i === 0 ? { status: 403 } : { status: 429, retry: true };
    assertProblem(await guess(work), again);
  }
  const told = await guess();
  assertProblem(told, { status: 429, code: "rate_limited" });
  assert.ok(Number(told.headers["retry-after"]) >= 1);
  assert.equal((await new Person(server).signIn("target")).status, 200);
});

test("C12 at most five sessions: the one that was used longest ago makes room", async () => {
  await Person.added(server, "anna");
  const people = [];
  for (let i = 0; i < 5; i += 1) {
    const person = new Person(server, { agent: `Mozilla/5.0 browser ${i}` });
    assert.equal((await person.signIn("anna")).status, 200);
    people.push(person);
  }
  assert.equal((await people[0].call("GET", "me")).status, 200);
  const sixth = new Person(server);
  await sixth.signIn("anna");
  assertProblem(await people[1].call("GET", "me"), { status: 401, code: "unauthenticated" });
  assert.equal((await people[0].call("GET", "me")).status, 200);
  const { sessions } = (await sixth.call("GET", "sessions")).json;
  assert.equal(sessions.length, 5);
  assert.deepEqual(sessions.filter((each) => each.is_current).map((each) => each.user_agent), [
    sixth.agent,
  ]);
  const { id } = sessions.find((each) => each.user_agent === people[2].agent);
  assert.equal((await sixth.call("DELETE", `sessions/${id}`)).status, 204);
  assertProblem(await people[2].call("GET", "me"), { status: 401, code: "unauthenticated" });
  const others = await owner.call("DELETE", `sessions/${sessions[0].id}`);
  assertProblem(others, { status: 404, code: "not_found" });
  assert.equal((await sixth.call("DELETE", "sessions")).status, 204);
  assertProblem(await people[0].call("GET", "me"), { status: 401, code: "unauthenticated" });
  assert.equal((await sixth.call("GET", "me")).status, 200);
});

test("GATEHOUSE_ACCOUNTS_WHEN_FULL=refuse lets only the same browser in again", async (t) => {
  const env = { GATEHOUSE_ACCOUNTS_WHEN_FULL: "refuse", GATEHOUSE_ACCOUNTS_SESSIONS_MAX: "1" };
  const { server: own, owner: person } = await startOwned(t, { env });
  assertProblem(await new Person(own).signIn("owner"), { status: 409, code: "conflict" });
  assert.equal((await person.signIn("owner")).status, 200);
});

test("another password ends all sessions but gives this browser a new one", async () => {
  await Person.added(server, "ben");
  const here = new Person(server);
  const there = new Person(server);
  await here.signIn("ben");
  await there.signIn("ben");
  const change = (current, fresh) =>
    here.call("POST", "password", { current_password: current, new_password: fresh });
  const wrong = await change("not that one at all", NEW_PASSWORD);
  assertProblem(wrong, { status: 400, code: "invalid" });
  assert.equal(wrong.json.field, "current_password");
  assert.equal((await change(PASSWORD, "short")).json.field, "new_password");
  const before = here.cookie;
  assert.equal((await change(PASSWORD, NEW_PASSWORD)).status, 200);
  assert.notEqual(here.cookie, before);
  assert.equal((await here.call("GET", "me")).status, 200);
  assertProblem(await there.call("GET", "me"), { status: 401, code: "unauthenticated" });
  assertProblem(await new Person(server).signIn("ben"), { status: 401, code: "unauthenticated" });
  assert.equal((await new Person(server).signIn("ben", NEW_PASSWORD)).status, 200);
});

test("C16 users disable, reset and role take effect beside the running server", async () => {
  const carla = await Person.added(server, "carla", "--role", "analyst");
  assert.equal(carla.account.role, "analyst");
  await users(server, "disable", "carla");
  const isOut = (person) => async () => (await person.call("GET", "me")).status === 401;
  await eventually(isOut(carla), "carla to be out", 5000);
  const refused = await new Person(server).signIn("carla");
  assertProblem(refused, { status: 401, code: "unauthenticated" });
  await users(server, "enable", "carla");
  const again = new Person(server);
  assert.equal((await again.signIn("carla")).status, 200);
  await users(server, "role", "carla", "member");
  await eventually(isOut(again), "rights to change", 5000);
  await again.signIn("carla");
  assert.equal(again.account.role, "member");
  const reset = await users(server, "reset", "carla");
  assert.equal((await new Person(server).useLink(tokenOf(reset.stdout), NEW_PASSWORD)).status, 200);
  assertProblem(await again.call("GET", "me"), { status: 401, code: "unauthenticated" });
  assert.equal((await new Person(server).signIn("carla", NEW_PASSWORD)).status, 200);
  const list = await users(server, "list");
  assert.match(list.stdout, /^carla {2}member /m);
});

test("C16 sessions revoke ends those of one, or of all, beside the running server", async (t) => {
  const { server: own, owner: first } = await startOwned(t);
  const erna = await Person.added(own, "erna");
  const sessions = (...args) => runBinary(["sessions", ...args, "--data-dir", own.dataDir]);
  const isOut = (person) => async () => (await person.call("GET", "me")).status === 401;
  const listed = (await sessions("list")).stdout;
  assert.match(listed, /^erna {2}since .* 127\.\d+\.\d+\.7\/32 {2}Mozilla\/5\.0 Firefox\/130$/m);
  assert.match((await sessions("revoke")).output, /--account NAME, or --all/);
  assert.match((await sessions("revoke", "--account", "erna")).stdout, /Ended: 1 sessions/);
  await eventually(isOut(erna), "erna to be out", 5000);
  assert.equal((await first.call("GET", "me")).status, 200);
  assert.equal((await sessions("revoke", "--all")).code, 0);
  await eventually(isOut(first), "everybody to be out", 5000);
});

test("users says what is wrong, and changes nothing", async () => {
  assert.match((await users(server, "add", "owner")).output, /There is an account of that name/);
  assert.match((await users(server, "disable", "nobody")).output, /users list/);
  assert.match((await users(server, "add", "a b")).output, /1 to 64/);
  assert.equal((await users(server, "add", "x", "--role", "admin")).code, 2);
});

test("sessions outlive a restart, and tell when they end", async (t) => {
  const env = { GATEHOUSE_ACCOUNTS_IDLE_TIMEOUT_S: "60" };
  const { server: own, owner: person } = await startOwned(t, { env });
  await own.restart();
  const me = await person.call("GET", "me");
  assert.equal(me.status, 200);
  const leftS = (Date.parse(me.json.expires_at) - Date.now()) / 1000;
  assert.ok(leftS > 50 && leftS <= 60, `${leftS}`);
});

test("a cookie of an account opens the chat, and what is said there is the account's", async () => {
  const person = await Person.added(server, "dora");
  const { cookie: Cookie, csrf, agent } = person;
  const headers = { Cookie, "X-CSRF-Token": csrf, "User-Agent": agent };
  const from = person.from;
  const body = { message: "What is Gatehouse?" };
  const said = await send(server, { method: "POST", path: "/api/v1/chat", headers, from, body });
  assert.equal(said.status, 200, said.text);
  const elsewhere = new Person(server);
  await elsewhere.signIn("dora");
  const list = await send(server, {
    path: "/api/v1/conversations",
    headers: { Cookie: elsewhere.cookie },
    from: elsewhere.from,
  });
  assert.deepEqual(
    list.json.conversations.map(({ id }) => id),
    [said.json.conversation_id],
  );
});

test("nothing secret is kept as it is", async () => {
  const person = new Person(server);
  await person.signIn("owner");
  const file = readFileSync(join(server.dataDir, "gatehouse.db")).toString("latin1");
  const journal = readFileSync(join(server.dataDir, "gatehouse.db-wal")).toString("latin1");
  const all = file + journal;
  assert.ok(!all.includes(PASSWORD) && !all.includes(person.cookie.split("=")[1]));
  assert.match(all, /\$argon2id\$v=19\$m=65536,t=2,p=1\$/);
});

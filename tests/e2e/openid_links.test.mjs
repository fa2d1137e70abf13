// Accounts that a provider opens: connected only by a confirmed address and a yes, and cut off
// again; a second factor holds there, too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { assertProblem } from "./support/checks.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { OpenIdPerson, outcomeOf } from "./support/openid_person.mjs";
import { before, startWithRealProvider, test } from "./support/openid_provider.mjs";
import { PASSWORD, Person, users } from "./support/person.mjs";
import { rows } from "./support/server.mjs";
import { codeOf } from "./support/totp.mjs";

const later = untilFileEnds();
let server;
let provider;
before(async () => {
  ({ server, provider } = await startWithRealProvider(later));
  await Person.firstOperator(server);
});

const addressOf = (name) => `${name}@example.org`;
const records = (action) => rows(server, `SELECT * FROM audit WHERE action = '${action}'`);
const linkedRecords = (wanted) =>
  records("identity.linked").filter(({ outcome }) => outcome === wanted);
const outcomeFor = async (name) =>
  (await new OpenIdPerson(server, provider).goThrough(name)).outcome;
const answer = (person, body) => person.call("POST", "openid/pending", body);

/** Somebody with an account of that address, signed in by its password. */
async function owner(name) {
  await Person.added(server, addressOf(name));
  const person = new OpenIdPerson(server, provider);
  assert.equal((await person.signIn(addressOf(name))).status, 200);
  return person;
}

/** Connects the account of that person with what the provider calls `name`. */
async function connect(person, name) {
  const { outcome } = await person.goThrough(name, "link");
  assert.equal(outcome, "confirm");
  const connected = await answer(person, { answer: "yes" });
  assert.equal(connected.status, 200, connected.text);
}

test("E1 an account that is there is opened only after its owner has said yes", async () => {
  await Person.added(server, addressOf("anna"));
  const person = new OpenIdPerson(server, provider);
  const { outcome } = await person.goThrough("anna");
  assert.equal(outcome, "linked_needed");
  assertProblem(await person.call("GET", "me"), { status: 401 });
  const waiting = await person.call("GET", "openid/pending");
  assert.equal(waiting.headers["cache-control"], "no-store");
  assert.deepEqual(waiting.json, {
    purpose: "link",
    provider: "openid",
    email: addressOf("anna"),
  });
  assertProblem(await answer(person, { answer: "yes" }), { status: 401 });
  assert.equal((await person.signIn(addressOf("anna"))).status, 200);
  assert.equal(linkedRecords("done").length, 0, "a password alone is no yes");
  assert.equal((await answer(person, { answer: "yes" })).status, 200);
  assertProblem(await answer(person, { answer: "yes" }), { status: 404 });
  assert.equal(linkedRecords("done").length, 1);
  const other = new OpenIdPerson(server, provider);
  assert.equal((await other.signInAs("anna")).account.id, person.account.id);
});

test("another account can't say the yes, nor can a page elsewhere", async () => {
  const bela = await owner("bela");
  const { account } = await owner("carl");
  const person = new OpenIdPerson(server, provider);
  assert.equal((await person.goThrough("carl")).outcome, "linked_needed");
  assert.equal((await person.signIn(addressOf("bela"))).status, 200);
  assertProblem(await answer(person, { answer: "yes" }), { status: 403 });
  assert.equal((await person.signIn(addressOf("carl"))).status, 200);
  assert.equal(person.account.id, account.id);
  const without = { "X-CSRF-Token": "" };
  const forged = await person.call("POST", "openid/pending", { answer: "yes" }, without);
  assertProblem(forged, { status: 401 });
  const origin = { Origin: "https://elsewhere.example", "Sec-Fetch-Site": "cross-site" };
  const foreign = await person.call("POST", "openid/pending", { answer: "yes" }, origin);
  assertProblem(foreign, { status: 403 });
  assert.equal(await outcomeFor("carl"), "linked_needed");
  assert.equal((await bela.call("GET", "openid/links")).json.links.length, 0);
});

test("an address that isn't confirmed connects nothing", async () => {
  provider.people.set("dora", { email_verified: false });
  const dora = await owner("dora");
  assert.equal(await outcomeFor("dora"), "no_account");
  assert.equal((await dora.goThrough("dora", "link")).outcome, "unverified");
  assertProblem(await dora.call("GET", "openid/pending"), { status: 404 });
  for (const email_verified of ["true", 1, undefined]) {
    provider.people.set("dora", { email_verified });
    assert.equal(await outcomeFor("dora"), "no_account", `verified: ${email_verified}`);
  }
});

test("from one's account: connected, listed, used, cut off with the password", async () => {
  const emil = await owner("emil");
  assertProblem(await new OpenIdPerson(server, provider).begin("link"), { status: 401 });
  provider.people.set("work", { email: "emil.e@example.net" });
  assert.equal((await emil.goThrough("work", "link")).outcome, "confirm");
  assert.equal((await answer(emil, { answer: "no" })).status, 204);
  assert.equal((await emil.call("GET", "openid/links")).json.links.length, 0);
  await connect(emil, "work");
  const { links } = (await emil.call("GET", "openid/links")).json;
  assert.equal(links.length, 1);
  const [{ id, provider: by, email, linked_at: linkedAt }] = links;
  assert.deepEqual([by, email], ["openid", "emil.e@example.net"]);
  assert.ok(Math.abs(Date.parse(linkedAt) - Date.now()) < 60_000, linkedAt);
  const me = await new OpenIdPerson(server, provider).signInAs("work");
  assert.equal(me.account.name, addressOf("emil"));
  const remove = (current_password) =>
    emil.call("DELETE", `openid/links/${id}`, { current_password });
  const wrong = { status: 400, field: "current_password" };
  assertProblem(await remove("surely not this one"), wrong);
  assert.equal((await remove(PASSWORD)).status, 204);
  assert.equal(await outcomeFor("work"), "no_account");
  const [{ subject }] = records("identity.unlinked");
  assert.equal(subject, `account:${emil.account.id}`);
});

test("what opens one account opens no other, and nobody cuts off what is another's", async () => {
  const fred = await owner("fred");
  await connect(fred, "fred");
  const gina = await owner("gina");
  assert.equal((await gina.goThrough("fred", "link")).outcome, "refused");
  assert.equal(linkedRecords("refused").filter(({ detail }) => /another/.test(detail)).length, 1);
  const [{ id }] = (await fred.call("GET", "openid/links")).json.links;
  const proof = { current_password: PASSWORD };
  assertProblem(await gina.call("DELETE", `openid/links/${id}`, proof), { status: 404 });
  assert.equal((await fred.call("GET", "openid/links")).json.links.length, 1);
});

test("a visit that one account has begun connects no other", async () => {
  const hans = await owner("hans");
  const callback = await hans.atProvider("hans", "link");
  await Person.added(server, addressOf("ines"));
  assert.equal((await hans.signIn(addressOf("ines"))).status, 200);
  assert.equal(outcomeOf(await hans.comeBack(callback)), "refused");
  assertProblem(await hans.call("GET", "openid/pending"), { status: 404 });
});

test("a provider's word doesn't get around the second factor", async () => {
  const jana = await owner("jana");
  await connect(jana, "jana");
  const begun = await jana.call("POST", "second-factor", { current_password: PASSWORD });
  const { key } = begun.json;
  server.secrets.add(key);
  const first = await jana.call("POST", "second-factor/confirm", {
    code: codeOf(key, { steps: -1 }),
  });
  assert.equal(first.status, 200, first.text);
  const person = new OpenIdPerson(server, provider);
  assert.equal((await person.goThrough("jana")).outcome, "code");
  assertProblem(await person.call("GET", "me"), { status: 401 });
  assert.equal((await person.call("GET", "openid/pending")).json.purpose, "code");
  const wrong = await answer(person, { code: "000000" });
  assertProblem(wrong, { status: 401, field: "code" });
  const right = await answer(person, { code: codeOf(key) });
  assert.equal(right.status, 200, right.text);
  assert.equal(right.json.account.name, addressOf("jana"));
  assert.equal((await person.call("GET", "me")).status, 200);
});

test("codes are guessed at the price of passwords", async () => {
  const karl = await owner("karl");
  await connect(karl, "karl");
  const { key } = (await karl.call("POST", "second-factor", { current_password: PASSWORD })).json;
  server.secrets.add(key);
  const code = codeOf(key, { steps: -1 });
  assert.equal((await karl.call("POST", "second-factor/confirm", { code })).status, 200);
  const person = new OpenIdPerson(server, provider);
  await person.goThrough("karl");
  const statuses = [];
  for (let i = 0; i < 5; i += 1) {
    statuses.push((await answer(person, { code: `00000${i}` })).status);
  }
  assert.deepEqual(statuses.slice(0, 3), [401, 401, 401]);
  assert.deepEqual(statuses.slice(3), [403, 403], "work is asked for");
});

const CREATES = { GATEHOUSE_OPENID_CREATES_ACCOUNTS: "true" };

/** Of an account that the provider has just made. */
async function startWithStranger(t, name) {
  const own = await startWithRealProvider(t, { env: CREATES });
  const person = new OpenIdPerson(own.server, own.provider);
  await person.signInAs(name);
  assert.equal((await person.call("GET", "me")).json.has_password, false);
  return { ...own, person };
}

/** As if all sessions had begun `minutes` earlier. */
async function age({ server: own }, minutes) {
  await own.stop();
  const sql = `UPDATE account_sessions SET created_at = created_at - ${minutes * 60_000}`;
  execFileSync("sqlite3", [join(own.dataDir, "gatehouse.db"), sql]);
  await own.relaunch();
}

test("an account without a password keeps the last thing that opens it", async (t) => {
  const own = await startWithStranger(t, "lena");
  const { person } = own;
  const [{ id }] = (await person.call("GET", "openid/links")).json.links;
  const refused = await person.call("DELETE", `openid/links/${id}`, { current_password: "" });
  assertProblem(refused, { status: 409, code: "conflict" });
  const exported = await person.call("GET", "me/export");
  assert.ok(exported.text.includes(own.provider.subjectOf("lena")), "it is the person's own data");
  const direct = await person.signIn(addressOf("lena"), "");
  assert.notEqual(direct.status, 200, "no password is not an empty one");
});

test("an account without a password proves itself by signing in again", async (t) => {
  const own = await startWithStranger(t, "olga");
  const { person } = own;
  const begun = await person.call("POST", "second-factor", { current_password: "" });
  assertProblem(begun, { status: 409, code: "conflict" });
  await age(own, 11);
  const passwords = { current_password: "", new_password: PASSWORD };
  assertProblem(await person.call("POST", "password", passwords), { status: 403 });
  assertProblem(await person.call("POST", "me/erase", { current_password: "" }), { status: 403 });
  await person.signInAs("olga");
  const set = await person.call("POST", "password", passwords);
  assert.equal(set.status, 200, set.text);
  assert.equal((await person.call("GET", "me")).json.has_password, true);
  const empty = await person.call("POST", "me/erase", { current_password: "" });
  assertProblem(empty, { status: 400, field: "current_password" });
  const erased = await person.call("POST", "me/erase", { current_password: PASSWORD });
  assert.equal(erased.status, 204);
});

test("C18 an account without a password is erased by who has just signed in", async (t) => {
  const { person, server: own } = await startWithStranger(t, "paul");
  const erased = await person.call("POST", "me/erase", { current_password: "" });
  assert.equal(erased.status, 204, erased.text);
  assertProblem(await person.call("GET", "me"), { status: 401 });
  const names = rows(own, "SELECT name FROM accounts").map(({ name }) => name);
  assert.deepEqual(names, []);
});

test("with the account go the identities that opened it", async () => {
  const mona = await owner("mona");
  await connect(mona, "mona");
  assert.equal((await mona.call("POST", "me/erase", { current_password: PASSWORD })).status, 204);
  assert.equal(await outcomeFor("mona"), "no_account");
});

test("calls of providers that there aren't are told so", async () => {
  const person = new OpenIdPerson(server, provider);
  assertProblem(await person.begin("sign_in", "google"), { status: 404 });
  assertProblem(await person.begin("sign_in", "../me"), { status: 404 });
  assertProblem(await person.begin("else"), { status: 400, field: "purpose" });
  const path = "/api/v1/auth/openid/openid/callback";
  assert.equal((await send(server, { method: "POST", path })).status, 405);
});

test("an account that is disabled while the question waits stays shut", async () => {
  await owner("nora");
  const person = new OpenIdPerson(server, provider);
  assert.equal((await person.goThrough("nora")).outcome, "linked_needed");
  assert.equal((await users(server, "disable", addressOf("nora"))).code, 0);
  assert.equal(await outcomeFor("nora"), "disabled");
});

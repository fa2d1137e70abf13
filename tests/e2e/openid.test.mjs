// Signing in by a provider, with the real one: who gets in, as what, and when it ends.
import assert from "node:assert/strict";
import { assertProblem } from "./support/checks.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { OpenIdPerson, outcomeOf } from "./support/openid_person.mjs";
import { before, startWithRealProvider, test } from "./support/openid_provider.mjs";
import { Person, users } from "./support/person.mjs";
import { rows } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const CREATES = { GATEHOUSE_OPENID_CREATES_ACCOUNTS: "true" };
const later = untilFileEnds();
let server;
let provider;
before(async () => {
  ({ server, provider } = await startWithRealProvider(later, { env: CREATES }));
  await Person.firstOperator(server);
});

const records = (own, action) =>
  rows(own, `SELECT actor, subject, outcome, detail FROM audit WHERE action = '${action}'`);
const lastRecord = (own, action) => records(own, action).at(-1);
const isIn = async (person) => (await person.call("GET", "me")).status === 200;
const isOut = async (person) => (await person.call("GET", "me")).status === 401;

for (const alg of ["RS256", "ES256", "EdDSA"]) {
  test(`E1 signed with ${alg}, people get in, as the same person each time`, async (t) => {
    const own = await startWithRealProvider(t, { env: CREATES, alg });
    const person = new OpenIdPerson(own.server, own.provider);
    const listed = await person.call("GET", "openid");
    assert.deepEqual(listed.json, { providers: [{ id: "openid", name: "Example" }] });
    const { account } = await person.signInAs("anna");
    assert.deepEqual([account.name, account.role], ["anna@example.org", "member"]);
    const again = await new OpenIdPerson(own.server, own.provider).signInAs("anna");
    assert.equal(again.account.id, account.id);
    const [added] = records(own.server, "account.added");
    assert.equal(added.subject, `account:${account.id}`);
    const signedIn = records(own.server, "sign_in");
    assert.deepEqual(signedIn.map(({ outcome }) => outcome), ["done", "done"]);
    for (const { detail } of signedIn) assert.match(detail, /openid/);
  });
}

test("E1 an address that an access token gets counts as well", async (t) => {
  const env = { ...CREATES, GATEHOUSE_OPENID_ROLE_CLAIM: "groups" };
  env.GATEHOUSE_OPENID_ANALYSTS = "readers";
  const own = await startWithRealProvider(t, { env, hasClaimsInTokens: false });
  own.provider.people.set("anna", { groups: ["readers"] });
  const { account } = await new OpenIdPerson(own.server, own.provider).signInAs("anna");
  assert.deepEqual([account.name, account.role], ["anna@example.org", "analyst"]);
});

test("the provider is asked by the code flow with PKCE, and nothing is in the open", async () => {
  const person = new OpenIdPerson(server, provider);
  const begun = await person.begin();
  assert.equal(begun.headers["cache-control"], "no-store");
  const [cookie] = begun.headers["set-cookie"];
  const parts = cookie.split("; ");
  for (const part of ["HttpOnly", "SameSite=Lax", "Path=/api/v1/auth/openid", "Max-Age=600"]) {
    assert.ok(parts.includes(part), `${part} in ${cookie}`);
  }
  const url = new URL(begun.json.authorization_url);
  const asked = Object.fromEntries(url.searchParams);
  assert.equal(url.origin, provider.issuer);
  assert.equal(asked.response_type, "code");
  assert.equal(asked.client_id, provider.clientId);
  assert.equal(asked.redirect_uri, `${server.url}/api/v1/auth/openid/openid/callback`);
  assert.equal(asked.scope, "openid email profile");
  assert.equal(asked.code_challenge_method, "S256");
  assert.match(asked.code_challenge, /^[\w-]{43}$/);
  const next = (await new OpenIdPerson(server, provider).begin()).json.authorization_url;
  for (const name of ["state", "nonce", "code_challenge"]) {
    assert.match(asked[name], /^[\w-]{22,128}$/);
    assert.ok(!next.includes(asked[name]), `${name} is of one visit`);
    assert.ok(name === "code_challenge" || !cookie.includes(asked[name]), `${name} is sealed`);
  }
});

test("over TLS the cookies of a visit are for TLS alone, and the way is the same", async (t) => {
  const env = { ...CREATES, TLS_ENABLED: "true", TLS_SELF_SIGNED: "p256" };
  const own = await startWithRealProvider(t, { env });
  const person = new OpenIdPerson(own.server, own.provider);
  const [cookie] = (await person.begin()).headers["set-cookie"];
  assert.match(cookie, /^__Secure-/);
  assert.ok(cookie.split("; ").includes("Secure"), cookie);
  const { account } = await person.signInAs("anna");
  assert.equal(account.name, "anna@example.org");
  assert.ok(person.cookies.names().some((name) => name.startsWith("__Host-")));
});

test("of two that come back with the same answer at once one gets in", async () => {
  const one = new OpenIdPerson(server, provider);
  const callback = await one.atProvider("cleo");
  const other = new OpenIdPerson(server, provider);
  other.cookie = one.cookie;
  const both = await Promise.all([one.comeBack(callback), other.comeBack(callback)]);
  assert.deepEqual(both.map(outcomeOf).sort(), ["in", "refused"]);
});

test("session fixation: signing in by a provider never keeps the session of before", async () => {
  const person = new OpenIdPerson(server, provider);
  await person.signInAs("bela");
  const old = new Person(server);
  old.cookie = person.cookie;
  await person.signInAs("bela");
  assert.notEqual(person.cookie, old.cookie);
  assert.ok(await isOut(old));
  assert.ok(await isIn(person));
});

test("who cancels is told so, and nothing has happened", async () => {
  const person = new OpenIdPerson(server, provider);
  const { outcome } = await person.goThrough(null);
  assert.equal(outcome, "cancelled");
  assert.ok(await isOut(person));
});

test("without permission to make accounts a stranger stays outside", async (t) => {
  const own = await startWithRealProvider(t);
  await Person.firstOperator(own.server);
  const person = new OpenIdPerson(own.server, own.provider);
  const { outcome, response } = await person.goThrough("anna");
  assert.equal(outcome, "no_account");
  assert.ok(!(response.headers["set-cookie"] ?? []).some((line) => line.includes("_account=")));
  assert.ok(await isOut(person));
  assert.equal(rows(own.server, "SELECT count(*) AS n FROM accounts")[0].n, 1);
  assert.match(lastRecord(own.server, "sign_in").detail, /no_such_account/);
});

test("only the domains that are named, and only confirmed addresses of them", async (t) => {
  const env = { ...CREATES, GATEHOUSE_OPENID_DOMAINS: "example.org,example.net" };
  const own = await startWithRealProvider(t, { env });
  const outcomes = {
    "anna@example.org": "in",
    "bela@EXAMPLE.net": "in",
    "carl@example.com": "domain",
    "dora@sub.example.org": "domain",
    "emil@example.org.example.com": "domain",
    "fred@notexample.org": "domain",
  };
  for (const [email, expected] of Object.entries(outcomes)) {
    const [name] = email.split("@");
    own.provider.people.set(name, { email });
    const { outcome } = await new OpenIdPerson(own.server, own.provider).goThrough(name);
    assert.equal(outcome, expected, email);
  }
  assert.match(lastRecord(own.server, "sign_in").detail, /domain/);
  own.provider.people.set("gina", { email: "gina@example.org", email_verified: false });
  own.provider.people.set("hans", { email: undefined, email_verified: undefined });
  for (const name of ["gina", "hans"]) {
    const { outcome } = await new OpenIdPerson(own.server, own.provider).goThrough(name);
    assert.equal(outcome, "unverified", name);
  }
});

test("roles are those of a claim, and change with it at the next sign-in", async (t) => {
  const env = {
    ...CREATES,
    GATEHOUSE_OPENID_ROLE_CLAIM: "groups",
    GATEHOUSE_OPENID_OPERATORS: "admins|root",
    GATEHOUSE_OPENID_ANALYSTS: "readers",
  };
  const own = await startWithRealProvider(t, { env });
  const roleWith = async (groups) => {
    own.provider.people.set("anna", { groups });
    const person = new OpenIdPerson(own.server, own.provider);
    return { person, role: (await person.signInAs("anna")).account.role };
  };
  const operator = await roleWith(["everybody", "root"]);
  assert.equal(operator.role, "operator");
  assert.equal((await roleWith("readers")).role, "analyst");
  assert.ok(await isOut(operator.person), "sessions with the rights of before have ended");
  assert.equal((await roleWith(["admin", "ROOT", "readers "])).role, "member");
  assert.equal((await roleWith(["readers", "admins"])).role, "operator", "the higher one");
  assert.equal((await roleWith(undefined)).role, "member", "nobody stays what nobody says");
  const changes = records(own.server, "account.role_changed");
  assert.equal(changes.length, 4);
  for (const { actor } of changes) assert.match(actor, /openid/);
});

test("an address that is none makes no account, even if it is called confirmed", async () => {
  for (const email of ["owner", "admin", "@", "a@", "@example.org", "a b@c.org", "a@b@c.org"]) {
    provider.people.set("odd", { email });
    const { outcome } = await new OpenIdPerson(server, provider).goThrough("odd");
    assert.equal(outcome, "unverified", email);
  }
});

test("a disabled account stays disabled, whatever the provider says", async () => {
  const person = new OpenIdPerson(server, provider);
  const { account } = await person.signInAs("dina");
  assert.equal((await users(server, "disable", account.name)).code, 0);
  await eventually(() => isOut(person), "the session to end");
  const { outcome } = await new OpenIdPerson(server, provider).goThrough("dina");
  assert.equal(outcome, "disabled");
});

test("the provider may take another key at any time", async (t) => {
  const own = await startWithRealProvider(t, { env: CREATES });
  await new OpenIdPerson(own.server, own.provider).signInAs("anna");
  own.provider.rotateKeys();
  await new OpenIdPerson(own.server, own.provider).signInAs("anna");
});

test("a provider that is away stops no start, and is found when it is back", async (t) => {
  const env = { GATEHOUSE_OPENID_ISSUER: "http://127.0.0.1:9" };
  const own = await startWithRealProvider(t, { env });
  await Person.firstOperator(own.server);
  const person = new OpenIdPerson(own.server, own.provider);
  const problem = assertProblem(await person.begin(), { status: 502 });
  assert.match(problem.detail, /^Example can’?'?t be reached/);
  await own.server.stop();
  Object.assign(own.server.env, own.provider.env);
  await own.server.relaunch();
  assert.equal((await person.begin()).status, 200);
});

// A provider that is wrong in one thing: nobody gets in, the record tells why, the answer doesn't.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import {
  FAULTS_OF_CALLBACK,
  FAULTS_OF_DISCOVERY,
  FAULTS_OF_SERVICE,
} from "./support/hostile_answers.mjs";
import { HostileProvider } from "./support/hostile_provider.mjs";
import { FAULTS_OF_TOKENS } from "./support/hostile_tokens.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { OpenIdPerson, outcomeOf } from "./support/openid_person.mjs";
import { startWithProvider } from "./support/openid_provider.mjs";
import { rows } from "./support/server.mjs";

const env = { GATEHOUSE_OPENID_CREATES_ACCOUNTS: "true" };
/** What a record says: words of a program, and nothing that a stranger wrote. */
const REASON = /^[a-z][a-z0-9_: ]{3,80} provider:openid$/;
const later = untilFileEnds();
const startHostile = (t, fault) =>
  startWithProvider(t, { env, start: () => HostileProvider.start(t, fault) });

let server;
let provider;
before(async () => {
  ({ server, provider } = await startHostile(later));
});

const refusals = (own) =>
  rows(own, "SELECT detail FROM audit WHERE action = 'sign_in' AND outcome = 'refused'");

/** Nobody is in, the browser hears one word, and the record knows more. */
async function assertKeptOut(own, person, response, expected) {
  assert.equal(outcomeOf(response), expected);
  assert.equal(response.text, "");
  assert.ok(!person.cookies.names().some((name) => name.endsWith("_account")), "no session");
  assertProblem(await person.call("GET", "me"), { status: 401 });
  assert.equal(rows(own, "SELECT count(*) AS n FROM accounts")[0].n, 0);
  const { detail } = refusals(own).at(-1);
  return detail;
}

for (const fault of Object.keys(FAULTS_OF_TOKENS)) {
  test(`E1 refused: a token with ${fault}`, async () => {
    provider.misbehave(fault);
    const before = refusals(server).length;
    const person = new OpenIdPerson(server, provider);
    const { response } = await person.goThrough("mallory");
    const detail = await assertKeptOut(server, person, response, "refused");
    assert.match(detail, REASON);
    assert.equal(refusals(server).length, before + 1);
  });
}

for (const fault of Object.keys(FAULTS_OF_CALLBACK)) {
  test(`E1 refused: ${fault}`, async () => {
    provider.misbehave(fault);
    const person = new OpenIdPerson(server, provider);
    const { response } = await person.goThrough("mallory");
    assert.match(await assertKeptOut(server, person, response, "refused"), REASON);
  });
}

for (const fault of Object.keys(FAULTS_OF_DISCOVERY)) {
  test(`E1 nobody is sent to a provider with ${fault}`, async (t) => {
    const own = await startHostile(t, fault);
    const person = new OpenIdPerson(own.server, own.provider);
    const problem = assertProblem(await person.begin(), { status: 502 });
    assert.match(problem.detail, /^(Example|The provider) can['’]t be /);
    assert.deepEqual(person.cookies.names(), []);
    assert.deepEqual(new Set(own.provider.asked), new Set(["/.well-known/openid-configuration"]));
  });
}

for (const fault of Object.keys(FAULTS_OF_SERVICE)) {
  test(`E1 unavailable, and not refused: ${fault}`, async (t) => {
    const own = await startHostile(t, fault);
    const person = new OpenIdPerson(own.server, own.provider);
    const { response } = await person.goThrough("mallory");
    await assertKeptOut(own.server, person, response, "unavailable");
  });
}

test("E1 a provider that is right lets the same person in", async () => {
  const own = await startHostile(later);
  await new OpenIdPerson(own.server, own.provider).signInAs("mallory");
});

test("a key that was never seen is looked for once a minute, however many ask", async (t) => {
  const own = await startHostile(t, "a key that nobody published");
  for (let i = 0; i < 8; i += 1) {
    const { outcome } = await new OpenIdPerson(own.server, own.provider).goThrough("mallory");
    assert.equal(outcome, "refused");
  }
  const asked = own.provider.asked.filter((path) => path === "/jwks").length;
  assert.ok(asked <= 2 * 2, `${asked} times: once, and once more, for each of two workers`);
});

test("another key under a name that is known opens nothing", async (t) => {
  const oneWorker = { ...env, GATEHOUSE_WORKERS: "1" }; // which has seen the keys
  const start = () => HostileProvider.start(t);
  const own = await startWithProvider(t, { env: oneWorker, start });
  const { key, otherKey } = own.provider;
  await new OpenIdPerson(own.server, own.provider).signInAs("mallory");
  Object.assign(own.provider, { key: { ...otherKey, kid: key.kid }, otherKey: key });
  const person = new OpenIdPerson(own.server, own.provider);
  const { outcome } = await person.goThrough("mallory");
  assert.equal(outcome, "refused");
});

test("what another browser has begun is finished by that one alone", async () => {
  provider.misbehave(undefined);
  const victim = new OpenIdPerson(server, provider);
  const attacker = new OpenIdPerson(server, provider);
  const callback = await attacker.atProvider("mallory");
  await assertKeptOut(server, victim, await victim.comeBack(callback), "refused");
  await victim.begin();
  await assertKeptOut(server, victim, await victim.comeBack(callback), "refused");
  assert.match(refusals(server).at(-1).detail, /^wrong_state /);
  assert.equal(provider.asked.at(-1), "/authorize", "the code was not even tried");
});

test("a cookie of a visit that somebody has made up or changed is none", async () => {
  provider.misbehave(undefined);
  const person = new OpenIdPerson(server, provider);
  const callback = await person.atProvider("mallory");
  const [name, value] = person.cookie.split("=");
  const other = value.startsWith("A") ? "B" : "A";
  for (const forged of [`${other}${value.slice(1)}`, value.slice(0, -4), "e30", "x".repeat(9000)]) {
    person.cookie = `${name}=${forged}`;
    assert.equal(outcomeOf(await person.comeBack(callback)), "refused");
  }
});

test("addresses that are no answer of a provider are refused, and change nothing", async () => {
  provider.misbehave(undefined);
  for (const query of [
    "",
    "?",
    "?code=a&code=b&state=c",
    `?code=${"a".repeat(5000)}&state=b`,
    "?error=access_denied",
    "?error=%3Cscript%3E&error_description=%3Cscript%3E",
    "?code=%00&state=%ff",
    "?id_token=a&state=b",
  ]) {
    const person = new OpenIdPerson(server, provider);
    await person.begin();
    const url = `${server.url}/api/v1/auth/openid/openid/callback${query}`;
    const response = await person.comeBack(url);
    assert.equal(outcomeOf(response), "refused", query);
    assert.match(refusals(server).at(-1).detail, REASON);
  }
});

test("a code works once: the same address again lets nobody in", async () => {
  const own = await startHostile(later);
  const person = new OpenIdPerson(own.server, own.provider);
  const kept = new OpenIdPerson(own.server, own.provider);
  const { authorization_url: url } = (await person.begin()).json;
  kept.cookie = person.cookie;
  const callback = await person.answerAt(url, "mallory");
  assert.equal(outcomeOf(await person.comeBack(callback)), "in");
  assert.equal(outcomeOf(await person.comeBack(callback)), "refused");
  assert.equal(outcomeOf(await kept.comeBack(callback)), "refused", "with its cookie, too");
});

// Where it ends: signing out at the provider as well, and what a provider tells by itself.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { assertProblem } from "./support/checks.mjs";
import { send } from "./support/client.mjs";
import { HostileProvider } from "./support/hostile_provider.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { OpenIdPerson } from "./support/openid_person.mjs";
import {
  before,
  startWithProvider,
  startWithRealProvider,
  test,
} from "./support/openid_provider.mjs";
import { signToken } from "./support/openid_tokens.mjs";
import { PASSWORD, Person } from "./support/person.mjs";
import { rows } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const CREATES = { GATEHOUSE_OPENID_CREATES_ACCOUNTS: "true" };
const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";
const later = untilFileEnds();
let server;
let provider;
before(async () => {
  ({ server, provider } = await startWithRealProvider(later, { env: CREATES }));
  await Person.firstOperator(server);
});

const isOut = async (person) => (await person.call("GET", "me")).status === 401;

async function signedIn(own, name) {
  const person = new OpenIdPerson(own.server, own.provider);
  await person.signInAs(name);
  return person;
}

test("signing out leads to the provider, which sends the person back", async () => {
  const anna = await signedIn({ server, provider }, "anna");
  const response = await anna.call("POST", "sign-out");
  assert.equal(response.status, 200, response.text);
  assert.ok(await isOut(anna));
  const url = new URL(response.json.end_session_url);
  assert.equal(url.origin, provider.issuer);
  const back = new URL(await anna.leave(url.href));
  assert.equal(back.origin + back.pathname, `${server.url}/account`);
  assert.equal(back.searchParams.get("state"), url.searchParams.get("state"));
  const [told] = provider.logouts.items;
  assert.deepEqual([told.status, told.cacheControl], [200, "no-store"]);
});

test("who signed in with a password is not sent to any provider", async () => {
  const person = new Person(server);
  assert.equal((await person.signIn("owner")).status, 200);
  assert.equal((await person.call("POST", "sign-out")).status, 204);
});

test("E1 a logout at the provider ends the session here within 5 seconds", async () => {
  const here = await signedIn({ server, provider }, "bela");
  const there = await signedIn({ server, provider }, "bela");
  const other = await signedIn({ server, provider }, "carl");
  const { end_session_url: leaving } = (await there.call("POST", "sign-out")).json;
  // As if `here` had left: its own pages of the provider go, and the server is told by it alone.
  const before = provider.logouts.items.length;
  await here.leave(leaving);
  assert.equal(provider.logouts.items.length, before + 1);
  await eventually(() => isOut(here), "the session to end", 5_000);
  assert.ok(!(await isOut(other)));
  const told = rows(server, "SELECT outcome FROM audit WHERE action = 'provider.sign_out'");
  assert.ok(told.every(({ outcome }) => outcome === "done") && told.length >= 1);
});

test("a logout that names a person and no session ends all that the provider began", async (t) => {
  const own = await startWithRealProvider(t, { env: CREATES, hasSessionIds: false });
  await Person.firstOperator(own.server);
  const all = [await signedIn(own, "dora"), await signedIn(own, "dora")];
  const other = await signedIn(own, "emil");
  assert.equal((await own.provider.logOut("dora")).status, 200);
  for (const person of all) await eventually(() => isOut(person), "the session to end", 5_000);
  assert.ok(!(await isOut(other)));
});

const wrongs = {
  "another audience": (claims) => ({ ...claims, aud: "another-client" }),
  "another issuer": (claims) => ({ ...claims, iss: "https://accounts.example.net" }),
  "a nonce, as ID tokens have": (claims) => ({ ...claims, nonce: "n" }),
  "no event": (claims) => ({ ...claims, events: {} }),
  "an event of another kind": (claims) => ({ ...claims, events: { "urn:else": {} } }),
  "nobody named": ({ sub: _, ...claims }) => claims,
  "no number": ({ jti: _, ...claims }) => claims,
  "no time": ({ iat: _, ...claims }) => claims,
  "a time that is over": (claims) => ({ ...claims, iat: claims.iat - 3600, exp: claims.iat - 60 }),
  "a time that has not come": (claims) => ({ ...claims, iat: claims.iat + 3600 }),
};

test("a logout token that is not right ends nothing, and works once where it is", async (t) => {
  const own = await startWithProvider(t, {
    env: CREATES,
    start: () => HostileProvider.start(t),
  });
  const mallory = await signedIn(own, "mallory");
  const told = async (token, type = "application/x-www-form-urlencoded") =>
    send(own.server, {
      method: "POST",
      path: "/api/v1/auth/openid/openid/backchannel-logout",
      body: new URLSearchParams({ logout_token: token }).toString(),
      from: own.server.nextAddress(),
      headers: { "Content-Type": type },
    });
  const { key, clientId, issuer, person } = own.provider;
  const header = { alg: "RS256", kid: key.kid, typ: "logout+jwt" };
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    const names = { iss: issuer, aud: clientId, sub: person.sub, jti: randomUUID() };
    return { ...names, iat: now, exp: now + 120, events: { [LOGOUT]: {} } };
  };
  const sign = (wrong, by = key) => signToken(header, wrong(claims()), by.privateKey);
  const refused = async (token, what) => {
    const response = await told(token);
    assertProblem(response, { status: 400 });
    assert.equal(response.headers["cache-control"], "no-store", what);
    assert.ok(!(await isOut(mallory)), what);
  };
  for (const [what, wrong] of Object.entries(wrongs)) await refused(sign(wrong), what);
  await refused(sign((each) => each, own.provider.otherKey), "another key");
  await refused(signToken({ ...header, alg: "none" }, claims(), null), "no signature");
  await refused(signToken({ ...header, alg: "HS256" }, claims(), own.provider.secret), "a secret");
  await refused("", "nothing");
  const json = await told(sign((each) => each), "application/json");
  assertProblem(json, { status: 415 });
  const right = sign((each) => each);
  const done = await told(right);
  assert.deepEqual([done.status, done.headers["cache-control"]], [200, "no-store"]);
  await eventually(() => isOut(mallory), "the session to end", 5_000);
  assertProblem(await told(right), { status: 400 });
  const records = rows(
    own.server,
    "SELECT outcome FROM audit WHERE action = 'provider.sign_out' ORDER BY sequence",
  );
  assert.equal(records.filter(({ outcome }) => outcome === "done").length, 1);
  assert.equal(records.length, Object.keys(wrongs).length + 6);
});

test("logouts from one address are limited", async (t) => {
  const own = await startWithRealProvider(t, { env: CREATES });
  const from = own.server.nextAddress();
  const statuses = [];
  for (let i = 0; i < 40; i += 1) {
    const response = await send(own.server, {
      method: "POST",
      path: "/api/v1/auth/openid/openid/backchannel-logout",
      body: "logout_token=x",
      from,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    statuses.push(response.status);
  }
  assert.equal(statuses[0], 400);
  assert.equal(statuses.at(-1), 429);
});

test("a password's session outlives the provider's logout", async () => {
  const gina = await signedIn({ server, provider }, "gina");
  await Person.added(server, "hans");
  const hans = new Person(server);
  assert.equal((await hans.signIn("hans", PASSWORD)).status, 200);
  await provider.logOut("gina", "a session that there never was");
  assert.equal(provider.logouts.items.at(-1).status, 200);
  assert.ok(!(await isOut(hans)));
  assert.ok(!(await isOut(gina)), "another session of the provider");
});

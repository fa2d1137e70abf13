// Access and refresh tokens: given out, checked by others, refreshed, stolen, ended.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  jwtVerify,
  SignJWT,
} from "jose";
import { solve } from "./support/challenge.mjs";
import { assertProblem } from "./support/checks.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { N8n } from "./support/n8n.mjs";
import { PASSWORD, Person, startOwned, tokenOf, users } from "./support/person.mjs";
import { rows } from "./support/server.mjs";
import { assertInvalidToken, Client, publishedKeys } from "./support/token_client.mjs";
import { codeOf } from "./support/totp.mjs";
import { eventually } from "./support/waiting.mjs";

const NEW_PASSWORD = "nine dry leaves on a roof";
const WRONG = { status: 401, code: "unauthenticated" };
const later = untilFileEnds();
let server;
let owner;
before(async () => {
  ({ server, owner } = await startOwned(later));
});

test("C5 E1 a token has all its claims, and others check it by the published keys", async () => {
  const client = new Client(server);
  const response = await client.signIn();
  assert.equal(response.status, 200, response.text);
  assert.equal(response.headers["cache-control"], "no-store");
  assert.equal(response.headers["set-cookie"], undefined);
  const { token_type: type, expires_in: expiresIn, refresh_expires_in: idle } = client.last;
  assert.deepEqual([type, expiresIn, idle], ["Bearer", 900, 14 * 86_400]);
  const published = await publishedKeys(server);
  assert.equal(published.headers["cache-control"], "public, max-age=300");
  assert.equal(published.headers["content-type"], "application/jwk-set+json");
  const set = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(client.access, set, {
    issuer: server.url,
    audience: "gatehouse",
    typ: "at+jwt",
    algorithms: ["EdDSA"],
    requiredClaims: ["iat", "exp", "nbf", "jti", "sub", "sid"],
  });
  assert.deepEqual(Object.keys(protectedHeader).sort(), ["alg", "kid", "typ"]);
  assert.equal(payload.sub, owner.account.id);
  assert.deepEqual([payload.site, payload.role, payload.epoch], ["default", "operator", 1]);
  assert.equal(payload.exp - payload.iat, 900);
  assert.equal(payload.nbf, payload.iat);
  for (const key of published.json.keys) assert.equal(key.d, undefined, "no private half");
});

test("a token opens what a cookie opens, and changes need no CSRF token", async () => {
  await Person.added(server, "dora");
  const client = await Client.of("dora", server);
  const me = await client.call("GET", "me");
  assert.deepEqual([me.json.account.name, me.json.second_factor], ["dora", false]);
  const said = await client.call("POST", "/api/v1/chat", { message: "What is Gatehouse?" });
  assert.equal(said.status, 200, said.text);
  const list = await client.call("GET", "/api/v1/conversations");
  assert.equal(list.json.conversations.length, 1);
  const { conversation_id: id } = said.json;
  assert.equal((await client.call("DELETE", `/api/v1/conversations/${id}`)).status, 204);
  const page = new Person(server);
  await page.signIn("dora");
  const mixed = await client.call("GET", "me", undefined, {
    Cookie: page.cookie,
    Authorization: "Bearer wrong",
  });
  assertInvalidToken(mixed);
});

test("C5 E1 tokens that are forged, of others or changed are refused alike", async () => {
  const client = await Client.of("owner", server);
  const good = client.access;
  const header = decodeProtectedHeader(good);
  const claims = decodeJwt(good);
  const part = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");
  const [h, p, s] = good.split(".");
  const { keys: published } = (await publishedKeys(server)).json;
  const publicBytes = Buffer.from(published[0].x, "base64url");
  const hs256 = (secret, more = {}) =>
    new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256", ...more }).sign(secret);
  const { server: elsewhere } = await startOwned(later);
  const foreign = await Client.of("owner", elsewhere);
  const privateJwk = { kty: "OKP", crv: "Ed25519", x: published[0].x, d: published[0].x };
  const attacks = {
    none: `${part({ ...header, alg: "none" })}.${p}.`,
    None: `${part({ ...header, alg: "None" })}.${p}.${s}`,
    "the public key as a secret": await hs256(publicBytes),
    "its text as a secret": await hs256(Buffer.from(published[0].x)),
    "the secret of responders": await hs256(Buffer.from("a secret that responders share")),
    "kid of a file": await hs256(Buffer.alloc(32), { kid: "../../../../dev/null" }),
    "kid of SQL": await hs256(Buffer.alloc(32), { kid: "x' UNION SELECT 'y' --" }),
    "a key of its own": await new SignJWT(claims)
      .setProtectedHeader({ ...header, jwk: published[0], jku: "https://evil.example/keys" })
      .sign(await importJWK(privateJwk, "EdDSA")),
    "another house": foreign.access,
    "another header": `${part({ ...header, typ: "JWT" })}.${p}.${s}`,
    "other claims": `${h}.${part({ ...claims, role: "operator", sub: "x" })}.${s}`,
    cut: good.slice(0, -1),
    padded: `${good}=`,
    huge: "a".repeat(6000),
  };
  for (const [name, token] of Object.entries(attacks)) {
    for (const path of ["me", "/api/v1/conversations"]) {
      const attacker = new Client(server);
      attacker.access = token;
      const refused = await attacker.call("GET", path);
      assert.equal(refused.status, 401, `${name} ${refused.text}`);
      assertInvalidToken(refused);
    }
  }
  assert.ok(await client.isIn());
  const none = await new Client(server).call("GET", "me");
  assertProblem(none, WRONG);
  assert.equal(none.headers["www-authenticate"], "Bearer", "nothing was brought, nothing is wrong");
});

// HS256 here is the worst case: the kind of key is the same on both sides.
test("B19 C5 what n8n is sent opens nothing here, and its secret signs nothing", async (t) => {
  const secret = ["Kq8", "shared-for-n8n", "Tz4WmY7pRx2Lb9"].join("-");
  const n8n = await N8n.start(t, { auth: { kind: "jwt", secret } });
  const env = { ...n8n.env, JWT_SECRET: secret, GATEHOUSE_ACCOUNTS_TOKEN_ALGORITHM: "HS256" };
  const { server: own } = await startOwned(t, { env });
  const client = await Client.of("owner", own);
  const said = await client.call("POST", "/api/v1/chat", { message: "hello" });
  assert.equal(said.json.reply.text, "You said: hello");
  const sent = n8n.requests.items[0].headers.authorization.replace("Bearer ", "");
  const ours = decodeJwt(client.access);
  const key = Buffer.from(secret);
  const header = { ...decodeProtectedHeader(client.access), alg: "HS256" };
  const { iat, exp, jti } = decodeJwt(sent);
  const forged = {
    "as it was sent": sent,
    "its claims under our header": await new SignJWT(decodeJwt(sent))
      .setProtectedHeader(header)
      .sign(key),
    "our claims signed with its secret": await new SignJWT({ ...ours, iat, exp, jti })
      .setProtectedHeader(header)
      .sign(key),
    "our claims as it names its tokens": await new SignJWT({ ...ours, iat, exp, jti })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .sign(key),
  };
  for (const [name, token] of Object.entries(forged)) {
    const attacker = new Client(own);
    attacker.access = token;
    for (const path of ["me", "/api/v1/conversations"]) {
      const refused = await attacker.call("GET", path);
      assert.equal(refused.status, 401, `${name} ${refused.text}`);
    }
  }
  assert.ok(await client.isIn());
});

test("each refresh token gives the next, and lives in the store as nothing", async () => {
  const client = await Client.of("owner", server);
  const first = client.refreshToken;
  const { access } = client;
  assert.equal((await client.refresh()).status, 200);
  assert.notEqual(client.refreshToken, first);
  assert.notEqual(client.access, access);
  assert.ok(await client.isIn());
  const file = readFileSync(join(server.dataDir, "gatehouse.db")).toString("latin1");
  const journal = readFileSync(join(server.dataDir, "gatehouse.db-wal")).toString("latin1");
  const [, , , mac] = client.refreshToken.split(".");
  for (const secret of [client.access, client.refreshToken, mac])
    assert.ok(!(file + journal).includes(secret));
});

test("E1 50 refreshes at the same time by one client: one successor, no false alarm", async () => {
  const client = await Client.of("owner", server);
  for (let round = 0; round < 3; round += 1) {
    const token = client.refreshToken;
    const all = await Promise.all(Array.from({ length: 50 }, () => client.refresh(token)));
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [200]);
    const successors = new Set(all.map(({ json }) => json.refresh_token));
    assert.equal(successors.size, 1);
    assert.ok(!successors.has(token));
  }
  assert.ok(await client.isIn());
  assert.equal((await client.refresh()).status, 200);
});

test("E1 a stolen refresh token ends all tokens of its sign-in, with an alarm", async () => {
  const client = await Client.of("owner", server);
  const other = await Client.of("owner", server);
  const stolen = client.refreshToken;
  await client.refresh();
  const thief = new Client(server);
  const refused = await thief.refresh(stolen);
  assertInvalidToken(refused);
  assertInvalidToken(await client.refresh());
  assert.ok(await client.isOut(), "the access token too");
  assert.ok(await other.isIn(), "another sign-in goes on");
  const { request_id: id } = refused.json;
  const alarm = await server.logged("SECURITY_ALERT", ({ request_id: of }) => of === id);
  assert.deepEqual([alarm.rule, alarm.client], ["refresh.reuse", thief.from]);
  const records = rows(server, `SELECT * FROM audit WHERE request_id = '${id}'`);
  assert.deepEqual(
    records.map(({ action, subject, outcome, client: from }) => [action, subject, outcome, from]),
    [["tokens.reuse", `account:${owner.account.id}`, "refused", thief.from]],
  );
});

test("wrong refresh tokens get one answer; the record knows", async () => {
  const client = await Client.of("owner", server);
  const ended = client.refreshToken;
  await client.call("POST", "sign-out");
  assert.ok(await client.isOut());
  const good = await Client.of("owner", server);
  const forged = good.refreshToken.replace(/.$/, (last) => (last === "A" ? "E" : "A"));
  const bodies = new Set();
  for (const token of [ended, forged, "x", "", "gr1.x.1.y", "a".repeat(4000)]) {
    const refused = await new Client(server).refresh(token);
    assertInvalidToken(refused);
    const { request_id: id, ...rest } = refused.json;
    bodies.add(JSON.stringify(rest));
    const details = rows(server, `SELECT detail FROM audit WHERE request_id = '${id}'`);
    const isOne = token === ended || token === forged;
    assert.deepEqual(details, isOne ? [{ detail: "unknown_or_ended" }] : []);
  }
  assert.equal(bodies.size, 1);
  assertProblem(await new Client(server).call("POST", "tokens/refresh", {}), {
    status: 400,
    code: "invalid",
  });
  assert.equal((await good.refresh()).status, 200, "none of it has ended the family");
});

test("revoking says nothing of what was revoked", async () => {
  const client = await Client.of("owner", server);
  const revoke = (token) =>
    new Client(server).call("POST", "tokens/revoke", { refresh_token: token });
  for (const token of ["x", "", "gr1.x.1.y"]) assert.equal((await revoke(token)).status, 204);
  assert.ok(await client.isIn());
  assert.equal((await revoke(client.refreshToken)).status, 204);
  assert.equal((await revoke(client.refreshToken)).status, 204);
  assert.ok(await client.isOut());
  assertInvalidToken(await client.refresh());
});

test("one sees where one has tokens, and ends them one by one", async () => {
  await Person.added(server, "emil");
  const phone = await Client.of("emil", server);
  const laptop = await Client.of("emil", server);
  const { tokens } = (await laptop.call("GET", "tokens")).json;
  assert.deepEqual(
    tokens.map((each) => each.is_current),
    [true, false],
  );
  assert.deepEqual(Object.keys(tokens[0]).sort(), [
    "created_at",
    "expires_at",
    "id",
    "is_current",
    "network",
    "refreshed_at",
    "user_agent",
  ]);
  assert.equal(tokens[1].network, `${phone.from}/32`);
  const [, other] = tokens;
  assertProblem(await owner.call("DELETE", `tokens/${other.id}`), {
    status: 404,
    code: "not_found",
  });
  assert.equal((await laptop.call("DELETE", `tokens/${other.id}`)).status, 204);
  assert.ok(await phone.isOut());
  assert.ok(await laptop.isIn());
  assert.equal((await laptop.call("GET", "sessions")).json.sessions.length, 1, "kept apart");
});

test("GATEHOUSE_ACCOUNTS_TOKENS_MAX: tokens refreshed longest ago make room", async (t) => {
  const { server: own } = await startOwned(t, { env: { GATEHOUSE_ACCOUNTS_TOKENS_MAX: "2" } });
  const [first, second] = [await Client.of("owner", own), await Client.of("owner", own)];
  assert.equal((await first.refresh()).status, 200);
  const third = await Client.of("owner", own);
  assert.ok(await second.isOut());
  assert.ok((await first.isIn()) && (await third.isIn()));
});

test("another password or role and a disabled account end its tokens, and no others", async () => {
  const frida = await Person.added(server, "frida");
  const bystander = await Client.of("owner", server);
  let client = await Client.of("frida", server);
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD };
  assert.equal((await frida.call("POST", "password", change)).status, 200);
  assert.ok(await client.isOut());
  assertInvalidToken(await client.refresh());
  const { stdout } = await users(server, "reset", "frida");
  client = new Client(server);
  await client.signIn("frida", NEW_PASSWORD);
  assert.equal(decodeJwt(client.access).epoch, 2 + 1, "the link it came by, and the change");
  assert.equal((await new Person(server).useLink(tokenOf(stdout))).status, 200);
  assert.ok(await client.isOut());
  client = await Client.of("frida", server);
  await users(server, "role", "frida", "analyst");
  await eventually(client.isOut, "rights to change", 5000);
  client = await Client.of("frida", server);
  assert.equal(decodeJwt(client.access).role, "analyst");
  await users(server, "disable", "frida");
  await eventually(client.isOut, "frida to be out", 5000);
  assertInvalidToken(await client.refresh());
  assertProblem(await new Client(server).signIn("frida"), WRONG);
  assert.ok(await bystander.isIn());
});

test("guessing costs as much as at the sign-in, and they are one count", async () => {
  await Person.added(server, "target");
  const attacker = new Client(server);
  const person = new Person(server, { from: attacker.from, agent: attacker.agent });
  for (let i = 0; i < 3; i += 1) {
    const guess = i % 2 === 0 ? attacker : person;
    assertProblem(await guess.signIn("target", "surely not this one"), WRONG);
  }
  const asked = await attacker.signIn("target");
  assertProblem(asked, { status: 403, code: "challenge_required" });
  const work = { "X-Gatehouse-Challenge": solve(asked.json.challenge) };
  assert.equal((await attacker.signIn("target", PASSWORD, {}, work)).status, 200);
});

test("a second factor is asked for", async () => {
  const person = await Person.added(server, "gina");
  const { key } = (await person.call("POST", "second-factor", { current_password: PASSWORD })).json;
  server.secrets.add(key);
  assert.equal(
    (await person.call("POST", "second-factor/confirm", { code: codeOf(key) })).status,
    200,
  );
  const client = new Client(server);
  const refused = await client.signIn("gina");
  assertProblem(refused, WRONG);
  assert.equal(refused.json.field, "code");
  const next = codeOf(key, { steps: 1 });
  assert.equal((await client.signIn("gina", PASSWORD, { code: next })).status, 200);
});

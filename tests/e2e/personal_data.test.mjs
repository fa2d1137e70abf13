// What is kept of a person: all of it to take along, all of it to erase.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertOpenAiError, assertProblem } from "./support/checks.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { PASSWORD, Person, startOwned, users } from "./support/person.mjs";
import { Client } from "./support/token_client.mjs";

const later = untilFileEnds();
let server;
let owner;
before(async () => {
  ({ server, owner } = await startOwned(later));
});

const said = (person, message, id) =>
  send(server, {
    method: "POST",
    path: "/api/v1/chat",
    from: person.from,
    headers: {
      Cookie: person.cookie,
      "X-CSRF-Token": person.csrf,
      "User-Agent": person.agent,
    },
    body: { message, ...(id ? { conversation_id: id } : {}) },
  });
const rows = (sql) =>
  execFileSync("sqlite3", ["-readonly", join(server.dataDir, "gatehouse.db"), sql]).toString();

test("C18 an export has everything: account, sessions, keys, conversations", async () => {
  const person = await Person.added(server, "anna", "--role", "operator");
  await person.call("POST", "keys", { name: "mine" });
  await Client.of("anna", server);
  const { conversation_id: id } = (await said(person, "What is Gatehouse?")).json;
  await said(person, "How do limits work?", id);
  for (let i = 0; i < 3; i += 1) await said(person, `How do I begin, number ${i}?`);
  const other = await Person.added(server, "other");
  await said(other, "Somebody else's question about limits?");
  const response = await person.call("GET", "me/export");
  assert.match(response.headers["content-disposition"], /attachment; filename="my-data\.json"/);
  const { account, sessions, tokens, identities, keys, conversations, ...rest } = response.json;
  assert.deepEqual(rest, {});
  assert.equal(account.name, "anna");
  assert.equal(sessions.length, 1);
  assert.equal(tokens.length, 1);
  assert.deepEqual(identities, []);
  assert.deepEqual(keys.map((key) => key.name), ["mine"]);
  assert.equal(conversations.length, 4);
  const first = conversations.find((each) => each.id === id);
  assert.deepEqual(first.messages.map((each) => each.role), [
    "user",
    "assistant",
    "user",
    "assistant",
  ]);
  assert.ok(!response.text.includes("Somebody else"));
  assert.ok(!response.text.includes("argon2") && !response.text.includes(person.cookie));
});

test("C18 an erased account is gone with all that was its own, and a receipt stays", async () => {
  const person = await Person.added(server, "ben", "--role", "operator");
  const { key } = (await person.call("POST", "keys", { name: "his program" })).json;
  server.secrets.add(key);
  await said(person, "A question of ben about limits?");
  const { id } = person.account;
  const wrong = await person.call("POST", "me/erase", { current_password: "not this one" });
  assertProblem(wrong, { status: 400, field: "current_password" });
  const erased = await person.call("POST", "me/erase", { current_password: PASSWORD });
  assert.equal(erased.status, 204, erased.text);
  assert.equal(person.cookie, "");
  assertProblem(await new Person(server).signIn("ben"), { status: 401 });
  const ask = await send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    headers: { Authorization: `Bearer ${key}` },
    body: { model: "default", messages: [{ role: "user", content: "hello" }] },
  });
  assertOpenAiError(ask, { status: 401 });
  const tables = ["accounts", "account_sessions", "account_links", "api_keys", "conversations"];
  for (const table of tables) assert.ok(!rows(`SELECT * FROM ${table}`).includes(id), table);
  assert.ok(!rows("SELECT text FROM messages").includes("question of ben"));
  const receipt = rows("SELECT actor, subject, client FROM audit WHERE action = 'account.erased'");
  assert.equal(receipt.trim(), `account:${id}|account:${id}|`);
  assert.equal((await users(server, "add", "ben")).code, 0, "the name is free again");
});

test("the only operator can't be erased, and keeps everything", async () => {
  await users(server, "disable", "anna");
  const refused = await owner.call("POST", "me/erase", { current_password: PASSWORD });
  assertProblem(refused, { status: 409, code: "conflict" });
  assert.equal((await owner.call("GET", "me")).status, 200);
});

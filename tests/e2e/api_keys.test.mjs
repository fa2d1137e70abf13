// Keys of programs: made by operators, shown once, bounded each on its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertOpenAiError, assertProblem } from "./support/checks.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { Person, startOwned } from "./support/person.mjs";
import { runBinary } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const later = untilFileEnds();
let server;
let owner;
before(async () => {
  ({ server, owner } = await startOwned(later));
});

const QUESTION = { model: "default", messages: [{ role: "user", content: "What is Gatehouse?" }] };
const ask = (key, more = {}) =>
  send(server, {
    method: "POST",
    path: "/v1/chat/completions",
    headers: { Authorization: `Bearer ${key}` },
    body: { ...QUESTION, ...more },
    from: server.nextAddress(),
  });
const apikeys = (...args) => runBinary(["apikeys", ...args, "--data-dir", server.dataDir]);
const add = async (...args) => {
  const { code, stdout, output } = await apikeys("add", ...args);
  assert.equal(code, 0, output);
  const [key] = /gh_default_\w+/.exec(stdout);
  server.secrets.add(key);
  return key;
};
const untilKnown = (key) =>
  eventually(async () => (await ask(key)).status === 200, "the key to be known", 5000);

test("a key made beside the server opens /v1, is shown once, and can be revoked", async () => {
  const key = await add("the shop");
  await untilKnown(key);
  const listed = (await apikeys("list")).stdout;
  assert.match(listed, /^[a-z2-7]{13} {2}the shop {2}ai {2}/m);
  assert.ok(!listed.includes(key));
  const id = key.split("_")[2];
  assert.equal((await apikeys("revoke", id)).code, 0);
  await eventually(async () => (await ask(key)).status === 401, "the key to be gone", 5000);
  assert.match((await apikeys("revoke", id)).output, /no such key/);
  const file = join(server.dataDir, "gatehouse.db");
  const kept = execFileSync("sqlite3", ["-readonly", file, "SELECT * FROM audit"]).toString();
  assert.match(kept, new RegExp(`key\\.added\\|command_line\\|key:${id}`));
  assert.match(kept, new RegExp(`key\\.revoked\\|command_line\\|key:${id}`));
});

test("an operator makes keys in the browser, sees their own and revokes them", async () => {
  const limits = { requests_per_minute: 5, tokens_per_day: 100_000, money_per_day: "2.50" };
  const made = await owner.call("POST", "keys", { name: "the app", days: 30, ...limits });
  assert.equal(made.status, 201, made.text);
  const { key, id, ...rest } = made.json;
  server.secrets.add(key);
  assert.equal(rest.requests_per_minute, 5);
  assert.equal(rest.money_per_day, "2.5");
  assert.ok(Math.abs(Date.parse(rest.expires_at) - Date.now() - 30 * 86_400_000) < 10_000);
  assert.equal((await ask(key)).status, 200, "at once");
  const { keys } = (await owner.call("GET", "keys")).json;
  assert.deepEqual(keys.map((each) => each.id), [id]);
  assert.equal(keys[0].key, undefined);
  const other = await Person.added(server, "other", "--role", "operator");
  assert.deepEqual((await other.call("GET", "keys")).json.keys, []);
  assertProblem(await other.call("DELETE", `keys/${id}`), { status: 404, code: "not_found" });
  assert.equal((await owner.call("DELETE", `keys/${id}`)).status, 204);
  assertOpenAiError(await ask(key), { status: 401 });
});

test("only operators make keys, and what is wrong is named", async () => {
  const member = await Person.added(server, "member");
  const refused = await member.call("POST", "keys", { name: "mine" });
  assertProblem(refused, { status: 403, code: "forbidden" });
  for (const [field, body] of [
    ["name", {}],
    ["name", { name: "a\nb" }],
    ["scopes", { name: "x", scopes: "root" }],
    ["days", { name: "x", days: 0 }],
    ["days", { name: "x", days: 1.5 }],
    ["requests_per_minute", { name: "x", requests_per_minute: -1 }],
    ["tokens_per_day", { name: "x", tokens_per_day: "many" }],
    ["money_per_day", { name: "x", money_per_day: 2.5 }],
    ["money_per_day", { name: "x", money_per_day: "0.0000001" }],
    ["money", { name: "x", money: 1 }],
  ]) {
    assertProblem(await owner.call("POST", "keys", body), { status: 400, field });
  }
});

test("a key has limits of its own, and leaves those of others alone", async () => {
  const bounded = await add("bounded", "--per-minute", "3");
  const free = await add("free");
  await untilKnown(free);
  for (let i = 0; i < 3; i += 1) assert.equal((await ask(bounded)).status, 200);
  const refused = await ask(bounded);
  assertOpenAiError(refused, { status: 429 });
  assert.match(refused.headers["ratelimit-policy"], /"key-minute";q=3;w=60/);
  assert.equal((await ask(free)).status, 200);
});

test("a key has tokens of its own", async () => {
  const bounded = await add("few tokens", "--tokens-per-day", "400");
  const free = await add("as many as it likes");
  await untilKnown(free);
  const tooLong = await ask(bounded, { max_tokens: 500 });
  assertOpenAiError(tooLong, { status: 400, param: "max_tokens" });
  let answer = await ask(bounded, { max_tokens: 300 });
  for (let i = 0; i < 20 && answer.status === 200; i += 1)
    answer = await ask(bounded, { max_tokens: 300 });
  assertOpenAiError(answer, { status: 429 });
  assert.match(answer.headers["ratelimit-policy"], /"key-tokens-day"/);
  assert.equal((await ask(free, { max_tokens: 300 })).status, 200);
});

test("a key opens what it was made for and nothing else", async () => {
  const forMetrics = await add("the monitor", "--scopes", "metrics");
  const forAi = await add("the program");
  await untilKnown(forAi);
  const metrics = (key) =>
    send(server, { path: "/metrics", headers: { Authorization: `Bearer ${key}` } });
  assert.equal((await metrics(forMetrics)).status, 200);
  assertProblem(await metrics(forAi), { status: 403, code: "forbidden" });
  assertOpenAiError(await ask(forMetrics), { status: 403 });
  const [, , id, secret] = forAi.split("_");
  for (const wrong of [`gh_default_${id}_`, `gh_other_${id}_${secret}`, `${forAi}a`, "gh_"])
    assertOpenAiError(await ask(wrong), { status: 401 });
});

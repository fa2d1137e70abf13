// What lies in the data folder: sealed, brought to new keys, and its owner's alone.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Visitor } from "./support/client.mjs";
import { PASSWORD, Person } from "./support/person.mjs";
import { rows, runBinary, startServer } from "./support/server.mjs";
import { Client } from "./support/token_client.mjs";
import { codeOf } from "./support/totp.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const SEALED = { GATEHOUSE_CHAT_SEALS_TEXTS: "true" };
const PATIENCE_MS = 20_000;

const keys = (own, ...args) =>
  runBinary(["keys", ...args, "--data-dir", own.dataDir], {
    env: {
      GATEHOUSE_LISTEN: own.env.GATEHOUSE_LISTEN,
      GATEHOUSE_CHAT_SEALS_TEXTS: own.env.GATEHOUSE_CHAT_SEALS_TEXTS ?? "",
    },
  });
const ring = (own) => {
  const path = join(own.dataDir, "store.key");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => Number(line.split(" ")[0]));
};
const untilOneKey = (own, id) =>
  eventually(() => ring(own).join() === String(id), "the old keys to go", PATIENCE_MS);

/** Whether a text stands anywhere in the files of the data folder. */
function standsInFiles(own, text) {
  const files = readdirSync(own.dataDir).filter((name) => name.startsWith("gatehouse.db"));
  return files.some((name) => readFileSync(join(own.dataDir, name)).includes(text));
}

async function talk(own, ...texts) {
  const visitor = await Visitor.start(own);
  for (const text of texts) await visitor.answer(text);
  return visitor;
}

/** All that a visitor has said and was told, as text. */
async function readAll(visitor) {
  const { conversations } = (await visitor.call("GET", "/api/v1/conversations?limit=100")).json;
  const whole = await Promise.all(conversations.map(({ id }) => visitor.conversation(id)));
  return JSON.stringify([conversations, whole]);
}

/** A server with something of each kind that is sealed, and how to see that all can be read. */
async function withSecrets(t, env = {}) {
  const upstream = await Upstream.start(t);
  const own = await startServer(t, {
    env: { ...upstream.env, ...SEALED, GATEHOUSE_RECORD_ENABLED: "true", ...env },
  });
  const owner = await Person.firstOperator(own);
  const begun = await owner.call("POST", "second-factor", { current_password: PASSWORD });
  const { key } = begun.json;
  const confirmed = await owner.call("POST", "second-factor/confirm", {
    code: codeOf(key, { steps: -1 }),
  });
  assert.equal(confirmed.status, 200, confirmed.text);
  await Person.added(own, "anna");
  const client = await Client.of("anna", own);
  const visitor = await talk(own, "echo gooseberry", "echo elderberry");
  const assertReadable = async () => {
    assert.equal((await client.refresh()).status, 200, "refresh tokens");
    assert.ok(await client.isIn(), "access tokens");
    const owned = { name: "owner", password: PASSWORD };
    const code = await new Person(own).call("POST", "sign-in", owned);
    assert.equal(code.json.field, "code", "the second factor is asked for");
    const text = await readAll(visitor);
    for (const word of ["gooseberry", "elderberry"]) assert.ok(text.includes(word), text);
  };
  const withCode = () =>
    new Person(own).call("POST", "sign-in", {
      name: "owner",
      password: PASSWORD,
      code: codeOf(key),
    });
  return { own, visitor, client, assertReadable, withCode };
}

test("C10 texts, secrets and recordings are sealed in the store, and read as before", async (t) => {
  const { own, visitor, assertReadable } = await withSecrets(t);
  await assertReadable();
  const [first] = (await visitor.call("GET", "/api/v1/conversations")).json.conversations;
  const exported = await visitor.call("GET", `/api/v1/conversations/${first.id}/export`);
  assert.match(exported.text, /berry/);
  assert.ok(!standsInFiles(own, "berry"), "while it runs");
  await own.restart();
  await assertReadable();
  assert.ok(!standsInFiles(own, "berry"), "and after");
  const columns = rows(own, "SELECT COUNT(*) AS n FROM messages WHERE text <> ''");
  assert.deepEqual(columns, [{ n: 0 }]);
});

test("C10 keys rotate --at-rest seals all anew beside the server", async (t) => {
  const { own, assertReadable, withCode } = await withSecrets(t);
  assert.deepEqual(ring(own), [1]);
  assert.match((await keys(own, "list")).stdout, /^sealing key 1 {2}seals$/m);
  const rotated = await keys(own, "rotate", "--at-rest");
  assert.equal(rotated.code, 0, rotated.output);
  assert.match(rotated.stdout, /Key 2 seals from now on/);
  assert.deepEqual(ring(own), [1, 2]);
  const again = await keys(own, "rotate", "--at-rest");
  assert.match(again.stdout, /Key 2 seals/, "one at a time");
  const list = (await keys(own, "list")).stdout;
  assert.match(list, /^sealing key 1 {2}opens.*\nsealing key 2 {2}seals$/m);
  assert.match(list, /^Still to be sealed anew: \d+$/m);
  await assertReadable();
  const told = await own.logged("SEALED_ANEW");
  assert.ok(told.resealed >= 7 && told.unopened === 0, JSON.stringify(told));
  assert.deepEqual(ring(own), [2]);
  await assertReadable();
  assert.equal((await withCode()).status, 200, "the second factor");
  await own.restart();
  await assertReadable();
  const replay = await runBinary(["replay", "--json"], { env: own.env, cwd: own.home });
  assert.equal(JSON.parse(replay.stdout).unreadable, 0, "recordings");
  const records = rows(own, "SELECT subject FROM audit WHERE detail = 'at_rest'");
  assert.deepEqual(records[0], { subject: "sealing_key:2" });
});

test("C10 a rotation that is killed in the middle goes on, and loses nothing", async (t) => {
  const { own, visitor, assertReadable } = await withSecrets(t);
  for (let i = 0; i < 30; ++i) await visitor.answer(`echo number ${i}`);
  for (const waitMs of [0, 700, 2200, 3100]) {
    const before = ring(own).at(-1);
    const started = await keys(own, "rotate", "--at-rest");
    assert.equal(started.code, 0, started.output);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    await own.kill();
    const left = ring(own);
    assert.ok(left.length === 2 || left[0] > before || before > 1, String(left));
    await own.relaunch();
    await assertReadable();
    const text = await readAll(visitor);
    for (let i = 0; i < 30; ++i) assert.ok(text.includes(`number ${i}`), `number ${i}`);
  }
  await untilOneKey(own, ring(own).at(-1));
  await assertReadable();
});

test("C10 without a server the command does it, and brings texts of before along", async (t) => {
  const upstream = await Upstream.start(t);
  const own = await startServer(t, { env: upstream.env });
  const visitor = await talk(own, "echo gooseberry");
  assert.ok(standsInFiles(own, "gooseberry"), "not asked to seal");
  own.env.GATEHOUSE_CHAT_SEALS_TEXTS = "true";
  await own.restart();
  await visitor.answer("echo elderberry");
  assert.ok(standsInFiles(own, "gooseberry") && !standsInFiles(own, "elderberry"));
  assert.match(await readAll(visitor), /gooseberry.*elderberry|elderberry.*gooseberry/);
  await own.stop();
  const sealed = await keys(own, "rotate", "--at-rest");
  assert.equal(sealed.code, 0, sealed.output);
  assert.match(sealed.stdout, /^Sealed anew: \d+\. The keys before key 2 are gone\.$/m);
  assert.deepEqual(ring(own), [2]);
  assert.ok(!standsInFiles(own, "berry"), "not even what was there before");
  await own.relaunch();
  assert.match(await readAll(visitor), /gooseberry/);
  own.env.GATEHOUSE_CHAT_SEALS_TEXTS = "false";
  await own.stop();
  assert.equal((await keys(own, "rotate", "--at-rest")).code, 0);
  assert.ok(standsInFiles(own, "gooseberry"), "and back");
  await own.relaunch();
  assert.match(await readAll(visitor), /elderberry/);
});

test("C10 the data folder and all in it are their owner's alone", async (t) => {
  const { own } = await withSecrets(t, { GATEHOUSE_LOG_FILE: "" });
  await keys(own, "rotate", "--at-rest");
  const names = readdirSync(own.dataDir, { recursive: true });
  assert.ok(names.includes("gatehouse.db") && names.includes("store.key"), String(names));
  for (const name of ["", ...names]) {
    const { mode } = statSync(join(own.dataDir, name));
    assert.equal(mode & 0o077, 0, `${name} has mode ${(mode & 0o777).toString(8)}`);
  }
});

// The keys of access tokens: rotated beside the server, of another algorithm, sealed.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeProtectedHeader } from "jose";
import { assertProblem } from "./support/checks.mjs";
import { Person, startOwned } from "./support/person.mjs";
import { rows, runBinary } from "./support/server.mjs";
import { assertInvalidToken, Client, publishedKeys } from "./support/token_client.mjs";
import { eventually } from "./support/waiting.mjs";

const keys = (own, ...args) =>
  runBinary(["keys", ...args, "--data-dir", own.dataDir], {
    env: { GATEHOUSE_LISTEN: own.env.GATEHOUSE_LISTEN },
  });

test("C16 keys rotate: nobody notices, and with --now all tokens end", async (t) => {
  const { server: own } = await startOwned(t);
  const before = await Client.of("owner", own);
  const kid = (client) => decodeProtectedHeader(client.access).kid;
  const rotated = await keys(own, "rotate");
  assert.equal(rotated.code, 0, rotated.output);
  const [fresh] = rotated.stdout.split(" ");
  const hasKeys = (count) => async () => (await publishedKeys(own)).json.keys.length === count;
  await eventually(hasKeys(2), "the server to hear of it", 5000);
  assert.ok(await before.isIn(), "an access token of before");
  const after = await Client.of("owner", own);
  assert.equal(kid(after), fresh);
  const list = (await keys(own, "list")).stdout;
  assert.match(list, new RegExp(`^${fresh} {2}EdDSA {2}signs {2}since `, "m"));
  assert.match(list, new RegExp(`^${kid(before)} {2}EdDSA {2}accepted until `, "m"));
  assert.equal((await before.refresh()).status, 200);
  assert.equal(kid(before), fresh);
  await own.restart();
  assert.ok((await before.isIn()) && (await after.isIn()), "and after a restart");
  const page = new Person(own);
  await page.signIn("owner");
  assert.equal((await keys(own, "rotate", "--now")).code, 0);
  await eventually(before.isOut, "all tokens to end", 5000);
  assert.ok(await after.isOut());
  assertInvalidToken(await after.refresh());
  assert.ok(await hasKeys(1)());
  assert.equal((await page.call("GET", "me")).status, 200, "a cookie is no token");
  assert.ok(await (await Client.of("owner", own)).isIn());
  const records = rows(own, "SELECT actor, detail FROM audit WHERE action = 'keys.rotated'");
  assert.deepEqual(records, [
    { actor: "gatehouse", detail: "none_usable" },
    { actor: "command_line", detail: "" },
    { actor: "command_line", detail: "now" },
  ]);
});

test("HS256 is for nobody else, and changing the algorithm ends no token", async (t) => {
  const { server: own } = await startOwned(t);
  const client = await Client.of("owner", own);
  own.env.GATEHOUSE_ACCOUNTS_TOKEN_ALGORITHM = "HS256";
  await own.restart();
  assert.ok(await client.isIn());
  assert.equal((await client.refresh()).status, 200);
  assert.equal(decodeProtectedHeader(client.access).alg, "HS256");
  assert.ok(await client.isIn());
  assert.equal((await publishedKeys(own)).json.keys.length, 1, "of before");
  await own.restart();
  assert.ok(await client.isIn());
  const ofTokens = (await keys(own, "list")).stdout.match(/^\S+ {2}(?:EdDSA|HS256) {2}/gm);
  assert.equal(ofTokens.length, 2, "none is made anew");
});

test("keys that another store.key sealed sign no more; refresh tokens wait for it", async (t) => {
  const { server: own } = await startOwned(t);
  const client = await Client.of("owner", own);
  await own.stop();
  const path = join(own.dataDir, "store.key");
  const right = readFileSync(path);
  writeFileSync(path, `1 ${Buffer.alloc(32, 7).toString("base64url")}\n`);
  await own.relaunch();
  const told = await own.logged("TOKEN_KEYS_FAILED");
  assert.match(told.message, /gatehouse keys rotate --now/);
  assertInvalidToken(await client.call("GET", "me"));
  assertProblem(await client.refresh(), { status: 503, code: "unavailable" });
  assert.ok(await (await Client.of("owner", own)).isIn());
  await own.stop();
  writeFileSync(path, right);
  await own.relaunch();
  assert.equal((await client.refresh()).status, 200);
  assert.ok(await client.isIn());
});

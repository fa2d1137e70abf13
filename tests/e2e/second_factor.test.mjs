// A second factor: codes of an app, each once, and codes for when the app is lost.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { renameSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { PASSWORD, Person, startOwned, tokenOf, users } from "./support/person.mjs";
import { startServer } from "./support/server.mjs";
import { codeOf } from "./support/totp.mjs";
import { eventually } from "./support/waiting.mjs";

const later = untilFileEnds();
let server;
before(async () => {
  ({ server } = await startOwned(later));
});

/** A person with a second factor: its key and recovery codes. */
async function withFactor(own, name) {
  const person = await Person.added(own, name);
  const begun = await person.call("POST", "second-factor", { current_password: PASSWORD });
  assert.equal(begun.status, 200, begun.text);
  const { key, uri } = begun.json;
  own.secrets.add(key);
  assert.equal(uri, `otpauth://totp/Gatehouse:${name}?secret=${key}&issuer=Gatehouse`);
  const code = codeOf(key, { steps: -1 });
  const confirmed = await person.call("POST", "second-factor/confirm", { code });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { person, key, codes: confirmed.json.recovery_codes };
}

const signIn = (own, name, code, password = PASSWORD) =>
  new Person(own).call("POST", "sign-in", { name, password, ...(code ? { code } : {}) });
const isWrongCode = (response) =>
  assertProblem(response, { status: 401, code: "unauthenticated", field: "code" });

test("the code is asked for once the password was right, and works once", async () => {
  const { person, key } = await withFactor(server, "anna");
  assert.equal((await person.call("GET", "me")).json.second_factor, true);
  isWrongCode(await signIn(server, "anna"));
  const wrongPassword = await signIn(server, "anna", codeOf(key), "not that password at all");
  assert.equal(assertProblem(wrongPassword, { status: 401 }).field, undefined);
  isWrongCode(await signIn(server, "anna", codeOf(key, { steps: 5 })));
  const code = codeOf(key);
  const all = await Promise.all([1, 2, 3, 4].map(() => signIn(server, "anna", code)));
  assert.equal(all.filter(({ status }) => status === 200).length, 1, "of many one gets in");
  isWrongCode(await signIn(server, "anna", code));
});

test("a factor that nobody confirmed is not asked for", async () => {
  const ben = await Person.added(server, "ben");
  const wrong = await ben.call("POST", "second-factor", { current_password: "not this one" });
  assertProblem(wrong, { status: 400, field: "current_password" });
  const { key } = (await ben.call("POST", "second-factor", { current_password: PASSWORD })).json;
  const code = codeOf(key, { steps: 7 });
  const confirmed = await ben.call("POST", "second-factor/confirm", { code });
  assertProblem(confirmed, { status: 400, field: "code" });
  assert.equal((await signIn(server, "ben")).status, 200);
});

test("each recovery code works once, however it is typed, and that is recorded", async () => {
  const { person, codes } = await withFactor(server, "carla");
  assert.equal(new Set(codes).size, 10);
  assert.equal((await signIn(server, "carla", codes[0])).status, 200);
  isWrongCode(await signIn(server, "carla", codes[0]));
  const shouted = codes[1].toUpperCase().replaceAll("-", " ");
  assert.equal((await signIn(server, "carla", shouted)).status, 200);
  assert.equal((await person.call("GET", "me")).json.recovery_codes, 8);
  const sql = "SELECT actor FROM audit WHERE action = 'second_factor.recovery_code_used'";
  const file = join(server.dataDir, "gatehouse.db");
  const told = execFileSync("sqlite3", ["-readonly", file, sql]).toString().trim().split("\n");
  assert.deepEqual(told, Array(2).fill(`account:${person.account.id}`));
  for (const code of codes) assert.ok(!readFileSync(file).includes(code));
});

test("with a second factor a password of 8 characters is enough", async () => {
  const { person, codes } = await withFactor(server, "dora");
  const change = (fresh, code) =>
    person.call("POST", "password", {
      current_password: PASSWORD,
      new_password: fresh,
      ...(code ? { code } : {}),
    });
  assertProblem(await change("kettle o"), { status: 400, field: "code" });
  assertProblem(await change("kettle o", "000000"), { status: 400, field: "code" });
  assertProblem(await change("kettle ", codes[0]), { status: 400, field: "new_password" });
  assertProblem(await change("iloveyou", codes[1]), { status: 400, field: "new_password" });
  assert.equal((await change("kettle o", codes[2])).status, 200);
});

test("setting one up or taking it away ends all other sessions", async () => {
  const person = await Person.added(server, "hanna");
  const elsewhere = new Person(server);
  assert.equal((await elsewhere.signIn("hanna")).status, 200);
  const begun = await person.call("POST", "second-factor", { current_password: PASSWORD });
  const before = person.cookie;
  const code = codeOf(begun.json.key, { steps: -1 });
  const confirmed = await person.call("POST", "second-factor/confirm", { code });
  assert.equal(confirmed.status, 200, confirmed.text);
  assert.notEqual(person.cookie, before);
  assert.equal((await person.call("GET", "me")).status, 200);
  assert.equal((await elsewhere.call("GET", "me")).status, 401);
  const recovery = confirmed.json.recovery_codes;
  const form = { name: "hanna", password: PASSWORD, code: recovery[0] };
  assert.equal((await elsewhere.call("POST", "sign-in", form)).status, 200);
  const proof = { current_password: PASSWORD, code: recovery[1] };
  assert.equal((await person.call("POST", "second-factor/remove", proof)).status, 200);
  assert.equal((await person.call("GET", "me")).status, 200);
  assert.equal((await elsewhere.call("GET", "me")).status, 401);
});

test("an operator takes a lost one away, which ends all sessions and is recorded", async () => {
  const { person } = await withFactor(server, "ines");
  const { stdout } = await users(server, "remove-factor", "ines");
  assert.match(stdout, /^ines signs in with the password alone again/);
  await eventually(async () => (await person.call("GET", "me")).status === 401, "the end");
  assert.equal((await signIn(server, "ines")).status, 200);
  const again = await users(server, "remove-factor", "ines");
  assert.match(again.stderr + again.stdout, /There is no second factor/);
});

test("it goes with password and code, and not with a password alone", async () => {
  const { person, codes } = await withFactor(server, "emil");
  const remove = (password, code) =>
    person.call("POST", "second-factor/remove", { current_password: password, code });
  assertProblem(await remove("not this one", codes[0]), { status: 400, field: "current_password" });
  assertProblem(await remove(PASSWORD, "000000"), { status: 400, field: "code" });
  assertProblem(await remove(PASSWORD, ""), { status: 400, field: "code" });
  const again = await person.call("POST", "second-factor", { current_password: PASSWORD });
  assertProblem(again, { status: 409, code: "conflict" });
  assert.equal((await remove(PASSWORD, codes[0])).status, 200);
  assert.equal((await signIn(server, "emil")).status, 200);
});

test("a link sets the password and doesn't get around the second factor", async () => {
  const { codes } = await withFactor(server, "fred");
  const { stdout } = await users(server, "reset", "fred");
  const person = new Person(server);
  const used = await person.useLink(tokenOf(stdout), "nine dry leaves on a roof");
  assert.equal(used.status, 204);
  assert.equal(person.cookie, "");
  isWrongCode(await signIn(server, "fred", undefined, "nine dry leaves on a roof"));
  assert.equal((await signIn(server, "fred", codes[0], "nine dry leaves on a roof")).status, 200);
});

test("its key is sealed: without store.key its codes open nothing", async (t) => {
  const own = await startServer(t);
  const { key, codes } = await withFactor(own, "gerd");
  const bytes = ["", "-wal"].map((end) => readFileSync(join(own.dataDir, `gatehouse.db${end}`)));
  assert.ok(!Buffer.concat(bytes).includes(key));
  await own.stop();
  renameSync(join(own.dataDir, "store.key"), join(own.dataDir, "store.key.away"));
  await own.relaunch();
  assertProblem(await signIn(own, "gerd", codeOf(key)), { status: 503, code: "unavailable" });
  isWrongCode(await signIn(own, "gerd"));
  assert.equal((await signIn(own, "gerd", codes[0])).status, 200, "a recovery code still works");
});

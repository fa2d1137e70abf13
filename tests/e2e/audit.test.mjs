// The audit log: what is recorded, and that nobody can change it unseen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { Person, startOwned, users } from "./support/person.mjs";
import { runBinary, startServer } from "./support/server.mjs";

const later = untilFileEnds();
let server;
let owner;
before(async () => {
  ({ server, owner } = await startOwned(later));
});

const audit = (own, ...args) => runBinary(["audit", ...args, "--data-dir", own.dataDir]);
const database = (own) => join(own.dataDir, "gatehouse.db");
const publicKey = async (own) => {
  const { stdout } = await audit(own, "verify");
  return /public key is ([\w-]{43})/.exec(stdout)[1];
};

test("C9 who did what to whom, from where and how it ended is shown", async () => {
  const wrong = await new Person(server).signIn("owner", "surely not that");
  await users(server, "add", "anna");
  await runBinary(["bans", "add", "192.0.2.9", "--reason", "a test", "--data-dir", server.dataDir]);
  const { stdout } = await audit(server, "show");
  const added = /account\.added +link -> account:[0-9a-f-]{36} {2}from 127[\d.]+ {2}\(first/;
  assert.match(stdout, added);
  assert.match(stdout, /refused +sign_in .*\(wrong_password\)/);
  assert.match(stdout, /account\.added +command_line -> account:/);
  assert.match(stdout, /ban\.begun +command_line -> network:192\.0\.2\.9\/32 {2}\(a test\)/);
  assert.ok(!stdout.includes("surely not that"));
  const only = await audit(server, "show", "--action", "sign_in", "--limit", "1");
  assert.equal(only.stdout.trim().split("\n").length, 1);
  const exported = (await audit(server, "export")).stdout.split("\n");
  const line = exported.find((each) => each.includes(wrong.json.request_id));
  assert.equal(JSON.parse(line).outcome, "refused");
});

test("F9 verify proves the log while the server writes it", async () => {
  const work = Array.from({ length: 8 }, () => new Person(server).signIn("owner"));
  const proof = await audit(server, "verify");
  assert.equal(proof.code, 0, proof.output);
  assert.match(proof.stdout, /^Records 1 to \d+ are whole/);
  await Promise.all(work);
});

test("F9 an export is proved by nothing but SHA-256 and the public key", async () => {
  const key = await publicKey(server);
  const { stdout } = await audit(server, "export");
  const lines = stdout.trim().split("\n");
  const sum = (line) => execFileSync("sha256sum", { input: line }).toString().slice(0, 64);
  const sums = lines.map(sum);
  let last = "0".repeat(64);
  lines.forEach((line, i) => {
    const value = JSON.parse(line);
    if (value.sequence === undefined) return;
    assert.equal(value.previous, last);
    last = sums[i];
  });
  const file = join(server.home, "export.jsonl");
  writeFileSync(file, stdout);
  const whole = await audit(server, "verify", "--file", file, "--public-key", key);
  assert.equal(whole.code, 0, whole.output);
  writeFileSync(file, stdout.replace("first_operator", "first_operatoR"));
  const changed = await audit(server, "verify", "--file", file, "--public-key", key);
  assert.equal(changed.code, 2);
  assert.match(changed.output, /Record 2 was changed/);
});

test("F9 a record that is changed, taken out or moved is named", async (t) => {
  const { server: own } = await startOwned(t);
  for (let i = 0; i < 6; i += 1) await new Person(own).signIn("owner", "wrong");
  await own.stop();
  const untouched = execFileSync("sqlite3", [database(own), ".dump"]);
  const version = execFileSync("sqlite3", [database(own), "PRAGMA user_version"]).toString();
  const cases = [
    ["UPDATE audit SET client = '192.0.2.1' WHERE sequence = 4", /Record 4 was changed/],
    ["DELETE FROM audit WHERE sequence = 4", /Record 4 is missing/],
    ["DELETE FROM audit WHERE sequence > 6", /Record 7 is missing/],
    [
      "UPDATE audit SET sequence = 99 WHERE sequence = 4; " +
        "UPDATE audit SET sequence = 4 WHERE sequence = 5; " +
        "UPDATE audit SET sequence = 5 WHERE sequence = 99",
      /Record 4 was changed/,
    ],
    ["UPDATE audit_checkpoints SET at = 1", /Checkpoint \d+ was not signed/],
  ];
  for (const [sql, told] of cases) {
    execFileSync("rm", ["-f", database(own), `${database(own)}-wal`, `${database(own)}-shm`]);
    execFileSync("sqlite3", [database(own)], { input: untouched });
    execFileSync("sqlite3", [database(own), `PRAGMA user_version = ${version}; ${sql}`]);
    const proof = await audit(own, "verify");
    assert.equal(proof.code, 2, sql);
    assert.match(proof.output, told, sql);
  }
});

test("the key that signs is its owner's alone, and may be kept elsewhere", async (t) => {
  assert.equal(statSync(join(server.dataDir, "audit.key")).mode & 0o777, 0o600);
  const env = { GATEHOUSE_AUDIT_KEY_FILE: "elsewhere/audit.key" };
  const own = await startServer(t, { env });
  assert.equal(statSync(join(own.home, "elsewhere/audit.key")).mode & 0o777, 0o600);
});

test("a ban that the server begins and a reload are recorded", async (t) => {
  const own = await startServer(t, { env: { GATEHOUSE_TRUSTED_PROXIES: "127.0.0.0/8" } });
  own.signal("SIGHUP");
  await own.logged("RELOADED");
  const headers = { Host: "evil.example", "X-Forwarded-For": "198.51.100.5" };
  for (let i = 0; i < 7; i += 1) await send(own, { path: "/", headers });
  await own.logged("SECURITY_ALERT", (each) => each.rule === "ban.begun");
  await own.stop();
  const { stdout } = await audit(own, "show");
  assert.match(stdout, /policy\.read +command_line -> policy:/);
  assert.match(stdout, /ban\.begun +gatehouse -> network:198\.51\.100\.5\/32/);
});

// `gatehouse drill`: it finds nothing at our own server, and everything at one that does all wrong.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { BadServer } from "./support/bad_server.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { freePort, runBinary, startServer } from "./support/server.mjs";

const FAMILIES = [
  "headers", "cors", "origin", "methods", "session", "leaks", "bodies", "smuggling", "tokens",
  "payloads", "prompt", "replay", "slow", "limits",
];
const FLOODS = "limits";
const CANARY = "kx7-planted-canary";
const API_KEY = ["drill", "0123456789", "abcdefghij"].join("-");
const PATIENCE = ["--patience", "3"];

const later = untilFileEnds();
let server;
let backendPort;
let keyFile;
before(async () => {
  backendPort = await freePort();
  server = await startServer(later, {
    env: {
      GATEHOUSE_API_KEYS: `drill:${API_KEY}`,
      GATEHOUSE_HEADER_TIMEOUT_MS: "1000",
      GATEHOUSE_BODY_TIMEOUT_MS: "1000",
      GATEHOUSE_GUARD_CANARIES: CANARY,
      OPENAI_BASE_URL: `http://127.0.0.1:${backendPort}/v1`,
      OPENAI_API_KEY: "for-the-drill-alone",
      OPENAI_MODEL: "drill",
    },
  });
  keyFile = join(server.home, "api-key");
  writeFileSync(keyFile, `${API_KEY}\n`);
});

async function drill(url, ...args) {
  const { code, stdout, stderr } = await runBinary(["drill", url, "--json", ...args], {
    patienceMs: 60_000,
  });
  assert.notEqual(stdout, "", stderr);
  return { code, stderr, report: checked(JSON.parse(stdout)) };
}

/** The form that programs rely on. */
function checked(report) {
  const members = {
    url: "string",
    gentle: "boolean",
    was_banned: "boolean",
    requests: "number",
    duration_ms: "number",
    exit_code: "number",
    counts: "object",
    attacks: "object",
  };
  assert.deepEqual(Object.keys(report), Object.keys(members));
  for (const [name, type] of Object.entries(members)) assert.equal(typeof report[name], type, name);
  const counts = { held: 0, failed: 0, unclear: 0, skipped: 0 };
  for (const attack of report.attacks) {
    const { family, id, tries, severity, verdict, seen, next_step: step, ...more } = attack;
    assert.deepEqual(more, {});
    assert.ok(FAMILIES.includes(family), family);
    assert.ok(["low", "medium", "high", "critical"].includes(severity), severity);
    assert.ok(id && tries && seen, JSON.stringify(attack));
    assert.ok(seen.length <= 60, seen);
    assert.equal(step !== "", verdict === "failed", `${family}/${id}: ${step}`);
    counts[verdict] += 1;
  }
  assert.deepEqual(report.counts, counts);
  const ids = report.attacks.map(({ family, id }) => `${family}/${id}`);
  assert.equal(new Set(ids).size, ids.length, "each attack has a name of its own");
  return report;
}

const told = (report, verdict) =>
  report.attacks
    .filter((attack) => attack.verdict === verdict)
    .map(({ family, id, seen }) => `${family}/${id}: ${seen}`);

test("B9 F10 our own server holds against every attack, a hostile backend too", async () => {
  const { code, report, stderr } = await drill(
    server.url, "--api-key-file", keyFile, "--canary", CANARY, "--upstream-port",
    String(backendPort), "--only", FAMILIES.filter((name) => name !== FLOODS).join(","),
    ...PATIENCE,
  );
  assert.deepEqual(told(report, "failed"), []);
  assert.deepEqual(told(report, "unclear"), []);
  assert.equal(code, 0);
  assert.equal(report.exit_code, 0);
  const skips = told(report, "skipped").map((line) => line.split(":")[0]);
  assert.deepEqual(skips.filter((name) => !name.startsWith("replay/")).sort(), [
    "headers/Strict-Transport-Security",
    "tokens/metrics",
  ]);
  assert.match(stderr, /smuggling: two-lengths/, "it tells what it is doing");
});

test("B9 F10 limits hold as they ship, whatever the client calls itself", async (t) => {
  const shipped = await startServer(t, { limits: true });
  const { code, report } = await drill(shipped.url, "--only", FLOODS);
  assert.deepEqual(told(report, "failed"), []);
  assert.deepEqual(told(report, "skipped"), []);
  assert.deepEqual(told(report, "unclear"), []);
  assert.equal(code, 0);
});

test("B9 F10 a server that does everything wrong fails in every family", async (t) => {
  const port = await freePort();
  const bad = await BadServer.start(t, {
    upstream: `http://127.0.0.1:${port}/v1`,
    canary: CANARY,
  });
  const { code, report } = await drill(
    bad.url, "--canary", CANARY, "--upstream-port", String(port), "--patience", "2",
  );
  assert.equal(code, 2);
  const failing = new Set(told(report, "failed").map((line) => line.split("/")[0]));
  assert.deepEqual([...failing].sort(), [...FAMILIES].sort());
  assert.deepEqual(told(report, "held"), ["payloads/address-format: answered safely: 200"]);
  assert.deepEqual(told(report, "unclear"), []);
});

test("F10 a drill that gets itself banned says so, and tries nothing more", async (t) => {
  const bad = await BadServer.start(t, { canary: CANARY, bansAfter: 30 });
  const { report } = await drill(bad.url, "--only", "cors,methods,tokens");
  assert.equal(report.was_banned, true);
  assert.ok(bad.requests <= 40, `${bad.requests} requests`);
  assert.match(told(report, "skipped").at(-1), /the server has shut the drill out/);
  const { code, stderr } = await runBinary(["drill", bad.url]);
  assert.equal(code, 3);
  assert.match(stderr, /has shut this address out already/);
});

test("F10 gentle: few requests, slowly, and nothing left behind", async (t) => {
  const shipped = await startServer(t, { limits: true });
  const { code, report } = await drill(shipped.url, "--gentle");
  assert.equal(code, 0, told(report, "failed").join("\n"));
  assert.deepEqual(told(report, "unclear"), []);
  assert.ok(report.requests <= 50, `${report.requests} requests`);
  assert.ok(report.duration_ms >= (report.requests - 1) * 490, "two a second");
  assert.ok(report.duration_ms < 60_000);
  assert.equal(shipped.log.items.some(({ event }) => event === "RATE_LIMIT_EXCEEDED"), false);
  const families = report.attacks.filter(({ verdict }) => verdict === "held");
  assert.ok(new Set(families.map(({ family }) => family)).size >= 10);
});

test("F10 the table tells people what failed and what to do", async (t) => {
  const bad = await BadServer.start(t, { canary: CANARY });
  const { code, stdout } = await runBinary(["drill", bad.url, "--only", "headers,methods"]);
  assert.equal(code, 1, "nothing high failed");
  assert.match(stdout, /^headers +X-Frame-Options +failed +the header is missing$/m);
  assert.match(stdout, /^methods +TRACE +failed +it was taken: 200$/m);
  assert.match(stdout, /What to do:\n +low, headers\/X-Frame-Options: Send this header/);
  assert.match(stdout, /\d+ held, \d+ failed, \d+ unclear, \d+ skipped; \d+ requests in \d+ s\./);
});

test("F10 what can't run says why and exits with 3", async () => {
  const port = await freePort();
  for (const [args, words] of [
    [[`http://127.0.0.1:${port}`], /Nothing answers/],
    [["ftp://127.0.0.1"], /must begin with http/],
    [["http://127.0.0.1/path"], /must not have a path/],
    [[server.url, "--only", "nonsense"], /no family 'nonsense'/],
    [[server.url, "--api-key-file", "/no/such/file"], /./],
    [[], /url/i],
  ]) {
    const { code, stderr, stdout } = await runBinary(["drill", ...args]);
    assert.equal(code, 3, `${args}: ${stdout}${stderr}`);
    assert.match(stderr + stdout, words);
  }
});

test("F10 the drill does the work that it is asked for, and goes on", async (t) => {
  const asks = await startServer(t, { env: { GATEHOUSE_GUARD_BOTS: "challenge" } });
  const { stderr, report } = await drill(asks.url, "--only", "session,payloads,prompt,replay");
  assert.match(stderr, /a proof of work was asked for, and done/);
  assert.deepEqual(told(report, "failed"), []);
  assert.deepEqual(told(report, "unclear"), []);
  const skipped = told(report, "skipped").filter((line) => !line.startsWith("replay/"));
  assert.deepEqual(skipped, [], "nothing is left out for want of a session");
  const replayed = report.attacks.find(({ id }) => id === "challenge");
  assert.equal(replayed.verdict, "held", "one solution opens once");
});

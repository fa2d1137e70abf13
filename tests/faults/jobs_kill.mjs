// node tests/faults/jobs_kill.mjs [rounds=100]: kills `gatehouse worker` at any moment under load
// and checks the history: nothing accepted is lost, nothing is completed twice, and what a kill
// tore is done within its lease and five seconds.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { JobWorker } from "../e2e/support/job_worker.mjs";
import { Person } from "../e2e/support/person.mjs";
import { prepareServer, rows } from "../e2e/support/server.mjs";
import { eventually, pause } from "../e2e/support/waiting.mjs";

const rounds = Number(process.argv[2] ?? 100);
const ENQUEUERS = 3;
const LEASE_MS = 1000;
const RECOVERY_MS = LEASE_MS + 5000;
const KILL_AFTER_MS_MAX = 250;
const EXPIRED_PER_ROUND = 2000; // conversations: what the jobs have to do

const random = (below) => Math.floor(Math.random() * below);
const accepted = new Set();
const completions = new Map(); // id -> how often a worker said that the store took it
const torn = new Map(); // id -> when the worker that ran it was killed for the last time

function write(server, sql) {
  const file = join(server.dataDir, "gatehouse.db");
  execFileSync("sqlite3", [file, `PRAGMA busy_timeout=9000; ${sql}`]);
}

function leaveExpired(server, round) {
  write(
    server,
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n" +
      ` WHERE i < ${EXPIRED_PER_ROUND}) ` +
      "INSERT INTO conversations (site, id, owner, title, messages, created_at, updated_at," +
      ` expires_at) SELECT 'default', 'old-${round}-' || i, 'nobody', '', 0, 1, 1, 1 FROM n`,
  );
}

async function enqueue(owner, isOver) {
  while (!isOver()) {
    const { status, json, text } = await owner.callPath("POST", "/api/v1/jobs", {
      kind: "expire-conversations",
    });
    assert.equal(status, 202, text);
    accepted.add(json.id);
    await pause(random(15));
  }
}

function note(worker) {
  for (const { event, job } of worker.log.items) {
    if (event === "JOB_DONE") completions.set(job, (completions.get(job) ?? 0) + 1);
  }
}

async function playRound(server, round) {
  leaveExpired(server, round);
  const worker = await JobWorker.started(server);
  await pause(random(KILL_AFTER_MS_MAX));
  await worker.end("SIGKILL");
  const at = Date.now();
  note(worker);
  for (const { id } of rows(server, "SELECT id FROM jobs WHERE state = 'running'")) {
    // One that an earlier kill tore and nobody has taken since is still that one's.
    const [{ lease_until: until }] = rows(
      server,
      `SELECT lease_until FROM jobs WHERE id = '${id}'`,
    );
    if (until > at) torn.set(id, at);
  }
}

function judge(server) {
  const known = new Map(
    rows(server, "SELECT id, state, attempt, ended_at FROM jobs").map((job) => [job.id, job]),
  );
  const counts = { accepted: accepted.size, done: 0, dead: 0, torn: torn.size, again: 0 };
  for (const id of accepted) {
    const job = known.get(id);
    assert.ok(job, `accepted and lost: ${id}`);
    assert.ok(["done", "dead"].includes(job.state), `${id} is ${job.state}`);
    counts[job.state] += 1;
    if (job.attempt > 1) counts.again += 1;
  }
  for (const [id, times] of completions) assert.equal(times, 1, `completed twice: ${id}`);
  const done = [...known.values()].filter(({ state }) => state === "done").length;
  const [{ total }] = rows(server, "SELECT SUM(done) AS total FROM job_totals");
  assert.equal(total, done, "as many completions as jobs that are done");
  counts.slowest_ms = 0;
  for (const [id, at] of torn) {
    const took = known.get(id).ended_at - at;
    counts.slowest_ms = Math.max(counts.slowest_ms, took);
    assert.ok(took <= RECOVERY_MS, `${id} came back after ${took} ms`);
  }
  const [{ left }] = rows(server, "SELECT COUNT(*) AS left FROM conversations");
  assert.equal(left, 0, "expired conversations are left");
  return counts;
}

async function main() {
  const server = await prepareServer({
    env: {
      GATEHOUSE_JOBS_IN_SERVER: "false",
      GATEHOUSE_JOBS_LEASE_MS: String(LEASE_MS),
      GATEHOUSE_LOG_STDOUT: "json",
    },
  });
  server.launch();
  await server.untilReady();
  const owner = await Person.firstOperator(server);
  let isOver = false;
  const enqueuing = Array.from({ length: ENQUEUERS }, () => enqueue(owner, () => isOver));
  const started = Date.now();
  for (let round = 1; round <= rounds; round += 1) {
    await playRound(server, round);
    if (round % 10 === 0) {
      const seconds = Math.round((Date.now() - started) / 1000);
      console.log(`${round} kills, ${seconds} s: ${accepted.size} jobs, ${torn.size} torn`);
    }
  }
  const last = await JobWorker.started(server);
  isOver = true;
  await Promise.all(enqueuing);
  const open = "SELECT COUNT(*) AS open FROM jobs WHERE state IN ('waiting', 'running')";
  await eventually(() => rows(server, open)[0].open === 0, "all jobs to end", 120_000);
  // What expired after the last job had looked.
  await owner.callPath("POST", "/api/v1/jobs", { kind: "expire-conversations" });
  await eventually(() => rows(server, open)[0].open === 0, "the last job to end", 10_000);
  assert.deepEqual(await last.end(), { code: 0, signal: null });
  note(last);
  const counts = judge(server);
  await server.stop();
  rmSync(server.home, { recursive: true, force: true });
  assert.ok(counts.accepted >= rounds && counts.torn > 0, JSON.stringify(counts));
  console.log(`Nothing lost, nothing completed twice: ${rounds} kills, ${JSON.stringify(counts)}`);
}

await main();

// Jobs: run by themselves, by hand, in the server and beside it, and looked at.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { JobWorker } from "./support/job_worker.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { Person, startOwned } from "./support/person.mjs";
import { rows, runBinary } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const KIND = "expire-conversations";
const later = untilFileEnds();
let server; // runs jobs itself
let owner;
let idle; // leaves them to others
let keeper;
before(async () => {
  ({ server, owner } = await startOwned(later));
  const env = { GATEHOUSE_JOBS_IN_SERVER: "false" };
  ({ server: idle, owner: keeper } = await startOwned(later, { env }));
});

const call = (person, method, path, body) => person.callPath(method, `/api/v1/jobs${path}`, body);
const start = async (person, kind = KIND) => {
  const { status, json, text } = await call(person, "POST", "", { kind });
  assert.equal(status, 202, text);
  return json;
};
const read = async (person, id) => (await call(person, "GET", `/${id}`)).json;
const untilState = (person, id, state) =>
  eventually(async () => (await read(person, id)).state === state, `the job to be ${state}`);
const jobs = (from, ...args) => runBinary(["jobs", ...args, "--data-dir", from.dataDir]);
const write = ({ dataDir }, sql) =>
  execFileSync("sqlite3", [join(dataDir, "gatehouse.db"), `PRAGMA busy_timeout=5000; ${sql}`]);
const events = (text) => [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(
  ([, event, data]) => ({ event, ...JSON.parse(data) }),
);

test("what keeps the house runs by itself", async () => {
  const done = async () => {
    const { json } = await call(owner, "GET", "?queue=maintenance&state=done");
    return json.jobs.map(({ kind }) => kind).sort();
  };
  await eventually(async () => (await done()).length >= 2, "the first jobs");
  assert.deepEqual([...new Set(await done())], ["expire-conversations", "remove-ended-jobs"]);
  await server.restart();
  assert.deepEqual((await done()).length, 2, "and not again after a restart");
});

test("an operator starts a job, sees it and its result", async () => {
  const { id } = await start(owner);
  await untilState(owner, id, "done");
  const job = await read(owner, id);
  assert.equal(job.attempt, 1);
  assert.equal(job.percent, 100);
  assert.equal(job.result, '{"removed":0}');
  assert.equal(job.owner, `account:${owner.account.id}`);
  const { jobs: listed, next } = (await call(owner, "GET", "?limit=1")).json;
  assert.equal(listed[0].id, id);
  const [second] = (await call(owner, "GET", `?limit=1&after=${next}`)).json.jobs;
  assert.notEqual(second.id, id);
});

test("jobs are for operators, and for who left them", async () => {
  const { id } = await start(owner);
  const member = await Person.added(server, "member");
  const visitor = await Visitor.start(server);
  assertProblem(await send(server, { path: "/api/v1/jobs" }), { status: 401 });
  assertProblem(await call(member, "GET", ""), { status: 403 });
  assertProblem(await call(member, "POST", "", { kind: KIND }), { status: 403 });
  assertProblem(await call(member, "POST", `/${id}/requeue`), { status: 403 });
  for (const path of [`/${id}`, `/${id}/events`])
    assertProblem(await call(member, "GET", path), { status: 404 });
  assertProblem(await call(member, "POST", `/${id}/cancel`), { status: 404 });
  write(server, `UPDATE jobs SET owner = 'account:${member.account.id}' WHERE id = '${id}'`);
  const own = await read(member, id);
  assert.equal(own.id, id);
  assert.ok(!("reason" in own), "the inside is for operators");
  const forged = await send(server, {
    method: "POST",
    path: "/api/v1/jobs",
    body: { kind: KIND },
    headers: { Cookie: owner.cookie },
  });
  assertProblem(forged, { status: 403 });
  assert.ok(visitor);
});

test("what is wrong is named", async () => {
  for (const [field, path] of [
    ["state", "?state=asleep"],
    ["limit", "?limit=0"],
    ["after", "?after=nowhere"],
  ]) {
    assertProblem(await call(owner, "GET", path), { status: 400, field });
  }
  assertProblem(await call(owner, "POST", "", { kind: "nothing" }), { status: 400, field: "kind" });
  assertProblem(await call(owner, "GET", "/none"), { status: 404 });
  const { id } = await start(owner);
  await untilState(owner, id, "done");
  assertProblem(await call(owner, "POST", `/${id}/cancel`), { status: 409 });
  assertProblem(await call(owner, "POST", `/${id}/requeue`), { status: 409 });
});

test("a job that waits is cancelled, and a dead one is tried again", async () => {
  const { id } = await start(keeper);
  assert.equal((await call(keeper, "POST", `/${id}/cancel`)).json.state, "cancelled");
  const { id: other } = await start(keeper);
  write(idle, `UPDATE jobs SET state = 'dead', ended_at = 1, attempt = 5 WHERE id = '${other}'`);
  const again = await call(keeper, "POST", `/${other}/requeue`);
  assert.equal(again.json.state, "ready");
  assert.equal(again.json.attempt, 0);
  const kept = rows(idle, "SELECT action, subject FROM audit WHERE action LIKE 'job.%'");
  for (const [action, subject] of [
    ["job.started", id],
    ["job.cancelled", id],
    ["job.requeued", other],
  ]) {
    assert.ok(
      kept.some((each) => each.action === action && each.subject === `job:${subject}`),
      action,
    );
  }
  await jobs(idle, "cancel", other);
});

test("a worker beside the server runs its jobs, which is followed as it happens", async () => {
  const { id } = await start(keeper);
  const followed = call(keeper, "GET", `/${id}/events`);
  const worker = await JobWorker.started(idle);
  const { headers, text } = await followed;
  assert.match(headers["content-type"], /^text\/event-stream/);
  const told = events(text);
  assert.deepEqual([told[0].event, told[0].state], ["progress", "ready"]);
  assert.deepEqual([told.at(-1).event, told.at(-1).state], ["end", "done"]);
  assert.deepEqual(await worker.end(), { code: 0, signal: null });
});

test("a kind that this version doesn't know stays where it is, and is shown", async () => {
  write(
    idle,
    "INSERT INTO jobs (site, id, queue, kind, priority, state, owner, max_attempts, created_at," +
      " run_at) VALUES ('default', 'strange', 'ai', 'of-tomorrow', 0, 'waiting', '', 1, 1, 1)",
  );
  const { id } = await start(keeper);
  const worker = await JobWorker.started(idle);
  await untilState(keeper, id, "done");
  await worker.end();
  const { json } = await call(keeper, "GET", "?state=ready");
  assert.deepEqual(json.jobs.map((job) => job.id), ["strange"]);
  await call(keeper, "POST", "/strange/cancel");
});

test("the command line lists, shows, starts and moves jobs", async () => {
  const started = await jobs(server, "run", KIND);
  assert.equal(started.code, 0, started.output);
  const [id] = /[0-9a-f-]{36}/.exec(started.stdout);
  await untilState(owner, id, "done");
  const list = await jobs(server, "list", "--state", "done");
  assert.match(list.stdout, new RegExp(`^${id}  maintenance  ${KIND}  done  1/5  `, "m"));
  assert.match((await jobs(server, "show", id)).stdout, /^state: done$/m);
  assert.match((await jobs(server, "cancel", id)).output, /has ended already/);
  assert.match((await jobs(server, "show", "none")).output, /no such job/);
  assert.match((await jobs(server, "run", "rm")).output, /can be run by hand/);
});

test("E12 queues show in the metrics and in the health of the server", async () => {
  const metrics = (await send(server, { path: "/metrics" })).text;
  for (const name of [
    "ready", "running", "oldest_seconds", "done_total", "retried_total", "dead",
    "run_seconds_total",
  ]) {
    const start = `^gatehouse_jobs_${name}\\{site="default",queue="maintenance"\\} `;
    assert.match(metrics, new RegExp(start, "m"));
  }
  const { services } = (await send(server, { path: "/api/health" })).json;
  assert.equal(services.jobs, "healthy");
});

test("A10 a job begins as soon as it is left", async () => {
  const waits = [];
  for (let i = 0; i < 40; i += 1) {
    const { id } = await start(owner);
    await untilState(owner, id, "done");
    const { created_at: left, ended_at: done } = await read(owner, id);
    waits.push(Date.parse(done) - Date.parse(left));
  }
  waits.sort((a, b) => a - b);
  console.log(`left to done: p50 ${waits[20]} ms, p90 ${waits[36]} ms`);
  assert.ok(waits[20] < 100, "far below the half second of the sweep");
});

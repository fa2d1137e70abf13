// Stopping, reloading and refusing to start.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { openStream, send, Visitor } from "./support/client.mjs";
import { temporaryFolder } from "./support/folders.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { RawConnection } from "./support/raw.mjs";
import { BINARY, prepareServer, runBinary, startServer } from "./support/server.mjs";
import { namesOf, textOf } from "./support/sse.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

const later = untilFileEnds();
let upstream;
before(async () => {
  upstream = await Upstream.start(later);
});

async function streaming(server, name) {
  const visitor = await Visitor.start(server);
  const stream = await visitor.stream(`gated ${name} 3`);
  upstream.open(`${name}-1`);
  const seen = await stream.until("delta");
  return { visitor, stream, seen, id: seen[0].data.conversation_id };
}

const isRefused = (server) =>
  send(server, "/healthz").then(
    () => false,
    () => true,
  );

test("E13 SIGTERM within a reply: streams say goodbye, the reply is kept whole", async (t) => {
  const server = await startServer(t, {
    env: { ...upstream.env, GATEHOUSE_DRAIN_TIMEOUT_MS: "8000" },
  });
  const { visitor, stream, id } = await streaming(server, "term");
  const follower = await visitor.events(id);
  server.signal("SIGTERM");
  for (const each of [stream, follower]) {
    const rest = await each.all();
    assert.equal(rest.at(-1).event, "closing");
    assert.match(rest.at(-1).id, /^.+-\d+$/, "an id to come back with");
    assert.ok(each.isComplete, "the response ends properly");
  }
  await eventually(() => isRefused(server), "new connections to be refused");
  for (const step of [2, 3, "end"]) upstream.open(`term-${step}`);
  assert.deepEqual(await server.exited(), { code: 0, signal: null });

  await server.relaunch();
  const reply = await visitor.reply(id);
  assert.deepEqual([reply.text, reply.status], ["word1 word2 word3 ", "complete"]);
});

test("E13 SIGTERM with a reply that doesn't end: what there is is kept in time", async (t) => {
  const server = await startServer(t, {
    env: { ...upstream.env, GATEHOUSE_DRAIN_TIMEOUT_MS: "600" },
  });
  const { visitor, stream, id } = await streaming(server, "stuck");
  const started = Date.now();
  server.signal("SIGTERM");
  assert.equal((await stream.all()).at(-1).event, "closing");
  assert.deepEqual(await server.exited(), { code: 0, signal: null });
  const tookMs = Date.now() - started;
  assert.ok(tookMs >= 500 && tookMs < 3_000, `${tookMs} ms`);
  await server.relaunch();
  const [asked, reply] = (await visitor.conversation(id)).messages;
  assert.deepEqual([asked.text, asked.status], ["gated stuck 3", "complete"]);
  assert.deepEqual([reply.text, reply.status], ["word1 ", "interrupted"]);
});

test("E13 who waits for a whole reply gets it during the drain", async (t) => {
  const server = await startServer(t, {
    env: { ...upstream.env, GATEHOUSE_DRAIN_TIMEOUT_MS: "8000" },
  });
  const visitor = await Visitor.start(server);
  const waiting = visitor.chat("held drain");
  await upstream.asked("held drain");
  server.signal("SIGTERM");
  await server.logged("DRAINING");
  upstream.open("held drain");
  const { status, json, headers } = await waiting;
  assert.equal(status, 200);
  assert.equal(json.reply.text, "held drain");
  assert.equal(headers.connection, "close");
  assert.deepEqual(await server.exited(), { code: 0, signal: null });
});

test("E13 /v1 streams are finished during the drain, idle connections closed", async (t) => {
  const server = await startServer(t, {
    env: { ...upstream.env, GATEHOUSE_DRAIN_TIMEOUT_MS: "8000" },
  });
  const idle = await RawConnection.open(server);
  await idle.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await idle.responses(1);
  upstream.open("program-1");
  const stream = await openStream(server, {
    method: "POST",
    path: "/v1/chat/completions",
    body: {
      model: "m",
      stream: true,
      messages: [{ role: "user", content: "gated program 2" }],
    },
  });
  await stream.take(2);
  server.signal("SIGTERM");
  await idle.closed(3_000);
  for (const step of [2, "end"]) upstream.open(`program-${step}`);
  assert.equal((await stream.all()).at(-1).data, "[DONE]");
  assert.deepEqual(await server.exited(), { code: 0, signal: null });
});

test("SIGINT stops as well; without work at once", async (t) => {
  const server = await startServer(t, { env: { GATEHOUSE_DRAIN_TIMEOUT_MS: null } });
  const started = Date.now();
  server.signal("SIGINT");
  assert.deepEqual(await server.exited(), { code: 0, signal: null });
  assert.ok(Date.now() - started < 1_500, "nothing was running");
});

test("E13 a signal is heeded from the first answer on, also right behind another", async () => {
  const stopAtOnce = async () => {
    const server = await prepareServer({});
    try {
      server.launch();
      await eventually(async () => !(await isRefused(server)), "the first answer");
      server.signal("SIGHUP");
      server.signal("SIGTERM");
      assert.deepEqual(await server.exited(), { code: 0, signal: null }, server.told());
    } finally {
      await server.kill();
      rmSync(server.home, { recursive: true, force: true });
    }
  };
  for (let round = 0; round < 6; round += 1) await Promise.all([1, 2, 3].map(stopAtOnce));
});

test("a kill without warning: what was accepted is there, a half reply is marked", async (t) => {
  const server = await startServer(t, { env: upstream.env });
  const { visitor, id } = await streaming(server, "killed");
  await server.kill();
  await server.relaunch();
  const { messages, live } = await visitor.conversation(id);
  assert.deepEqual(
    messages.map(({ role, status }) => [role, status]),
    [
      ["user", "complete"],
      ["assistant", "interrupted"],
    ],
  );
  assert.ok("word1 ".startsWith(messages[1].text));
  assert.equal(live, null);
  await visitor.answer("go on", { conversation_id: id });
});

test("SIGHUP takes over origins, hosts and proxies; a faulty file changes nothing", async (t) => {
  const toml = (origin) => `[cors]\norigins = ["${origin}"]\n`;
  const server = await startServer(t, { toml: toml("https://old.example") });
  const file = join(server.home, "gatehouse.toml");
  const status = async (Origin) =>
    (
      await send(server, {
        method: "POST",
        path: "/api/v1/sessions",
        headers: { Origin },
        from: server.nextAddress(),
      })
    ).status;
  assert.deepEqual(
    [await status("https://old.example"), await status("https://new.example")],
    [201, 403],
  );
  writeFileSync(file, toml("https://new.example"));
  server.signal("SIGHUP");
  await server.logged("RELOADED");
  await eventually(async () => (await status("https://new.example")) === 201, "the new origin");
  assert.equal(await status("https://old.example"), 403);

  writeFileSync(file, '[cors]\norigin = ["https://bad.example"]\n');
  server.signal("SIGHUP");
  const failed = await server.logged("RELOAD_FAILED");
  assert.match(failed.message, /cors\.origin/);
  assert.deepEqual(
    [await status("https://new.example"), await status("https://bad.example")],
    [201, 403],
  );
});

test("a stream lives through a reload", async (t) => {
  const server = await startServer(t, { env: upstream.env });
  const { stream } = await streaming(server, "reload");
  server.signal("SIGHUP");
  await server.logged("RELOADED");
  for (const step of [2, 3, "end"]) upstream.open(`reload-${step}`);
  assert.equal(textOf(await stream.all()), "word2 word3 ");
});

/** Starts what must not start, and returns the words it says. */
async function refusal(options, { code = 1 } = {}) {
  const server = await prepareServer(options);
  const result = await runBinary(["serve", ...server.args], { cwd: server.home, env: server.env });
  assert.equal(result.signal, null, result.output);
  assert.equal(result.code, code, result.output);
  assert.doesNotMatch(result.output, /terminate|what\(\)|core dumped|STARTED/);
  const lines = result.stderr
    .trim()
    .split("\n")
    .filter((line) => !/^No SESSION_SECRET/.test(line));
  return { ...result, lines, server };
}

test("a taken port: one line, and what to do", async (t) => {
  const taken = createServer();
  await new Promise((resolve) => taken.listen(0, "127.0.0.1", resolve));
  t.after(() => taken.close());
  const { port } = taken.address();
  const { lines } = await refusal({ env: { GATEHOUSE_LISTEN: `127.0.0.1:${port}` } });
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0], new RegExp(`^gatehouse: .*127\\.0\\.0\\.1.*${port}.*--listen`));
});

test("an address that isn't this machine's", async () => {
  const { lines } = await refusal({
    env: { GATEHOUSE_LISTEN: "192.0.2.1:8080", GATEHOUSE_ENV: "development" },
  });
  assert.match(lines.at(-1), /^gatehouse: .*192\.0\.2\.1.*8080/);
});

test("a missing documents folder: one line that names it", async () => {
  const { lines } = await refusal({ env: { GATEHOUSE_DOCUMENTS: "/nowhere/documents" } });
  assert.match(lines.at(-1), /documents.*\/nowhere\/documents/);
});

test("a corrupt database: one line that names the file, and it is left as it is", async () => {
  for (const name of ["gatehouse.db", "knowledge.db"]) {
    const server = await prepareServer({});
    mkdirSync(server.dataDir, { recursive: true });
    const file = join(server.dataDir, name);
    const junk = Buffer.alloc(20_000, "this is no database ");
    writeFileSync(file, junk);
    const result = await runBinary(["serve"], { cwd: server.home, env: server.env });
    assert.equal(result.signal, null);
    assert.doesNotMatch(result.output, /terminate|what\(\)/);
    if (name === "knowledge.db" && result.code === 0) continue;
    assert.equal(result.code, 1, result.output);
    const line = result.stderr.trim().split("\n").at(-1);
    assert.match(line, new RegExp(`^gatehouse: .*${name.replace(".", "\\.")}`), line);
    assert.ok(readFileSync(file).equals(junk), "nobody's data is overwritten");
  }
});

test("a database of a newer version is refused, not changed", async () => {
  const server = await startServer({ after: () => {} }, {});
  await server.stop();
  const file = join(server.dataDir, "gatehouse.db");
  execFileSync("python3", [
    "-c",
    "import sqlite3,sys\nwith sqlite3.connect(sys.argv[1]) as s: " +
      "s.execute('PRAGMA user_version=9999')",
    file,
  ]);
  const result = await runBinary(["serve"], { cwd: server.home, env: server.env });
  assert.equal(result.code, 1, result.output);
  assert.match(result.stderr, /gatehouse: .*gatehouse\.db.*newer/);
});

test("a data folder that can't be: one line", async () => {
  const home = temporaryFolder();
  const file = join(home, "file");
  writeFileSync(file, "");
  const { lines } = await refusal({ env: { GATEHOUSE_DATA_DIR: join(file, "data") } });
  assert.match(lines.at(-1), /data/);
});

test("unknown flags and wrong values end with words, not with a start", async () => {
  const unknown = await runBinary(["serve", "--nonsense"]);
  assert.equal(unknown.code, 2, unknown.output);
  assert.match(unknown.output, /--nonsense/);
  const wrong = await refusal({ args: ["--listen", "nowhere:x"], env: { GATEHOUSE_LISTEN: null } });
  assert.match(wrong.stderr, /server\.listen/);
});

test("--help and --version", async () => {
  const help = await runBinary(["--help"]);
  assert.equal(help.code, 0);
  for (const word of ["serve", "check", "init"]) assert.ok(help.stdout.includes(word), word);
  const version = await runBinary(["--version"]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^\D*\d+\.\d+\.\d+/);
});

test("the binary and its document reader stand side by side", () => {
  const reader = join(BINARY, "..", "gatehouse-extract");
  assert.ok(existsSync(reader), reader);
  assert.ok(statSync(reader).mode & 0o111);
});

test("a document reader that is away: the log and /readyz say so, the rest works", async (t) => {
  const folder = temporaryFolder();
  t.after(() => rmSync(folder, { recursive: true }));
  const lonely = join(folder, "gatehouse");
  copyFileSync(BINARY, lonely);
  chmodSync(lonely, 0o755);
  const server = await prepareServer({ binary: lonely });
  t.after(() => server.stop());
  server.launch();
  await server.logged("DOCUMENT_SKIPPED");
  assert.equal((await send(server, "/healthz")).status, 200);
  const { status, json } = await send(server, "/readyz");
  assert.equal(status, 503, "not one document could be read");
  assert.equal(json.checks.knowledge, "unhealthy");
});

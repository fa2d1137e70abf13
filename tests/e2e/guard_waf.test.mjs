// The web application firewall: OWASP CRS behind guard.waf, explained like every other guard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertOpenAiErrorBody } from "./support/checks.mjs";
import { send, Visitor } from "./support/client.mjs";
import { runBinary, startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const TRAVERSAL = "/api/v1/conversations?limit=20&file=../../../../etc/passwd";
const INJECTION = "/api/v1/conversations?q=1'%20OR%20'1'='1'%20UNION%20SELECT%20password--";
const start = (t, mode, env = {}) => startServer(t, { env: { GATEHOUSE_GUARD_WAF: mode, ...env } });
const holdsFirewall = (server) =>
  readFileSync(`/proc/${server.pid}/maps`, "utf8").includes("modsecurity");

async function explained(server, response) {
  const id = response.headers["x-request-id"];
  let told = null;
  await eventually(async () => {
    told = await runBinary(["explain", id, "--data-dir", server.dataDir], { env: server.env });
    return told.code === 0;
  }, `an explanation of ${id}`);
  return told.stdout;
}

test("E15 block: attacks in query and headers are refused and explained", async (t) => {
  const server = await start(t, "block");
  const visitor = await Visitor.start(server);
  const traversal = await visitor.call("GET", TRAVERSAL);
  assert.equal(traversal.status, 403, traversal.text);
  assert.match(traversal.headers["content-type"], /^application\/problem\+json/);
  assert.doesNotMatch(traversal.text, /waf|930|CRS|passwd/, "the client hears no rule");
  const told = await explained(server, traversal);
  assert.match(told, /was refused\./);
  assert.match(told, /path +\/api\/v1\/conversations\n/);
  assert.match(told, /rule +waf\.930100, score 1000 of 1000/);
  assert.match(told, /seen +Path Traversal Attack .*ARGS:file.*also waf\./);
  assert.match(told, /next +.*guard\.observe = \["waf\.930100"\]/);
  const injection = await visitor.call("GET", INJECTION);
  assert.equal(injection.status, 403);
  assert.match(await explained(server, injection), /rule +waf\.942/);
  const scanner = await visitor.call("GET", "/api/v1/conversations", undefined, {
    "User-Agent": "sqlmap/1.7.2#stable",
  });
  assert.equal(scanner.status, 403);
  assert.match(await explained(server, scanner), /rule +waf\.913100, score 500/);
  const logged = server.log.items.filter((entry) => /^waf\./.test(entry.rule));
  assert.equal(logged.length, 3);
  assert.ok(logged.every((entry) => entry.level === "warning"), JSON.stringify(logged));
});

test("E15 block: ordinary requests pass, however their bodies come", async (t) => {
  const server = await start(t, "block");
  const visitor = await Visitor.start(server);
  await visitor.answer("What is Gatehouse?");
  await visitor.answer("How do I write a SELECT with UNION in SQL, and what does it do?");
  const pieces = await send(server, {
    method: "POST",
    path: "/api/v1/chat",
    from: visitor.from,
    headers: { Authorization: `Bearer ${visitor.token}`, Expect: "100-continue" },
    body: { message: `What is Gatehouse? ${"And why? ".repeat(500)}` },
  });
  assert.equal(pieces.status, 200, pieces.text);
  const hidden = await visitor.chat("Hello", { metadata: { page: "1' OR 1=1 UNION SELECT 1--" } });
  assert.notEqual(hidden.status, 200, "what stands beside the message is looked at");
  const gone = await visitor.remove((await visitor.answer("Hello there")).conversation_id);
  assert.equal(gone.status, 204, gone.text);
});

test("each of many requests at once is judged, and answered, for itself", async (t) => {
  const server = await start(t, "block");
  const visitors = await Promise.all(Array.from({ length: 6 }, () => Visitor.start(server)));
  const asked = visitors.flatMap((visitor) =>
    Array.from({ length: 10 }, async (_, i) => {
      const isAttack = i % 2 === 1;
      const { status, json } = await visitor.call(
        "GET",
        isAttack ? TRAVERSAL : `/api/v1/conversations/c-${i}`,
      );
      assert.equal(status, isAttack ? 403 : 404, JSON.stringify(json));
    }),
  );
  await Promise.all(asked);
});

test("E15 block: refusals on /v1 have OpenAI's form", async (t) => {
  const server = await start(t, "block");
  const refused = await send(server, {
    method: "POST",
    path: "/v1/chat/completions?file=../../../../etc/passwd",
    body: { model: "m", messages: [{ role: "user", content: "Hello" }] },
  });
  assert.equal(refused.status, 403, refused.text);
  assertOpenAiErrorBody(refused.json);
});

test("E15 observe: what would be refused is flagged and let in", async (t) => {
  const server = await start(t, "observe");
  const visitor = await Visitor.start(server);
  const seen = await visitor.call("GET", TRAVERSAL);
  assert.equal(seen.status, 200, seen.text);
  const told = await explained(server, seen);
  assert.match(told, /was flagged and let in\./);
  assert.match(told, /trail +waf\.930100=flag\(1000\)/);
  await server.logged("SECURITY_ALERT", (entry) => /^waf\.930100=flag/.test(entry.trail));
});

test("E15 off: nothing of the firewall is loaded, and nothing is looked at", async (t) => {
  const server = await start(t, null);
  const visitor = await Visitor.start(server);
  assert.equal((await visitor.call("GET", TRAVERSAL)).status, 200);
  assert.equal(holdsFirewall(server), false);
  const other = await start(t, "observe");
  assert.equal(holdsFirewall(other), true);
});

test("files and health are not looked at", async (t) => {
  const server = await start(t, "block");
  const headers = { "User-Agent": "sqlmap/1.7" };
  for (const path of ["/healthz?x=../../../etc/passwd", "/?x=../../../etc/passwd"]) {
    assert.equal((await send(server, { path, headers })).status, 200, path);
  }
});

test("rules that are missing: one line says which package, at the start and in check", async () => {
  const env = {
    GATEHOUSE_GUARD_WAF: "block",
    GATEHOUSE_GUARD_WAF_RULES: "/nonexistent",
    GATEHOUSE_LISTEN: "127.0.0.1:0",
  };
  for (const command of ["serve", "check"]) {
    const ended = await runBinary([command], { env });
    assert.equal(ended.code, 1, ended.output);
    assert.match(ended.stderr, /guard\.waf: there are no rules in \/nonexistent\. Install/);
    assert.match(ended.stderr, /package modsecurity-crs/);
  }
});

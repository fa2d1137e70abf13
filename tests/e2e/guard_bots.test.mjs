// What gives robots away.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { ask, launchBrowser, replyFinished, visit } from "./support/browser.mjs";
import { assertProblem } from "./support/checks.mjs";
import { solve } from "./support/challenge.mjs";
import { send, Visitor } from "./support/client.mjs";
import { ja4Of, startRelay } from "./support/ja4.mjs";
import { startServer } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const FILLED = "http://robots.example/buy";

test("B5 a message with the hidden field filled in is refused without a reason", async (t) => {
  const server = await startServer(t);
  const visitor = await Visitor.start(server);
  const response = await visitor.chat("Hello there", { website: FILLED });
  assertProblem(response, { status: 403, code: "forbidden" });
  assert.doesNotMatch(response.text, /honeypot|website|robot/i);
  const id = response.headers["x-request-id"];
  const entry = await server.logged("SECURITY_ALERT", (line) => line.request_id === id);
  assert.equal(entry.rule, "bot.honeypot");
  assert.equal(entry.evidence, FILLED);
});

test("a hidden field that is empty, as browsers send it, says nothing", async (t) => {
  const server = await startServer(t);
  const visitor = await Visitor.start(server);
  const response = await visitor.chat("Hello there", { website: "" });
  assert.equal(response.status, 200);
});

const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/131.0.0.0 Safari/537.36";
const AS_BROWSERS_DO = {
  "User-Agent": CHROME,
  Accept: "*/*",
  "Accept-Encoding": "gzip, deflate, br",
  "Accept-Language": "en",
};
const begin = (server, headers) =>
  send(server, { method: "POST", path: "/api/v1/sessions", headers });
const startVisitor = async (server) => {
  const from = server.nextAddress();
  const agent = { ...AS_BROWSERS_DO };
  const { json } = await send(server, {
    method: "POST",
    path: "/api/v1/sessions",
    from,
    headers: agent,
  });
  const visitor = new Visitor(server, from, json);
  visitor.headers = { "User-Agent": CHROME, "Accept-Language": "en" };
  return visitor;
};
const botRule = (server, response) =>
  server.logged("SECURITY_ALERT", (line) => line.request_id === response.headers["x-request-id"]);

test("B5 a program that opens a chat is logged, and why", async (t) => {
  const server = await startServer(t);
  for (const [headers, rule] of [
    [{ "User-Agent": "python-requests/2.32" }, "bot.program"],
    [{ "User-Agent": "Mozilla/5.0 (compatible; Somebot/1.0; +http://x.example)" }, "bot.crawler"],
    [{ "User-Agent": CHROME }, "bot.contradiction"],
  ]) {
    const response = await begin(server, headers);
    assert.equal(response.status, 201, rule);
    const entry = await botRule(server, response);
    assert.ok(entry.trail.includes(`${rule}=flag`), entry.trail);
  }
});

test("B5 guard.bots = deny refuses programs and lets browsers in", async (t) => {
  const server = await startServer(t, { env: { GATEHOUSE_GUARD_BOTS: "deny" } });
  const refused = await begin(server, { "User-Agent": "curl/8.5.0" });
  assertProblem(refused, { status: 403, code: "forbidden" });
  assert.equal((await botRule(server, refused)).rule, "bot.program");
  assert.equal((await begin(server, AS_BROWSERS_DO)).status, 201);
});

test("B5 guard.bots = challenge lets a program in that has done the work", async (t) => {
  const server = await startServer(t, { env: { GATEHOUSE_GUARD_BOTS: "challenge" } });
  const agent = { "User-Agent": "curl/8.5.0" };
  const { challenge } = assertProblem(await begin(server, agent), {
    status: 403,
    code: "challenge_required",
  });
  const worked = await begin(server, { ...agent, "X-Gatehouse-Challenge": solve(challenge) });
  assert.equal(worked.status, 201);
  assert.equal((await begin(server, AS_BROWSERS_DO)).status, 201, "no work for browsers");
});

test("B5 a real browser is no robot", async (t) => {
  const server = await startServer(t, { env: { GATEHOUSE_GUARD_BOTS: "deny" } });
  const browser = await launchBrowser(t);
  const use = async (page) => {
    await ask(page, "Who guards the door?");
    await replyFinished(page, 1);
  };
  await visit(browser, server, use, { userAgent: CHROME }); // this one says "Headless" otherwise
});

const QUICK = "What is written at once, and by nobody who has hands to write with?";
const quickly = async (visitor, times) => {
  const statuses = [];
  for (let i = 0; i < times; i += 1) statuses.push((await visitor.chat(`${QUICK} ${i}`)).status);
  return statuses;
};

test("B5 messages that come faster than anybody types are flagged", async (t) => {
  const server = await startServer(t);
  const visitor = await Visitor.start(server);
  assert.deepEqual(new Set(await quickly(visitor, 5)), new Set([200]));
  assert.ok(!server.stdout.includes("bot.cadence"), "five say nothing yet");
  const noticed = await visitor.chat(QUICK);
  assert.equal(noticed.status, 200);
  const entry = await botRule(server, noticed);
  assert.match(entry.trail, /bot\.cadence=flag\(500\)/);
  assert.match(entry.evidence, /faster than anybody types/);
});

test("B5 guard.bots decides about them, too: refused, or work to be done", async (t) => {
  const denies = await startServer(t, { env: { GATEHOUSE_GUARD_BOTS: "deny" } });
  const refused = await startVisitor(denies);
  assert.deepEqual(await quickly(refused, 6), [200, 200, 200, 200, 200, 403]);
  const asks = await startServer(t, { env: { GATEHOUSE_GUARD_BOTS: "challenge" } });
  const visitor = await startVisitor(asks);
  assert.deepEqual(await quickly(visitor, 7), [200, 200, 200, 200, 200, 200, 403]);
  const { challenge } = assertProblem(await visitor.chat(QUICK), {
    status: 403,
    code: "challenge_required",
  });
  const headers = { "X-Gatehouse-Challenge": solve(challenge) };
  const worked = await visitor.call("POST", "/api/v1/chat", { message: QUICK }, headers);
  assert.equal(worked.status, 200, worked.text);
  assert.equal((await visitor.chat(QUICK)).status, 200, "and it begins anew");
});

const overTls = (env = {}) => ({ env: { TLS_ENABLED: "true", TLS_SELF_SIGNED: "p256", ...env } });
const SESSIONS = "/api/v1/sessions";

/** What programs of this machine send, each through the relay at `port`. */
const CLIENTS = {
  curl: (port) => ["curl", ["-sk", "-X", "POST", `https://localhost:${port}${SESSIONS}`]],
  "curl of TLS 1.2, without h2": (port) => [
    "curl",
    ["-sk", "--tls-max", "1.2", "--no-alpn", "-X", "POST", `https://localhost:${port}${SESSIONS}`],
  ],
  openssl: (port) => ["openssl", ["s_client", "-quiet", "-connect", `127.0.0.1:${port}`]],
};

test("B5 the JA4 of a client is told with what is flagged", async (t) => {
  const server = await startServer(t, overTls());
  const relay = await startRelay(t, server.port);
  const flagged = () => server.log.items.filter(({ trail }) => trail?.includes("bot."));
  for (const [name, commandOf] of Object.entries(CLIENTS)) {
    const [program, args] = commandOf(relay.port);
    const before = flagged().length;
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"] });
    t.after(() => child.kill());
    child.stdin.on("error", () => {});
    child.stdin.write(`POST ${SESSIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
    await eventually(() => flagged().length > before, `a flag for ${name}`);
    assert.equal(flagged().at(-1).evidence, ja4Of(relay.records.at(-1)), name);
  }
  const browser = await launchBrowser(t);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const before = flagged().length;
  await page.goto(`https://localhost:${relay.port}/`);
  await ask(page, "Who guards the door?");
  await eventually(() => flagged().length > before, "a flag for a browser that is driven");
  const seen = flagged().at(-1).evidence;
  assert.ok(relay.records.map(ja4Of).includes(seen), seen);
  assert.match(seen, /^t13d1\d\d\dh2_8daaf6152771_/, "Chrome's ciphers");
  await context.close();
});

test("B5 a JA4 that is named opens no chat; others do", async (t) => {
  const server = await startServer(t, overTls());
  const relay = await startRelay(t, server.port);
  const options = { method: "POST", path: SESSIONS, headers: AS_BROWSERS_DO };
  assert.equal((await send({ ...server, isSecure: true, port: relay.port }, options)).status, 201);
  const env = { GATEHOUSE_GUARD_JA4_DENIED: ja4Of(relay.records.at(-1)) };
  const strict = await startServer(t, overTls(env));
  const refused = await send(strict, options);
  assertProblem(refused, { status: 403, code: "forbidden" });
  assert.equal((await botRule(strict, refused)).rule, "bot.ja4");
  assert.equal((await send(strict, "/")).status, 200, "a page opens no chat");
  const other = await send(strict, { ...options, maxVersion: "TLSv1.2" });
  assert.equal(other.status, 201, "another hello");
});

test("B5 a browser's name on another library's TLS is a contradiction", async (t) => {
  const server = await startServer(t, overTls({ GATEHOUSE_GUARD_BOTS: "deny" }));
  const headers = { ...AS_BROWSERS_DO, "Sec-Fetch-Site": "same-origin", "Sec-CH-UA": '"x"' };
  const refused = await send(server, { method: "POST", path: SESSIONS, headers });
  assertProblem(refused, { status: 403, code: "forbidden" });
  const entry = await botRule(server, refused);
  assert.equal(entry.rule, "bot.contradiction");
  assert.match(entry.evidence, /TLS without h2, TLS without GREASE/);
  const browser = await launchBrowser(t);
  const use = async (page) => {
    await ask(page, "Who guards the door?");
    await replyFinished(page, 1);
  };
  await visit(browser, server, use, { userAgent: CHROME, ignoreHTTPSErrors: true });
});

test("B5 a false Googlebot is told apart where crawlers are verified", async (t) => {
  const headers = {
    "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  };
  const server = await startServer(t, { env: { GATEHOUSE_GUARD_VERIFIED_CRAWLERS: "true" } });
  const lying = await begin(server, headers); // this machine is not Google's
  assert.match((await botRule(server, lying)).trail, /bot\.false_crawler=flag\(700\)/);
  const off = await startServer(t);
  const unknown = await begin(off, headers);
  assert.match((await botRule(off, unknown)).trail, /bot\.crawler=flag\(500\)/);
});

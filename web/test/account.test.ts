import assert from "node:assert/strict";
import { test } from "node:test";
import { countWords, faultOfPassword, isLongEnough, passwordRule } from "../account/password-rule";
import { refusalOf } from "../account/refusal";
import { fullTime, relativeTime, waitWords } from "../account/times";
import { describeUserAgent } from "../account/user-agent";
import { ConnectionLost, Problem } from "../shared/problem";
import { api, FakeMemory, ok, open, problem, server, SIGNED_IN } from "./account_fakes";

test("the cookie travels along, and the CSRF token once there is one", async () => {
  server.answers = {
    "POST sign-in": ok(SIGNED_IN),
    "DELETE sessions/x%2Fy": () => new Response(null, { status: 204 }),
  };
  const who = await api.signIn("anna", "a password", "");
  assert.deepEqual([who.id, who.name, who.role], ["a1", "anna", "operator"]);
  await api.endSession("x/y");
  assert.deepEqual(server.seen.map(({ credentials }) => credentials),
                   ["same-origin", "same-origin"]);
  assert.deepEqual(server.seen.map(({ headers }) => headers.get("x-csrf-token")), [null, "csrf"]);
});

test("sessions: this one first, then the one used last; what has no id is left out", async () => {
  const entry = (id: string, seen_at: string, is_current = false) =>
    ({ id, seen_at, is_current, created_at: "no time", user_agent: "curl/8", network: "::/64" });
  server.answers["GET sessions"] = ok({
    sessions: [
      entry("old", "2026-01-01T00:00:00Z"),
      { is_current: true },
      entry("late", "2026-01-03T00:00:00Z"),
      entry("own", "2026-01-02T00:00:00Z", true),
    ],
  });
  const sessions = await api.sessions();
  assert.deepEqual(sessions.map(({ id }) => id), ["own", "late", "old"]);
  assert.ok(Number.isNaN(sessions[0]?.createdMs));
});

test("an answer that is no account is a server that isn't there", async () => {
  server.answers["GET me"] = ok({ account: { name: "anna" } });
  await assert.rejects(api.me(), ConnectionLost);
});

test("who is signed in sees the account, who isn't the form to sign in", async () => {
  const { page, screen, memory } = open();
  server.answers["GET me"] = () => problem(401);
  await page.open(null);
  assert.deepEqual(screen(), { type: "signIn", notice: null });
  server.answers["GET me"] = ok(SIGNED_IN);
  await page.open(null);
  assert.equal(screen().type, "account");
  assert.equal(memory.name(), "anna");
});

test("a session that has ended is told once", async () => {
  const { page, screen, memory } = open(new FakeMemory("anna"));
  server.answers["GET me"] = () => problem(401);
  const notice = () => {
    const shown = screen();
    return shown.type === "signIn" ? shown.notice : "elsewhere";
  };
  await page.open(null);
  assert.match(notice() ?? "", /^You have been signed out/);
  assert.equal(memory.name(), null);
  await page.open(null);
  assert.equal(notice(), null);
});

test("a 401 in the middle of something leads back to the form", async () => {
  const { page, screen } = open();
  server.answers = { "GET me": ok(SIGNED_IN), "GET sessions": () => problem(401) };
  await page.open(null);
  await assert.rejects(page.asSignedIn(() => api.sessions()), Problem);
  assert.equal(screen().type, "signIn");
});

test("an answer that comes after somebody else has signed in changes nothing", async () => {
  const { page, screen } = open();
  server.answers["GET me"] = ok(SIGNED_IN);
  await page.open(null);
  server.answers["GET me"] = () => problem(401);
  const looking = page.refresh();
  page.enter({ id: "b", name: "ben", role: "member", hasSecondFactor: false,
    hasPassword: true, recoveryCodes: 0,
               expiresMs: Date.now() + 60_000 }, "Hello.");
  await looking;
  const shown = screen();
  assert.equal(shown.type === "account" && shown.who.name, "ben");
});

test("signing out is the end of it; when it fails one is still in", async () => {
  const { page, screen, memory } = open();
  server.answers = { "GET me": ok(SIGNED_IN), "POST sign-out": () => problem(503) };
  await page.open(null);
  await assert.rejects(page.signOut(), Problem);
  assert.equal(screen().type, "account");
  server.answers["POST sign-out"] = () => new Response(null, { status: 204 });
  await page.signOut();
  assert.deepEqual(screen(), { type: "signIn", notice: null });
  assert.equal(memory.name(), null);
});

test("a link: its form, or that it is spent, or that the server is away", async () => {
  const { page, screen } = open();
  const check = "POST links/check";
  server.answers[check] = ok({ purpose: "password", name: "lena" });
  await page.open("token");
  assert.deepEqual(screen(),
                   { type: "link", token: "token", link: { purpose: "password", name: "lena" } });
  assert.deepEqual(server.seen.map(({ what, body }) => [what, body]),
                   [[check, { token: "token" }]]);
  server.answers[check] = () => problem(410, { code: "gone" });
  await page.open("token");
  assert.equal(screen().type, "spentLink");
  server.answers[check] = () => problem(429, { retry_after_s: 5 });
  await page.open("token");
  const shown = screen();
  assert.ok(shown.type === "trouble" && shown.refusal.untilMs !== null);
  server.answers[check] = ok({ purpose: "first_operator" });
  await shown.retry();
  assert.equal(screen().type, "link");
});

test("refusals in words, each where it belongs", () => {
  const of = (status: number, more: Partial<{ code: string; detail: string; retryS: number;
                                             field: string; id: string }> = {}) =>
    refusalOf(new Problem(status, more.code ?? "x", more.detail ?? null, more.retryS ?? null,
                          more.id ?? null, null, more.field ?? null), 1_000);
  assert.deepEqual(of(401, { detail: "Name or password is wrong." }),
                   { field: "password", text: "Name or password is wrong.", untilMs: null });
  assert.deepEqual(of(400, { detail: "Too short.", field: "new_password" }),
                   { field: "new_password", text: "Too short.", untilMs: null });
  assert.equal(of(429, { retryS: 4 }).untilMs, 5_000);
  assert.match(of(403, { code: "challenge_required" }).text, /work was not accepted/);
  assert.match(of(403, { field: "X-CSRF-Token" }).text, /^Load this page again/);
  assert.match(of(503).text, /busy/);
  assert.match(of(500, { id: "r-1" }).text, /\(Reference: r-1\)$/);
  assert.doesNotMatch(of(500, { id: "<b>" }).text, /</);
  assert.equal(of(409, { detail: "<p>oh</p>" }).text, "That was not accepted.");
  assert.match(refusalOf(new ConnectionLost()).text, /can’t be reached/);
});

test("user agents in words", () => {
  const like = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
  const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
  for (const [userAgent, words] of [
    [`${like} Chrome/140.0.0.0 Safari/537.36`, "Chrome on Linux"],
    [`${like} HeadlessChrome/140.0.0.0 Safari/537.36`, "Chrome on Linux"],
    [`${windows} AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
     "Edge on Windows"],
    [`${windows} AppleWebKit/537.36 Chrome/140.0 Safari/537.36 OPR/120.0`, "Opera on Windows"],
    [`${windows.slice(0, -1)}; rv:140.0) Gecko/20100101 Firefox/140.0`, "Firefox on Windows"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
     "Version/18.5 Safari/605.1.15", "Safari on macOS"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 " +
     "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 " +
     "(KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"],
    ["Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) " +
     "SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36", "Samsung Internet on Android"],
    ["curl/8.5.0", "curl"],
    ["Mozilla/5.0 (X11; CrOS x86_64)", "A browser on ChromeOS"],
    ["Mozilla/5.0", "An unknown browser"],
    ["", "An unknown browser"],
    ["<script>alert(1)</script>/1", "An unknown browser"],
  ] as const) assert.equal(describeUserAgent(userAgent), words, userAgent);
});

test("times: how long ago, and the date after a week, in the person's language", () => {
  const now = Date.parse("2026-07-21T12:00:00Z");
  const ago = (seconds: number, language = "en") =>
    relativeTime(now - seconds * 1000, now, language);
  const times = [-30, 0, 59, 60, 3_599, 3_600, 86_399, 86_400, 7 * 86_400 - 1];
  assert.deepEqual(times.map((seconds) => ago(seconds)),
                   ["now", "now", "now", "1 minute ago", "59 minutes ago", "1 hour ago",
                    "23 hours ago", "yesterday", "6 days ago"]);
  assert.equal(ago(7 * 86_400), "Jul 14, 2026");
  assert.equal(ago(180, "de"), "vor 3 Minuten");
  assert.match(fullTime(now, "en"), /July 21, 2026/);
});

test("waits in words", () => {
  assert.deepEqual([0, 1, 12, 60, 61, 125].map(waitWords),
                   ["0 seconds", "1 second", "12 seconds", "1 minute", "1 minute 1 second",
                    "2 minutes 5 seconds"]);
});

test("passwords are counted as the server counts them", () => {
  assert.equal(isLongEnough("a".repeat(14), 15), false);
  assert.equal(isLongEnough("a".repeat(15), 15), true);
  assert.equal(isLongEnough("🐢".repeat(14), 15), false, "an emoji is one character");
  assert.equal(isLongEnough("e\u0301".repeat(14), 15), false, "so is a letter with its accent");
  assert.match(passwordRule(8), /^At least 8 characters\./);
  assert.equal(countWords("", 15), "");
  assert.equal(countWords("a".repeat(14), 15), "1 character more is needed");
  assert.equal(countWords("a".repeat(8), 8), "8 characters");
  assert.match(faultOfPassword("", 15) ?? "", /Choose/);
  assert.match(faultOfPassword("short", 15) ?? "", /10 characters more are needed\.$/);
  assert.equal(faultOfPassword("a".repeat(128), 15), null);
  assert.match(faultOfPassword("a".repeat(129), 15) ?? "", /at most 128/);
});

test("a second factor: the code goes along, and a link may stop before it", async () => {
  server.answers = {
    "POST sign-in": ok(SIGNED_IN),
    "POST links": () => new Response(null, { status: 204 }),
    "GET me": ok({ ...SIGNED_IN, second_factor: true }),
  };
  await api.signIn("anna", "a password", "123456");
  assert.deepEqual(server.seen[0]?.body,
                   { name: "anna", password: "a password", code: "123456" });
  assert.equal(await api.useLink("token", "a password", null), null);
  assert.equal((await api.me()).hasSecondFactor, true);
  const wrong = new Problem(401, "unauthenticated", "Enter the code.", null, null, null, "code");
  assert.equal(refusalOf(wrong).field, "code");
});

test("after signing in the page asks by itself for what only `me` tells", async () => {
  const { page, screen } = open();
  server.answers["POST sign-in"] = ok(SIGNED_IN);
  const who = await api.signIn("anna", "a password", "");
  assert.equal(who.hasSecondFactor, null);
  server.answers["GET me"] = ok({ ...SIGNED_IN, second_factor: true, recovery_codes: 7 });
  page.enter(who, "Hello.");
  await new Promise((done) => setImmediate(done));
  const shown = screen();
  assert.deepEqual(shown.type === "account" && [shown.who.hasSecondFactor, shown.who.recoveryCodes],
                   [true, 7]);
});

test("a second factor begins with an address for apps only", async () => {
  server.answers["POST second-factor"] = ok({ key: "ABCD", uri: "javascript:alert(1)" });
  await assert.rejects(api.beginSecondFactor("a password"), ConnectionLost);
  server.answers["POST second-factor"] = ok({ key: "ABCD", uri: "otpauth://totp/x" });
  assert.deepEqual(await api.beginSecondFactor("a password"),
                   { key: "ABCD", uri: "otpauth://totp/x" });
});

test("keys: no end and never used are told apart from times that can't be read", async () => {
  const entry = { id: "k", name: "the shop", scopes: "ai,metrics", expires_at: null,
                  used_at: "no time", requests_per_minute: 60, tokens_per_day: 0 };
  server.answers["GET keys"] = ok({ keys: [entry, { name: "no id" }] });
  assert.deepEqual(await api.keys(), [
    { id: "k", name: "the shop", scopes: ["ai", "metrics"], expiresMs: null, usedMs: NaN,
      requestsPerMinute: 60, tokensPerDay: 0, moneyPerDay: "0" },
  ]);
});

test("erasing is the end of it; when it fails one is still in", async () => {
  const { page, screen, memory } = open();
  server.answers = { "GET me": ok(SIGNED_IN), "POST me/erase": () => problem(409) };
  await page.open(null);
  await assert.rejects(page.erase("a password", ""), Problem);
  assert.equal(screen().type, "account");
  assert.equal(memory.name(), "anna");
  server.answers["POST me/erase"] = () => new Response(null, { status: 204 });
  await page.erase("a password", "123456");
  assert.deepEqual(server.seen.at(-1)?.body, { current_password: "a password", code: "123456" });
  assert.deepEqual(screen(), { type: "erased" });
  assert.equal(memory.name(), null);
});

test("half of one's data is not handed over as all of it", async () => {
  const cut = new ReadableStream({ start: (stream) => stream.error(new TypeError("cut")) });
  server.answers["GET me/export"] = () => new Response(cut);
  await assert.rejects(api.exportAll(), ConnectionLost);
  server.answers["GET me/export"] = ok({ account: {} });
  assert.equal(await (await api.exportAll()).text(), '{"account":{}}');
});

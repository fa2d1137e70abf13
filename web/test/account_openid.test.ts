import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsOfOutcome } from "../account/openid";
import { refusalOf } from "../account/refusal";
import { ConnectionLost, Problem } from "../shared/problem";
import { api, FakeMemory, ok, open, problem, server, SIGNED_IN } from "./account_fakes";

const LINK = { purpose: "link", provider: "openid", email: "anna@example.org" };
const CODE = { ...LINK, purpose: "code" };
const gone = () => problem(404);
const done = () => new Response(null, { status: 204 });
const asked = () => server.seen.map(({ what }) => what);
const whoIs = { id: "a1", name: "anna", role: "member", hasSecondFactor: false,
    hasPassword: true, recoveryCodes: 0,
                expiresMs: Date.now() + 60_000 };

test("providers are those with an id; where they can't be told now, they are asked for again",
     async () => {
  const { page } = open();
  server.answers["GET openid"] = () => problem(503);
  assert.deepEqual(await page.providers(), []);
  server.answers["GET openid"] = ok({ providers: [{ id: "google", name: "Google" }, { name: "x" },
                                                  { id: "openid", name: "" }] });
  const expected = [{ id: "google", name: "Google" }, { id: "openid", name: "openid" }];
  assert.deepEqual(await page.providers(), expected);
  assert.deepEqual(await page.providers(), expected);
  assert.equal(asked().length, 2);
});

test("the browser is sent to web addresses only", async () => {
  const { page, visited } = open();
  server.answers["POST openid/openid"] = ok({ authorization_url: "https://op.example/auth?x=1" });
  await page.visitProvider("openid", "sign_in");
  assert.deepEqual(visited, ["https://op.example/auth?x=1"]);
  assert.deepEqual(server.seen[0]?.body, { purpose: "sign_in" });
  for (const url of ["javascript:alert(1)", "data:text/html,x", "/elsewhere", 7]) {
    server.answers["POST openid/openid"] = ok({ authorization_url: url });
    await assert.rejects(page.visitProvider("openid", "sign_in"), ConnectionLost);
  }
  assert.equal(visited.length, 1);
});

test("what a provider is away with is told in the server's words", () => {
  const away = new Problem(502, "upstream_failed", "Example can’t be reached.", null, "r-1");
  assert.equal(refusalOf(away).text, "Example can’t be reached.");
  const page = new Problem(502, "unavailable", "<html>Bad gateway</html>", null, "r-1");
  assert.match(refusalOf(page).text, /went wrong/);
});

test("each outcome has its words, and what isn't one has none", () => {
  for (const outcome of ["linked_needed", "no_account", "domain", "unverified", "cancelled",
                         "refused", "unavailable", "disabled"]) {
    assert.match(wordsOfOutcome(outcome) ?? "", /^[A-Z][^<]{10,200}\.$/, outcome);
  }
  for (const other of [null, "", "confirm", "constructor", "<b>"]) {
    assert.equal(wordsOfOutcome(other), null);
  }
});

test("an outcome is told where somebody signs in, or in the account of who is in", async () => {
  const { page, screen } = open(new FakeMemory("anna"));
  server.answers["GET me"] = () => problem(401);
  await page.open(null, "no_account");
  assert.deepEqual(screen(), { type: "signIn", notice: wordsOfOutcome("no_account") });
  server.answers["GET me"] = ok({ ...SIGNED_IN, second_factor: false });
  await page.open(null, "cancelled");
  const notice = () => {
    const shown = screen();
    return shown.type === "account" ? shown.notice : "elsewhere";
  };
  assert.equal(notice(), wordsOfOutcome("cancelled"));
  await page.refresh();
  assert.equal(notice(), wordsOfOutcome("cancelled"), "a look at another tab takes nothing away");
});

test("a code is asked for as long as the provider's word waits for it", async () => {
  const { page, screen } = open();
  server.answers = { "GET openid/pending": ok(CODE), "GET me": () => problem(401) };
  await page.open(null, "code");
  assert.deepEqual(screen(), { type: "code", pending: CODE });
  server.answers["POST openid/pending"] = ok({ ...SIGNED_IN, second_factor: true });
  const who = await api.signInPending("123456");
  assert.deepEqual(server.seen.at(-1)?.body, { code: "123456" });
  await page.enter(who, "You are signed in.");
  assert.equal(screen().type, "account");
  server.answers["GET openid/pending"] = gone;
  await page.open(null, "code");
  assert.deepEqual(screen(), { type: "signIn", notice: "That took too long. Begin again." });
});

test("connecting is asked of who signs in, and a yes goes to the server", async () => {
  const { page, screen } = open();
  server.answers = { "GET openid/pending": ok(LINK), "GET me": () => problem(401) };
  await page.open(null, "linked_needed");
  assert.deepEqual(screen(), { type: "signIn", notice: wordsOfOutcome("linked_needed") });
  await page.enter(whoIs, "You are signed in.");
  assert.deepEqual(screen(), { type: "connect", who: whoIs, pending: LINK });
  server.answers["POST openid/pending"] = () => problem(409);
  await assert.rejects(page.connect(whoIs), Problem);
  assert.equal(screen().type, "connect");
  server.answers["POST openid/pending"] = ok({});
  await page.connect(whoIs);
  assert.deepEqual(server.seen.at(-1)?.body, { answer: "yes" });
  assert.equal(screen().type, "account");
  await page.enter(whoIs, "You are signed in.");
  assert.equal(screen().type, "account", "it is asked once");
});

test("a no leads to the account, even if the server can't be told", async () => {
  const { page, screen } = open();
  server.answers = { "GET openid/pending": ok(LINK), "GET me": ok(SIGNED_IN) };
  await page.open(null, "confirm");
  assert.equal(screen().type, "connect");
  server.answers["POST openid/pending"] = () => problem(503);
  await page.dontConnect(whoIs);
  assert.deepEqual(server.seen.at(-1)?.body, { answer: "no" });
  assert.equal(screen().type, "account");
});

test("what waited for a yes too long is told in the account", async () => {
  const { page, screen } = open();
  server.answers = { "GET openid/pending": gone, "GET me": ok({ ...SIGNED_IN,
                                                                second_factor: false }) };
  await page.open(null, "confirm");
  const shown = screen();
  assert.equal(shown.type === "account" && shown.notice, "That took too long. Begin again.");
});

test("signing out goes on at the provider where the server says so", async () => {
  const { page, screen, visited } = open();
  const leaving = "https://op.example/session/end?state=s";
  server.answers = { "GET me": ok(SIGNED_IN), "POST sign-out": ok({ end_session_url: leaving }) };
  await page.open(null);
  await page.signOut();
  assert.deepEqual(screen(), { type: "signIn", notice: null });
  assert.deepEqual(visited, [leaving]);
  server.answers["POST sign-out"] = done;
  await page.open(null);
  await page.signOut();
  assert.equal(visited.length, 1);
});

test("identities: never used is told apart, and leaving one needs the password", async () => {
  const entry = { id: "i/1", provider: "google", email: "anna@example.org",
                  linked_at: "2026-01-01T00:00:00Z", last_used_at: null };
  server.answers = { "GET openid/links": ok({ links: [entry, { provider: "no id" }] }),
                     "DELETE openid/links/i%2F1": done };
  assert.deepEqual(await api.identities(), [
    { id: "i/1", provider: "google", email: "anna@example.org",
      linkedMs: Date.parse(entry.linked_at), usedMs: NaN },
  ]);
  await api.disconnect("i/1", "a password");
  assert.deepEqual(server.seen.at(-1)?.body, { current_password: "a password" });
});

// Signing in by a real provider in Chromium. Its pages are of another site than ours, as they are
// outside of tests: what the browser's rules for cookies and origins make of that counts.
import assert from "node:assert/strict";
import {
  behindProxy,
  button,
  faultOf,
  field,
  fillSignIn,
  fromElsewhere,
  heading,
  listen,
  section,
  signIn,
} from "./support/account_page.mjs";
import { launchBrowser, seriousFindings } from "./support/browser.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { before, startWithRealProvider, test } from "./support/openid_provider.mjs";
import { PASSWORD, Person } from "./support/person.mjs";
import { codeOf } from "./support/totp.mjs";
import { eventually } from "./support/waiting.mjs";

const CREATES = { ...behindProxy, GATEHOUSE_OPENID_CREATES_ACCOUNTS: "true" };
const later = untilFileEnds();
let browser;
let server;
let provider;
before(async () => {
  browser = await launchBrowser(later);
  ({ server, provider } = await startWithRealProvider(later, {
    env: behindProxy,
    host: "localhost",
  }));
  await Person.firstOperator(server);
});

/** A browser of one person on the account page. What no script may do is watched on the way. */
async function openAccount(t, own = server) {
  const { extraHTTPHeaders, ...screen } = fromElsewhere(own);
  const context = await browser.newContext(screen);
  t.after(() => context.close());
  // To our server alone: the provider is not behind that proxy.
  await context.route(`${own.url}/**`, (route) =>
    route.continue({ headers: { ...route.request().headers(), ...lower(extraHTTPHeaders) } }),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => assert.fail(String(error)));
  page.on("console", (message) => {
    assert.doesNotMatch(message.text(), /content security policy|refused to/i);
  });
  await page.goto(`${own.url}/account`);
  return page;
}

const lower = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

async function sayName(page, name) {
  await heading(page, "Sign in at Example").waitFor();
  await field(page, "Your name").fill(name);
  await button(page, "Sign in").click();
}

/** Back with us, with nothing left over in the address. */
const untilBack = (page, own = server) =>
  page.waitForFunction((url) => location.href === url, `${own.url}/account`);

async function continueAs(page, name) {
  await button(page, "Continue with Example").click();
  await sayName(page, name);
  await untilBack(page);
}

async function owner(name) {
  await Person.added(server, `${name}@example.org`);
  return `${name}@example.org`;
}

/**
 * From the account page of who is signed in, to the question whether to connect. Without `name`
 * the provider knows the browser already.
 */
async function beginConnecting(page, name) {
  const part = section(page, "Sign in with");
  await button(part, "Connect Example").click();
  if (name !== undefined) await sayName(page, name);
  await heading(page, "Connect Example?").waitFor();
  await untilBack(page);
}

test("E1 a stranger gets an account by a click, and signs out at both ends", async (t) => {
  const own = await startWithRealProvider(t, { env: CREATES, host: "localhost" });
  const page = await openAccount(t, own.server);
  await button(page, "Continue with Example").click();
  await sayName(page, "anna");
  await heading(page, "anna@example.org").waitFor();
  await untilBack(page, own.server);
  const part = section(page, "Sign in with");
  await part.getByText("anna@example.org").waitFor();
  await button(page, "Disconnect: Example").click();
  assert.equal(await field(page, "Current password").count(), 0, "there is none to ask for");
  await button(page, "Disconnect").click();
  await part.getByText("Nothing would be left to sign in with.").waitFor();
  await button(page, "Sign out").click();
  await heading(page, "Sign out at Example?").waitFor();
  await button(page, "Sign out").click();
  await heading(page, "Sign in").waitFor();
  await untilBack(page, own.server);
  assert.equal(own.provider.logouts.items[0].status, 200);
  await button(page, "Continue with Example").click();
  await heading(page, "Sign in at Example").waitFor();
});

test("an account that a provider made gets a password, and keeps it", async (t) => {
  const own = await startWithRealProvider(t, { env: CREATES, host: "localhost" });
  const page = await openAccount(t, own.server);
  await button(page, "Continue with Example").click();
  await sayName(page, "olga");
  await heading(page, "olga@example.org").waitFor();
  await section(page, "Second factor").getByText("Set one first.").waitFor();
  await button(page, "Set a password").click();
  await field(page, "New password").fill(PASSWORD);
  await button(page, "Set it").click();
  await section(page, "Password").getByText("With another password").waitFor();
  await section(page, "Second factor").getByText("It is off.").waitFor();
  await button(page, "Sign out").click();
  await fillSignIn(page, "olga@example.org");
  await heading(page, "olga@example.org").waitFor();
});

test("E1 an account that is there is connected after its password and a yes", async (t) => {
  const name = await owner("bela");
  const page = await openAccount(t);
  await continueAs(page, "bela");
  await page.getByText("There is an account with your e-mail address already.").waitFor();
  await fillSignIn(page, name);
  await heading(page, "Connect Example?").waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  const heard = await listen(page);
  await button(page, "Connect").click();
  await heading(page, name).waitFor();
  await section(page, "Sign in with").getByText(name).waitFor();
  assert.ok((await heard()).includes("It is connected."));
  const other = await openAccount(t);
  await continueAs(other, "bela");
  await heading(other, name).waitFor();
});

test("connecting from the account: no is no, yes is yes, and a password cuts it off", async (t) => {
  const name = await owner("carl");
  const page = await openAccount(t);
  await signIn(page, name);
  await beginConnecting(page, "work");
  await button(page, "Cancel").click();
  await heading(page, name).waitFor();
  await button(page, "Connect Example").waitFor();
  await beginConnecting(page);
  await button(page, "Connect").click();
  const part = section(page, "Sign in with");
  await part.getByText("work@example.org").waitFor();
  await button(page, "Disconnect: Example").click();
  await heading(page, "Disconnect Example?").waitFor();
  await button(page, "Disconnect").click();
  assert.equal(await faultOf(page, "Current password"), "Enter your password.");
  await field(page, "Current password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await button(page, "Connect Example").waitFor();
  const other = await openAccount(t);
  await continueAs(other, "work");
  await other.getByText("There is no account for you here.").waitFor();
});

test("a second factor is asked for after the provider, and its code lets in", async (t) => {
  const name = await owner("dora");
  const page = await openAccount(t);
  await signIn(page, name);
  await beginConnecting(page, "dora");
  await button(page, "Connect").click();
  await heading(page, name).waitFor();
  const key = await page.evaluate(async (currentPassword) => {
    const me = await (await fetch("/api/v1/auth/me")).json();
    const headers = { "X-CSRF-Token": me.csrf_token, "Content-Type": "application/json" };
    const body = JSON.stringify({ current_password: currentPassword });
    const begun = await fetch("/api/v1/auth/second-factor", { method: "POST", headers, body });
    return (await begun.json()).key;
  }, PASSWORD);
  server.secrets.add(key);
  await page.reload();
  await heading(page, name).waitFor();
  await page.evaluate(async (code) => {
    const me = await (await fetch("/api/v1/auth/me")).json();
    const headers = { "X-CSRF-Token": me.csrf_token, "Content-Type": "application/json" };
    const body = JSON.stringify({ code });
    await fetch("/api/v1/auth/second-factor/confirm", { method: "POST", headers, body });
  }, codeOf(key, { steps: -1 }));
  const other = await openAccount(t);
  await continueAs(other, "dora");
  await heading(other, "One step more").waitFor();
  assert.deepEqual(await seriousFindings(other), []);
  await field(other, "Code").fill("000000");
  await other.keyboard.press("Enter");
  assert.match(await faultOf(other, "Code"), /code/);
  await field(other, "Code").fill(codeOf(key));
  await other.keyboard.press("Enter");
  await heading(other, name).waitFor();
  await other.reload();
  await heading(other, name).waitFor();
});

test("who cancels there is told so here, by keyboard alone as well", async (t) => {
  const page = await openAccount(t);
  await button(page, "Continue with Example").focus();
  await page.keyboard.press("Enter");
  await heading(page, "Sign in at Example").waitFor();
  await button(page, "Cancel").press("Enter");
  await page.getByText("You have cancelled that. Nothing has changed.").waitFor();
  await untilBack(page);
  await page.reload();
  await heading(page, "Sign in").waitFor();
  assert.equal(await page.getByText("You have cancelled that.").count(), 0, "it is told once");
});

test("a logout at the provider shows on the page", async (t) => {
  const name = await owner("emil");
  const page = await openAccount(t);
  await signIn(page, name);
  await beginConnecting(page, "emil");
  await button(page, "Connect").click();
  await heading(page, name).waitFor();
  const other = await openAccount(t);
  await continueAs(other, "emil");
  await heading(other, name).waitFor();
  // In another tab of that browser, where the person is signed in at the provider.
  const tab = await other.context().newPage();
  await tab.goto(`${provider.issuer}/session/end`);
  await button(tab, "Sign out").click();
  await eventually(() => provider.logouts.items.length > 0, "the provider to tell");
  await tab.close();
  await eventually(async () => {
    await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    return (await other.getByText("You have been signed out").count()) > 0;
  }, "the page to notice", 5_000);
  await page.reload();
  await heading(page, name).waitFor();
});

test("a provider that is away is told beside its button", async (t) => {
  const page = await openAccount(t);
  await page.route("**/auth/openid/openid", (route) =>
    route.fulfill({
      status: 502,
      json: { code: "upstream_failed", detail: "Example can't be reached at the moment." },
    }),
  );
  await button(page, "Continue with Example").click();
  await page.getByRole("alert").filter({ hasText: "Example can't be reached" }).waitFor();
  await page.unroute("**/auth/openid/openid");
  await button(page, "Continue with Example").click();
  await heading(page, "Sign in at Example").waitFor();
});

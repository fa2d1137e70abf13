// The account page of the real server in a real browser: links, signing in, sessions, passwords.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  behindProxy,
  button,
  faultOf,
  field,
  fillSignIn,
  fromElsewhere,
  guessUntilWaiting,
  heading,
  invited,
  listen,
  lookAgain,
  NEW_PASSWORD,
  openSignedIn,
  sessionsOf,
  signIn,
  startForBrowser,
  visitAccount,
  WRONG,
} from "./support/account_page.mjs";
import { visit } from "./support/browser.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { firstOperatorToken, PASSWORD, Person, tokenOf, users } from "./support/person.mjs";
import { startServer } from "./support/server.mjs";
import { codeOf } from "./support/totp.mjs";

const later = untilFileEnds();
let browser;
let server;
before(async () => {
  ({ browser, server } = await startForBrowser(later));
});

const signInRequests = (page) => {
  const seen = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/auth/sign-in")) seen.push(request.headers());
  });
  return seen;
};

const focusedName = (page) => page.evaluate(() => document.activeElement.name);

test("C7 the first operator comes by link, chooses name and password, and is in", async (t) => {
  const own = await startServer(t, { env: behindProxy });
  const token = firstOperatorToken(own);
  own.secrets.add(token).add(PASSWORD);
  const url = `${own.url}/account#link=${token}`;
  const use = async (page) => {
    await heading(page, "Welcome").waitFor();
    assert.equal(page.url(), `${own.url}/account`, "the token is out of the address");
    await page.getByText("At least 15 characters.").waitFor();
    await button(page, "Begin").click();
    assert.equal(await faultOf(page, "Name"), "Choose a name.");
    assert.equal(await faultOf(page, "New password"), "Choose a password.");
    await field(page, "Name").fill("owner");
    await field(page, "New password").fill("too short");
    await button(page, "Begin").click();
    assert.match(await faultOf(page, "New password"), /6 characters more are needed/);
    assert.equal(await focusedName(page), "new_password");
    await field(page, "New password").fill("passwordpassword");
    await button(page, "Begin").click();
    await page.getByText("among those that are tried first").waitFor();
    await field(page, "Name").fill("a b");
    await field(page, "New password").fill(PASSWORD);
    await button(page, "Begin").click();
    assert.match(await faultOf(page, "Name"), /1 to 64/);
    await field(page, "Name").fill("Owner");
    await button(page, "Begin").click();
    await heading(page, "owner").waitFor();
    await page.getByText("Operator").waitFor();
    await button(page, "Sign out").click();
    await heading(page, "Sign in").waitFor();
    await page.goto(url);
    await heading(page, "This link doesn’t work any more").waitFor();
    await page.getByText("restart Gatehouse").waitFor();
    await button(page, "Go on without it").click();
    await signIn(page, "owner");
  };
  await visitAccount(browser, own, use, { url });
});

test("a link for a password tells whose it is, and leads into the account", async () => {
  const url = await invited(server, "lena", "--role", "analyst");
  const use = async (page) => {
    await heading(page, "Choose a password").waitFor();
    await page.getByText("lena").waitFor();
    assert.equal(await page.locator("input[autocomplete=username]").inputValue(), "lena");
    await field(page, "New password").fill(PASSWORD);
    await page.getByText(`${PASSWORD.length} characters`).waitFor();
    await button(page, "Set the password").click();
    await heading(page, "lena").waitFor();
    await page.getByText("Analyst").waitFor();
  };
  await visitAccount(browser, server, use, { url });
});

test("a link that was used by somebody else meanwhile says so", async () => {
  const url = await invited(server, "slow");
  const use = async (page) => {
    await heading(page, "Choose a password").waitFor();
    await new Person(server).useLink(url.slice(-43));
    await field(page, "New password").fill(PASSWORD);
    await button(page, "Set the password").click();
    await heading(page, "This link doesn’t work any more").waitFor();
  };
  await visitAccount(browser, server, use, { url });
});

test("C7 after three failures the browser works unseen, and its owner gets in", async () => {
  await Person.added(server, "wanda");
  await visitAccount(browser, server, async (page) => {
    await page.addInitScript(() => {
      globalThis.workers = 0;
      const Real = globalThis.Worker;
      globalThis.Worker = class extends Real {
        constructor(url) {
          super(url);
          this.addEventListener("message", () => (globalThis.workers += 1), { once: true });
        }
      };
    });
    await page.reload();
    await heading(page, "Sign in").waitFor();
    const heard = await listen(page);
    const requests = signInRequests(page);
    for (let i = 0; i < 3; i += 1) {
      const answered = page.waitForResponse((response) => response.url().endsWith("/sign-in"));
      await fillSignIn(page, "wanda", WRONG);
      await answered;
      assert.equal(await faultOf(page, "Password"), "Name or password is wrong.");
      assert.equal(await field(page, "Name").inputValue(), "wanda");
    }
    await signIn(page, "wanda");
    const proofs = requests.map((headers) => "x-gatehouse-challenge" in headers);
    assert.deepEqual(proofs, [false, false, false, false, true]);
    assert.equal(await page.evaluate(() => globalThis.workers), 1, "a worker did it");
    const told = await heard();
    assert.ok(told.includes("Your browser is doing a little work…"), told.join("|"));
    assert.equal(told.at(-1), "You are signed in.");
  });
});

test("a second factor is asked for after the password, also behind a link", async () => {
  const person = await Person.added(server, "fay");
  const begun = await person.call("POST", "second-factor", { current_password: PASSWORD });
  const { key } = begun.json;
  const code = codeOf(key, { steps: -1 });
  await person.call("POST", "second-factor/confirm", { code });
  const reset = await users(server, "reset", "fay");
  const use = async (page) => {
    await field(page, "New password").fill("two owls");
    await button(page, "Set the password").click();
    await page.getByText("Your password is set. Sign in with it").waitFor();
    await fillSignIn(page, "fay", "two owls");
    await page.locator("[name=code]:focus").waitFor();
    assert.equal(await page.locator(".fault").count(), 0, "nothing was wrong yet");
    await field(page, "Code").fill(code);
    await page.keyboard.press("Enter");
    assert.equal(await faultOf(page, "Code"), "That code is wrong, or was used already.");
    await field(page, "Code").fill(codeOf(key));
    await page.keyboard.press("Enter");
    await heading(page, "fay").waitFor();
    await button(page, "Change the password").click();
    await page.getByText("At least 8 characters.").waitFor();
  };
  const url = `${server.url}/account#link=${tokenOf(reset.stdout)}`;
  await visitAccount(browser, server, use, { url });
});

test("who guesses on has to wait: the seconds are counted down, then it goes on", async () => {
  await Person.added(server, "willy");
  await visitAccount(browser, server, async (page) => {
    const timer = await guessUntilWaiting(page, "willy");
    assert.match(await timer.innerText(), /^\d+ seconds?$/);
    assert.equal(await button(page, "Sign in").getAttribute("aria-disabled"), "true");
    await timer.waitFor({ state: "detached" });
    await signIn(page, "willy");
  });
});

test("where one is signed in: each browser in words, ended here and out there", async (t) => {
  await Person.added(server, "sam");
  const here = await openSignedIn(t, browser, server, "sam");
  const there = await openSignedIn(t, browser, server, "sam");
  await lookAgain(here);
  const entries = sessionsOf(here);
  await entries.nth(2).waitFor(); // the third is the one that made the account
  const first = entries.first();
  await first.getByText("This browser").waitFor();
  await first.getByText("Chrome on Linux").waitFor();
  await first.getByText("now").first().waitFor();
  const iso = await first.locator("time").first().getAttribute("datetime");
  assert.ok(Math.abs(Date.parse(iso) - Date.now()) < 60_000, iso);
  assert.equal(await first.getByRole("button").count(), 0);
  const heard = await listen(here);
  await entries.nth(1).getByRole("button", { name: "Sign out: Chrome on Linux" }).click();
  await entries.nth(2).waitFor({ state: "detached" });
  assert.ok((await heard()).includes("Chrome on Linux is signed out."));
  await lookAgain(there);
  await heading(there, "Sign in").waitFor();
  await there.getByText("You have been signed out").waitFor();
  await signIn(there, "sam");
  await lookAgain(here);
  await button(here, "Sign out everywhere else").click();
  await button(here, "Keep them").click();
  assert.equal(await entries.count(), 3);
  await button(here, "Sign out everywhere else").click();
  await here.getByRole("alertdialog").getByText("2 other sessions").waitFor();
  await button(here.getByRole("alertdialog"), "Sign out").click();
  await entries.nth(1).waitFor({ state: "detached" });
  await there.reload();
  await there.getByText("You have been signed out").waitFor();
  await there.reload();
  await heading(there, "Sign in").waitFor();
  assert.equal(await there.getByText("You have been signed out").count(), 0, "told once");
});

test("another password: the old one is asked for, and other browsers are out", async (t) => {
  await Person.added(server, "paul");
  const here = await openSignedIn(t, browser, server, "paul");
  const there = await openSignedIn(t, browser, server, "paul");
  await button(here, "Change the password").click();
  assert.equal(await focusedName(here), "current_password");
  await field(here, "Current password").fill(WRONG);
  await field(here, "New password").fill(NEW_PASSWORD);
  await button(here, "Change it").click();
  assert.match(await faultOf(here, "Current password"), /not the password of this account/);
  await field(here, "Current password").fill(PASSWORD);
  const heard = await listen(here);
  await button(here, "Change it").click();
  await button(here, "Change the password").waitFor();
  assert.ok((await heard()).some((text) => text.startsWith("Your password is changed.")));
  assert.equal(await sessionsOf(here).count(), 1);
  await lookAgain(there);
  await there.getByText("You have been signed out").waitFor();
  await signIn(there, "paul", NEW_PASSWORD);
});

test("a session that ends while nobody looks: the page notices by itself", async (t) => {
  const person = await Person.added(server, "ida");
  const page = await openSignedIn(t, browser, server, "ida");
  await page.clock.install();
  await page.reload();
  await heading(page, "ida").waitFor();
  assert.equal((await person.call("DELETE", "sessions")).status, 204);
  await page.clock.fastForward("30:03");
  await page.getByText("You have been signed out").waitFor();
});

test("two tabs of a browser: both know who is there", async (t) => {
  await Person.added(server, "tom");
  const one = await openSignedIn(t, browser, server, "tom");
  const other = await one.context().newPage();
  await other.goto(`${server.url}/account`);
  await heading(other, "tom").waitFor();
  await button(one, "Sign out").click();
  await heading(other, "Sign in").waitFor();
  await signIn(one, "tom");
  await other.reload();
  await heading(other, "tom").waitFor();
  await button(other, "Sign out").click();
  await heading(one, "Sign in").waitFor();
});

test("the start page leads to the account, and names it", async () => {
  await Person.added(server, "nora");
  const use = async (page) => {
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.reload({ waitUntil: "networkidle" });
    assert.ok(!asked.includes("/api/v1/auth/me"), "where nobody signed in nothing is asked");
    await page.getByRole("link", { name: "Sign in" }).click();
    await signIn(page, "nora");
    await page.getByRole("link", { name: "Gatehouse" }).click();
    await page.getByRole("link", { name: "Your account: nora" }).click();
    await button(page, "Sign out").click();
    await page.getByRole("link", { name: "Gatehouse" }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
  };
  await visit(browser, server, use, fromElsewhere(server));
});

test("a server that is away is told in words, and the form can be sent again", async () => {
  await Person.added(server, "olga");
  await visitAccount(browser, server, async (page, context) => {
    await heading(page, "Sign in").waitFor();
    await context.setOffline(true);
    await fillSignIn(page, "olga");
    await page.getByRole("alert").getByText("can’t be reached").waitFor();
    await context.setOffline(false);
    await button(page, "Sign in").click();
    await heading(page, "olga").waitFor();
    await page.route("**/auth/me", (route) => route.abort());
    await page.reload();
    await heading(page, "That didn’t work").waitFor();
    await page.unroute("**/auth/me");
    await button(page, "Try again").click();
    await heading(page, "olga").waitFor();
  });
});

test("everything can be done with the keyboard alone", async () => {
  await Person.added(server, "kim");
  const other = new Person(server, { agent: "curl/8.5.0" });
  await other.signIn("kim");
  await visitAccount(browser, server, async (page) => {
    const press = (key) => page.keyboard.press(key);
    const type = (text) => page.keyboard.type(text);
    const tabTo = async (name) => {
      for (let i = 0; i < 20; i += 1) {
        await press("Tab");
        const reached = await page.evaluate(() => {
          const { activeElement: element } = document;
          return element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent;
        });
        if (reached === name) return;
      }
      assert.fail(`Tab never reaches ${name}`);
    };
    await heading(page, "Sign in").waitFor();
    assert.equal(await focusedName(page), "name");
    await type("kim");
    await tabTo("Password");
    await type(PASSWORD);
    await tabTo("Show: Password");
    await press("Enter");
    assert.equal(await field(page, "Password").getAttribute("type"), "text");
    assert.equal(await field(page, "Password").inputValue(), PASSWORD);
    await tabTo("Sign in");
    await press("Enter");
    await heading(page, "kim").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "kim");
    await sessionsOf(page).nth(2).waitFor();
    await tabTo("Sign out everywhere else");
    await press("Enter");
    await page.getByRole("alertdialog").waitFor();
    await press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    assert.match(await page.evaluate(() => document.activeElement.textContent), /everywhere else/);
    await page.evaluate(() => document.querySelector("h1").focus());
    await tabTo("Sign out: curl");
    await press("Enter");
    await sessionsOf(page).nth(2).waitFor({ state: "detached" });
    await tabTo("Change the password");
    await press("Enter");
    await page.locator("[name=current_password]:focus").waitFor();
    await type(PASSWORD);
    await tabTo("New password");
    await type(NEW_PASSWORD);
    await press("Enter");
    await button(page, "Change the password").waitFor();
    await page.evaluate(() => document.querySelector("h1").focus());
    await tabTo("Sign out");
    await press("Enter");
    await heading(page, "Sign in").waitFor();
  });
});

test("password fields hide what they hold, and take what is pasted", async () => {
  await Person.added(server, "pia");
  await visitAccount(browser, server, async (page, context) => {
    const kindOf = (label) =>
      field(page, label).evaluate(({ type, autocomplete }) => [type, autocomplete]);
    await field(page, "Name").fill("pia");
    assert.deepEqual(await kindOf("Password"), ["password", "current-password"]);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.evaluate((text) => navigator.clipboard.writeText(text), PASSWORD);
    await field(page, "Password").press("Control+V");
    await button(page, "Sign in").click();
    await heading(page, "pia").waitFor();
    await button(page, "Change the password").click();
    assert.deepEqual(await kindOf("Current password"), ["password", "current-password"]);
    assert.deepEqual(await kindOf("New password"), ["password", "new-password"]);
  });
});

test("the page may run what is ours only, and is never kept", async () => {
  const nonces = new Set();
  for (let i = 0; i < 2; i += 1) {
    const { status, headers, text } = await send(server, { path: "/account" });
    assert.equal(status, 200);
    assert.equal(headers["cache-control"], "no-store");
    const [, nonce] = /script-src 'nonce-([\w-]+)'/.exec(headers["content-security-policy"]);
    assert.match(headers["content-security-policy"], /form-action 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(headers["content-security-policy"], /unsafe/);
    const loaded = text.match(/<script\b|<link\b[^>]*\.css/g).length;
    assert.equal(text.split(`nonce="${nonce}"`).length - 1, loaded);
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 2);
  assert.equal((await send(server, { path: "/assets/account.html" })).status, 404);
});

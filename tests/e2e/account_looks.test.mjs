// Every state of the account page: looked at by axe-core, measured, and kept as a picture.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { examine, LOOKS, smallTargets } from "./support/account_looks.mjs";
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
  lookAgain,
  NEW_PASSWORD,
  sessionsOf,
  visitAccount,
  WRONG,
} from "./support/account_page.mjs";
import { launchBrowser } from "./support/browser.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { firstOperatorToken, PASSWORD, Person } from "./support/person.mjs";
import { startServer } from "./support/server.mjs";

const LONG_NAME = "maximiliane.von-und-zu-beispielhausen@example.org";
const AGENTS = [
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 " +
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "curl/8.5.0",
];

const later = untilFileEnds();
let browser;
before(async () => {
  browser = await launchBrowser(later);
});

async function walkThrough(page, own, look) {
  const name = LONG_NAME;
  await heading(page, "Welcome").waitFor();
  await look("1-first");
  await field(page, "New password").fill("seven wet");
  await look("2-typing");
  await button(page, "Begin").click();
  await faultOf(page, "New password");
  await look("3-faults");
  await field(page, "Name").fill(name);
  await field(page, "New password").fill(PASSWORD);
  await button(page, "Begin").click();
  await heading(page, name).waitFor();
  for (const agent of AGENTS) await new Person(own, { agent }).signIn(name);
  await lookAgain(page);
  await sessionsOf(page).nth(3).waitFor();
  await look("4-account");
  assert.deepEqual(await smallTargets(page), []);
  await walkToTheStart(page, name, look);
  await button(page, "Sign out everywhere else").click();
  await look("5-confirm");
  await page.keyboard.press("Escape");
  await button(page, "Change the password").click();
  await field(page, "New password").fill(NEW_PASSWORD);
  await button(page, "Change it").scrollIntoViewIfNeeded();
  await look("6-password");
  await button(page, "Sign out").click();
  await heading(page, "Sign in").waitFor();
  await look("7-sign-in");
  assert.deepEqual(await smallTargets(page), []);
  await fillSignIn(page, name, WRONG);
  await faultOf(page, "Password");
  await look("8-wrong");
  await guessUntilWaiting(page, name);
  await look("9-waiting");
}

/** Links that are opened while the page is there: nothing is loaded, only the address changes. */
async function walkLinks(page, own, look) {
  await page.setExtraHTTPHeaders(fromElsewhere(own).extraHTTPHeaders);
  await page.goto(await invited(own, "lena"));
  await heading(page, "Choose a password").waitFor();
  await look("10-link");
  await page.goto(`${own.url}/account#link=${"A".repeat(43)}`);
  await heading(page, "This link doesn’t work any more").waitFor();
  await look("11-spent");
  await page.route("**/auth/me", (route) => route.abort());
  await page.reload();
  await heading(page, "That didn’t work").waitFor();
  await look("12-away");
  await page.unroute("**/auth/me");
}

async function walkAfterTheEnd(page, look) {
  await page.evaluate(() => localStorage.setItem("gatehouse:account", '{"name":"lena"}'));
  await page.reload();
  await page.getByText("You have been signed out").waitFor();
  await look("13-ended");
  const challenge = {
    algorithm: "SHA-256",
    salt: "s",
    challenge: "0".repeat(64), // nobody finds it before the picture is taken
    maxnumber: 10_000_000,
    signature: "s",
  };
  const asked = { code: "challenge_required", challenge };
  await page.route("**/sign-in", (route) => route.fulfill({ status: 403, json: asked }));
  await fillSignIn(page, "lena");
  await page.getByRole("progressbar").waitFor();
  await look("14-work");
  const wanted = { code: "unauthenticated", field: "code", detail: "Enter the code of your app." };
  await page.route("**/sign-in", (route) => route.fulfill({ status: 401, json: wanted }));
  await page.reload();
  await fillSignIn(page, "lena");
  await field(page, "Code").fill("000000");
  await page.keyboard.press("Enter");
  await faultOf(page, "Code");
  await look("16-code");
}

async function walkToTheStart(page, name, look) {
  await page.getByRole("link", { name: "Gatehouse" }).click();
  // On a phone the chat is all of the page.
  await page.locator(`[aria-label="Your account: ${name}"]`).waitFor({ state: "attached" });
  await look("15-start");
  await page.goBack();
  await heading(page, name).waitFor();
}

for (const { screen, ...options } of LOOKS) {
  const { colorScheme } = options;
  test(`axe-core finds nothing serious on any screen: ${screen}, ${colorScheme}`, async (t) => {
    const own = await startServer(t, { env: behindProxy });
    const url = `${own.url}/account#link=${firstOperatorToken(own)}`;
    const use = async (page) => {
      const look = (state) => examine(page, `${state}-${screen}-${colorScheme}`);
      await walkThrough(page, own, look);
      await walkLinks(page, own, look);
      await walkAfterTheEnd(page, look);
    };
    await visitAccount(browser, own, use, { ...options, url });
  });
}

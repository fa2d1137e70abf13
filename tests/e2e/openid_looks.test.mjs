// Every state of the account page that has to do with a provider: looked at by axe-core, measured,
// and pictured. What providers and people do there is in openid_pages.test.mjs.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { examine, LOOKS, smallTargets } from "./support/account_looks.mjs";
import {
  behindProxy,
  button,
  field,
  heading,
  invited,
  section,
  visitAccount,
} from "./support/account_page.mjs";
import { launchBrowser } from "./support/browser.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { PASSWORD, startOwned } from "./support/person.mjs";

const LONG_NAME = "maximiliane.von-und-zu-beispielhausen@example.org";
const PROVIDERS = [
  { id: "google", name: "Google" },
  { id: "openid", name: "The Great Beispielhausen Company of the North" },
];
const LINK = {
  id: "1",
  provider: "google",
  email: LONG_NAME,
  linked_at: "2026-01-02T03:04:05Z",
  last_used_at: null,
};

const later = untilFileEnds();
let browser;
before(async () => {
  browser = await launchBrowser(later);
});

async function answer(page, path, json, status = 200) {
  await page.route(`**/api/v1/auth/${path}`, (route) => route.fulfill({ status, json }));
}

async function walkSignIn(page, own, look) {
  await page.goto(`${own.url}/account?openid=no_account`);
  await button(page, "Continue with Google").waitFor();
  await look("1-sign-in");
  assert.deepEqual(await smallTargets(page), []);
  const away = { code: "upstream_failed", detail: "Google can’t be reached right now." };
  await answer(page, "openid/google", away, 502);
  await button(page, "Continue with Google").click();
  await page.getByText(away.detail).waitFor();
  await look("2-away");
  await answer(page, "openid/pending", { ...LINK, purpose: "code" });
  await page.goto(`${own.url}/account?openid=code`);
  await heading(page, "One step more").waitFor();
  await look("3-code");
}

async function walkAccount(page, own, look) {
  await answer(page, "openid/pending", { ...LINK, purpose: "link" });
  await page.goto(`${own.url}/account?openid=confirm`);
  await heading(page, "Connect Google?").waitFor();
  await look("4-connect");
  await button(page, "Cancel").click();
  const part = section(page, "Sign in with");
  await part.getByText("never").waitFor();
  await look("5-section", part);
  await button(page, "Disconnect: Google").click();
  await heading(page, "Disconnect Google?").waitFor();
  await look("6-disconnect", part);
  await page.goto(`${own.url}/account?openid=refused`);
  await page.getByText("That sign-in was not accepted").waitFor();
  await look("7-notice");
}

for (const { screen, ...options } of LOOKS) {
  const { colorScheme } = options;
  test(`axe-core finds nothing serious about providers: ${screen}, ${colorScheme}`, async (t) => {
    const { server: own } = await startOwned(t, { env: behindProxy });
    const url = await invited(own, LONG_NAME);
    const use = async (page) => {
      const look = (state, part) => examine(page, `openid-${state}-${screen}-${colorScheme}`, part);
      await answer(page, "openid", { providers: PROVIDERS });
      await answer(page, "openid/links", { links: [LINK] });
      await walkSignIn(page, own, look);
      await page.goto(url);
      await field(page, "New password").fill(PASSWORD);
      await button(page, "Set the password").click();
      await heading(page, LONG_NAME).waitFor();
      await walkAccount(page, own, look);
    };
    await visitAccount(browser, own, use, { ...options, url: `${own.url}/account` });
  });
}

// Every state of second factor, keys and own data: looked at by axe-core, measured, and pictured.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { examine, LOOKS, smallTargets } from "./support/account_looks.mjs";
import {
  behindProxy,
  button,
  faultOf,
  field,
  heading,
  invited,
  lookAgain,
  section,
  visitAccount,
} from "./support/account_page.mjs";
import { launchBrowser } from "./support/browser.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { PASSWORD, startOwned } from "./support/person.mjs";
import { codeOf } from "./support/totp.mjs";

const LONG_NAME = "maximiliane.von-und-zu-beispielhausen@example.org";
const PROGRAMS = [
  { name: "the shop", days: 30, requests_per_minute: 60, tokens_per_day: 200_000 },
  { name: "dashboards-of-the-operations-team-in-the-third-building", scopes: "ai,metrics" },
];

const later = untilFileEnds();
let browser;
before(async () => {
  browser = await launchBrowser(later);
});

async function walkFactor(page, look) {
  const part = section(page, "Second factor");
  const see = (state) => look(`factor-${state}`, part);
  await part.getByText("It is off.").waitFor();
  await see("1-off");
  await button(page, "Set it up").click();
  await see("2-password");
  await field(page, "Current password").fill(PASSWORD);
  await button(page, "Go on").click();
  await part.getByRole("img").waitFor();
  await see("3-app");
  const key = (await part.locator(".secret code").innerText()).replaceAll(" ", "");
  await field(page, "First code").fill("000000");
  await button(page, "Confirm").click();
  await faultOf(page, "First code");
  await see("4-fault");
  await field(page, "First code").fill(codeOf(key));
  await button(page, "Confirm").click();
  await heading(page, "Keep your recovery codes").waitFor();
  await see("5-recovery");
  await button(page, "I have kept them").click();
  await part.getByText("10 recovery codes are left.").waitFor();
  await see("6-on");
  await page.route("**/auth/me", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), recovery_codes: 1 } });
  });
  await lookAgain(page);
  await part.getByText("1 recovery code is left.").waitFor();
  await see("7-few");
  await page.unroute("**/auth/me");
  await button(page, "Remove it").click();
  await see("8-remove");
}

async function walkKeys(page, look) {
  const part = section(page, "Keys of programs");
  const see = (state) => look(`keys-${state}`, part);
  await button(page, "Make a key").click();
  await see("1-form");
  await page.getByText("Its end and limits").click();
  await field(page, "The AI, at /v1").uncheck();
  await field(page, "Days until it ends").fill("soon");
  await button(page, "Make it").click();
  await faultOf(page, "Days until it ends");
  await see("2-faults");
  assert.deepEqual(await smallTargets(page), []);
  await field(page, "The AI, at /v1").check();
  await field(page, "Days until it ends").fill("");
  await field(page, "Name of the program").fill("the app");
  await button(page, "Make it").click();
  await heading(page, "The key of the app").waitFor();
  await part.getByRole("listitem").nth(2).waitFor();
  await see("3-made");
  await button(page, "I have kept it").click();
  await see("4-list");
  await button(page, "Revoke: the shop").click();
  await look("keys-5-revoke");
  await page.keyboard.press("Escape");
}

async function walkData(page, look) {
  const part = section(page, "Your data");
  await look("data-1", part);
  await button(page, "Erase the account…").click();
  await field(part, "Code").waitFor();
  await look("data-2-erase", part);
  await page.route("**/me/erase", (route) => route.fulfill({ status: 204 }));
  await field(part, "Current password").fill(PASSWORD);
  await field(part, "Code").fill("000000");
  await button(page, "Erase for good").click();
  await heading(page, "Your account is erased").waitFor();
  await look("data-3-erased");
}

for (const { screen, ...options } of LOOKS) {
  const { colorScheme } = options;
  test(`axe-core finds nothing serious in any section: ${screen}, ${colorScheme}`, async (t) => {
    const { server: own } = await startOwned(t, { env: behindProxy });
    const url = await invited(own, LONG_NAME, "--role", "operator");
    const use = async (page) => {
      const look = (state, part) => examine(page, `${state}-${screen}-${colorScheme}`, part);
      await field(page, "New password").fill(PASSWORD);
      await button(page, "Set the password").click();
      await heading(page, LONG_NAME).waitFor();
      await page.evaluate(async (programs) => {
        const me = await (await fetch("/api/v1/auth/me")).json();
        const headers = { "X-CSRF-Token": me.csrf_token, "Content-Type": "application/json" };
        for (const program of programs) {
          const body = JSON.stringify(program);
          await fetch("/api/v1/auth/keys", { method: "POST", headers, body });
        }
      }, PROGRAMS);
      await walkFactor(page, look);
      await walkKeys(page, look);
      await walkData(page, look);
    };
    await visitAccount(browser, own, use, { ...options, url });
  });
}

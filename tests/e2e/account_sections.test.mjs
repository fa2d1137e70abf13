// What else people do on the account page: a second factor, keys of programs, their own data.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import {
  behindProxy,
  button,
  faultOf,
  field,
  fillSignIn,
  heading,
  listen,
  lookAgain,
  openSignedIn,
  section,
  signIn,
  startForBrowser,
  visitAccount,
  WRONG,
} from "./support/account_page.mjs";
import { assertOpenAiError } from "./support/checks.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { PASSWORD, Person } from "./support/person.mjs";
import { startServer } from "./support/server.mjs";
import { codeOf } from "./support/totp.mjs";

const later = untilFileEnds();
let browser;
let server;
before(async () => {
  ({ browser, server } = await startForBrowser(later));
});

/** The focus moves once the page has been drawn anew. */
const untilFocused = (page, expected) =>
  page.waitForFunction(
    (wanted) => (document.activeElement.name || document.activeElement.textContent) === wanted,
    expected,
    { timeout: 5000 },
  );
const secretOf = (part) => part.locator(".secret code").first().innerText();

/** What the browser saved as a file after `press`. */
async function saved(page, press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  const text = await readFile(await download.path(), "utf8");
  return { name: download.suggestedFilename(), text };
}

async function copied(page, label) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await button(page, label).click();
  await button(page, "Copied").waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** From "off" to the recovery codes: the key of the app, and the codes. */
async function setUp(page) {
  const part = section(page, "Second factor");
  await button(page, "Set it up").click();
  await field(page, "Current password").fill(PASSWORD);
  await button(page, "Go on").click();
  await part.getByRole("img").waitFor();
  const key = (await secretOf(part)).replaceAll(" ", "");
  server.secrets.add(key);
  await field(page, "First code").fill(codeOf(key, { steps: -1 }));
  await button(page, "Confirm").click();
  await heading(page, "Keep your recovery codes").waitFor();
  return { key, codes: await part.locator(".codes li").allInnerTexts() };
}

test("a second factor is set up step by step, and changes nothing on the way", async () => {
  await Person.added(server, "anna");
  await visitAccount(browser, server, async (page) => {
    const part = section(page, "Second factor");
    await signIn(page, "anna");
    await part.getByText("It is off.").waitFor();
    await button(page, "Set it up").click();
    await untilFocused(page, "current_password");
    await button(page, "Go on").click();
    assert.equal(await faultOf(page, "Current password"), "Enter your password.");
    await field(page, "Current password").fill(WRONG);
    await button(page, "Go on").click();
    await page.getByText("That is not the password of this account.").waitFor();
    await field(page, "Current password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await part.getByRole("img", { name: "QR code with the key for your app" }).waitFor();
    await untilFocused(page, "Show this picture to your app");
    const shown = await secretOf(part);
    assert.match(shown, /^([A-Z2-7]{4} )+[A-Z2-7]{1,4}$/);
    const key = shown.replaceAll(" ", "");
    const uri = await part.getByRole("link").getAttribute("href");
    assert.equal(new URL(uri).searchParams.get("secret"), key);
    assert.equal(await copied(page, "Copy the key"), key);
    await lookAgain(page); // people come back from the app
    await field(page, "First code").fill("000000");
    await button(page, "Confirm").click();
    assert.match(await faultOf(page, "First code"), /not the code that the app shows/);
    await untilFocused(page, "code");
    await button(page, "Cancel").click();
    await untilFocused(page, "Set it up");
    await button(page, "Sign out").click();
    await signIn(page, "anna");
  });
});

test("with a second factor: codes to keep, a code to sign in, and the way back", async () => {
  await Person.added(server, "berta");
  await visitAccount(browser, server, async (page) => {
    const part = section(page, "Second factor");
    await signIn(page, "berta");
    const { key, codes } = await setUp(page);
    assert.equal(new Set(codes).size, 10);
    await untilFocused(page, "Keep your recovery codes");
    const looked = page.waitForResponse("**/auth/me");
    await lookAgain(page);
    await looked;
    assert.deepEqual(await part.locator(".codes li").allInnerTexts(), codes, "they stay");
    assert.equal(await copied(page, "Copy"), codes.join("\n"));
    const file = await saved(page, () => button(page, "Download as text").click());
    assert.equal(file.name, "recovery-codes.txt");
    assert.match(file.text, /^Recovery codes of berta on 127\.0\.0\.1/);
    for (const code of codes) assert.ok(file.text.includes(`\n${code}\n`));
    const heard = await listen(page);
    await button(page, "I have kept them").click();
    await part.getByText("10 recovery codes are left.").waitFor();
    await untilFocused(page, "Remove it");
    assert.deepEqual(await heard(), ["The second factor is on."]);
    await button(page, "Sign out").click();
    await fillSignIn(page, "berta");
    await field(page, "Code").fill(codeOf(key));
    await page.keyboard.press("Enter");
    await part.getByText("It is on.").waitFor();
    await button(page, "Remove it").click();
    await field(page, "Current password").fill(PASSWORD);
    await button(page, "Remove it").click();
    assert.equal(await faultOf(page, "Code"), "Enter a code.");
    await field(page, "Code").fill("000000");
    await page.keyboard.press("Enter");
    await part.getByText("Enter a code.").waitFor({ state: "detached" });
    assert.match(await faultOf(page, "Code"), /code/);
    await field(page, "Code").fill(codes[0]);
    await page.keyboard.press("Enter");
    await part.getByText("It is off.").waitFor();
    await untilFocused(page, "Set it up");
    await button(page, "Sign out").click();
    await signIn(page, "berta");
  });
});

test("whoever has few recovery codes left is warned", async () => {
  await Person.added(server, "carl");
  await visitAccount(browser, server, async (page) => {
    const leave = (count) =>
      page.route("**/auth/me", async (route) => {
        const response = await route.fetch();
        const json = { ...(await response.json()), second_factor: true, recovery_codes: count };
        await route.fulfill({ response, json });
      });
    await leave(4);
    await signIn(page, "carl");
    await page.getByText("4 recovery codes are left.").waitFor();
    assert.equal(await page.locator(".warning").count(), 0);
    await leave(3);
    await lookAgain(page);
    await page.locator(".warning").getByText("3 recovery codes are left.").waitFor();
    await leave(0);
    await lookAgain(page);
    await page.locator(".warning").getByText("No recovery code is left.").waitFor();
  });
});

test("an operator makes a key that opens what was chosen, and revokes it", async (t) => {
  await Person.added(server, "olga", "--role", "operator");
  const page = await openSignedIn(t, browser, server, "olga");
  const part = section(page, "Keys of programs");
  await button(page, "Make a key").click();
  await untilFocused(page, "name");
  await field(page, "Name of the program").fill("the shop");
  await page.getByText("Its end and limits").click();
  await field(page, "Days until it ends").fill("30");
  await field(page, "Requests a minute").fill("60");
  await field(page, "Tokens a day").fill("200,000");
  await page.keyboard.press("Enter");
  await heading(page, "The key of the shop").waitFor();
  await untilFocused(page, "The key of the shop");
  const key = await secretOf(part);
  server.secrets.add(key);
  assert.equal(await copied(page, "Copy the key"), key);
  const line = await part.locator(".secret code").nth(1).innerText();
  const answer = execFileSync("sh", ["-c", line], { stdio: ["ignore", "pipe", "ignore"] });
  assert.equal(JSON.parse(answer).object, "chat.completion");
  await button(page, "I have kept it").click();
  await untilFocused(page, "Make a key");
  assert.ok(!(await page.content()).includes(key), "shown once");
  const limits = "60 requests a minute, 200,000 tokens a day";
  await part.getByRole("listitem").getByText(limits).waitFor();
  await button(page, "Revoke: the shop").click();
  await page.keyboard.press("Escape");
  await untilFocused(page, "Revoke");
  await button(page, "Revoke: the shop").click();
  await heading(page, "Revoke the key of the shop?").waitFor();
  const heard = await listen(page);
  await button(page, "Revoke").last().click();
  await part.getByRole("listitem").waitFor({ state: "detached" });
  assert.deepEqual(await heard(), ["The key of the shop is revoked."]);
  await untilFocused(page, "Keys of programs");
  const headers = { Authorization: `Bearer ${key}` };
  assertOpenAiError(await send(server, { path: "/v1/models", headers }), { status: 401 });
});

test("what is wrong with a wanted key stands beside its field, folded or not", async (t) => {
  await Person.added(server, "otto", "--role", "operator");
  const page = await openSignedIn(t, browser, server, "otto");
  await button(page, "Make a key").click();
  assert.equal(await field(page, "Name of the program").getAttribute("autocorrect"), "off");
  await field(page, "The AI, at /v1").uncheck();
  await button(page, "Make it").click();
  assert.equal(await faultOf(page, "Name of the program"), "Enter what the key is for.");
  await page.getByText("Choose what the key opens.").waitFor();
  await field(page, "Name of the program").fill("x".repeat(65));
  await field(page, "The metrics, at /metrics").check();
  await page.keyboard.press("Enter");
  assert.match(await faultOf(page, "Name of the program"), /1 to 64 characters/);
  await field(page, "Name of the program").fill("the monitor");
  const summary = page.getByText("Its end and limits");
  await summary.click();
  await field(page, "Days until it ends").fill("99999");
  await summary.click();
  await field(page, "Days until it ends").waitFor({ state: "hidden" });
  await button(page, "Make it").click();
  assert.match(await faultOf(page, "Days until it ends"), /from 1 to 3650/);
  await untilFocused(page, "days");
  await field(page, "Days until it ends").fill("");
  await button(page, "Make it").click();
  await page.getByText(`curl ${server.url}/metrics`).waitFor();
});

test("members and analysts see no keys", async (t) => {
  for (const role of ["member", "analyst"]) {
    await Person.added(server, role, "--role", role);
    const page = await openSignedIn(t, browser, server, role);
    await section(page, "Your data").waitFor();
    assert.equal(await section(page, "Keys of programs").count(), 0, role);
  }
});

test("C18 one's data comes as a file, and the account goes with password and code", async () => {
  await Person.added(server, "dora", "--role", "operator");
  await visitAccount(browser, server, async (page) => {
    await signIn(page, "dora");
    const file = await saved(page, () => button(page, "Download it").click());
    assert.equal(file.name, "my-data.json");
    assert.equal(JSON.parse(file.text).account.name, "dora");
    const { codes } = await setUp(page);
    await button(page, "I have kept them").click();
    await button(page, "Erase the account…").click();
    await untilFocused(page, "Erase dora?");
    await button(page, "Cancel").click();
    await untilFocused(page, "Erase the account…");
    await button(page, "Erase the account…").click();
    await button(page, "Erase for good").click();
    assert.equal(await faultOf(page, "Current password"), "Enter your password.");
    assert.equal(await faultOf(page, "Code"), "Enter a code.");
    await field(page, "Code").fill(codes[0]);
    await field(page, "Current password").fill(WRONG);
    await button(page, "Erase for good").click();
    await page.getByText("That is not the password of this account.").waitFor();
    await field(page, "Current password").fill(PASSWORD);
    await button(page, "Erase for good").click();
    await heading(page, "Your account is erased").waitFor();
    await untilFocused(page, "Your account is erased");
    assert.equal(await page.evaluate(() => localStorage.getItem("gatehouse:account")), null);
    await page.reload();
    await heading(page, "Sign in").waitFor();
    await fillSignIn(page, "dora");
    await faultOf(page, "Password");
  });
});

test("the only operator is told why the account stays", async (t) => {
  const own = await startServer(t, { env: behindProxy });
  own.secrets.add(PASSWORD);
  await Person.firstOperator(own);
  const page = await openSignedIn(t, browser, own, "owner");
  await button(page, "Erase the account…").click();
  await field(page, "Current password").fill(PASSWORD);
  await button(page, "Erase for good").click();
  await section(page, "Your data").getByRole("alert").getByText("only operator").waitFor();
});

test("several forms at once: each field has a label of its own", async (t) => {
  await Person.added(server, "emil");
  const page = await openSignedIn(t, browser, server, "emil");
  for (const name of ["Change the password", "Set it up", "Erase the account…"])
    await button(page, name).click();
  const fields = field(page, "Current password");
  await fields.nth(2).waitFor();
  const ids = await page.evaluate(() =>
    [...document.querySelectorAll("[id]")].map((each) => each.id),
  );
  assert.equal(new Set(ids).size, ids.length, ids.join());
});

// The account page in a browser: each visitor comes from an address of their own, by way of a
// proxy that the server trusts, since signing in is limited per address.
import { launchBrowser, SCREENS, visit } from "./browser.mjs";
import { PASSWORD, startOwned, tokenOf, users } from "./person.mjs";

export const NEW_PASSWORD = "nine dry leaves on a roof";
export const WRONG = "surely not this one";
export const behindProxy = { GATEHOUSE_TRUSTED_PROXIES: "127.0.0.1" };

/** A browser, and a server with its first operator, for all tests of a file. */
export async function startForBrowser(t) {
  const browser = await launchBrowser(t);
  const { server } = await startOwned(t, { env: behindProxy });
  server.secrets.add(PASSWORD).add(NEW_PASSWORD);
  return { browser, server };
}

/** What a browser's context needs to come from an address that has used none of its limits. */
export const fromElsewhere = (server) => ({
  ...SCREENS.wide,
  extraHTTPHeaders: { "X-Forwarded-For": server.nextAddress() },
});

export function visitAccount(browser, server, use, options = {}) {
  const url = `${server.url}/account`;
  return visit(browser, server, use, { url, ...fromElsewhere(server), ...options });
}

/** An account without a password, and the address of the page where it gets one. */
export async function invited(server, name, ...flags) {
  const { stdout, output, code } = await users(server, "add", name, ...flags);
  if (code !== 0) throw new Error(output);
  return `${server.url}/account#link=${tokenOf(stdout)}`;
}

export const field = (page, label) => page.getByLabel(label, { exact: true });
export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const heading = (page, name) => page.getByRole("heading", { name, exact: true });

export const section = (page, name) => page.getByRole("region", { name, exact: true });
export const sessionsOf = (page) =>
  section(page, "Where you are signed in").getByRole("listitem");

export async function fillSignIn(page, name, password = PASSWORD) {
  await field(page, "Name").fill(name);
  await field(page, "Password").fill(password);
  await button(page, "Sign in").click();
}

export async function signIn(page, name, password) {
  await fillSignIn(page, name, password);
  await heading(page, name).waitFor();
}

/** The fault beside a field, once it is there. */
export async function faultOf(page, label) {
  const id = await field(page, label).getAttribute("id");
  const fault = page.locator(`#${id}-fault`);
  await fault.waitFor();
  return fault.innerText();
}

/** Sends wrong passwords, with the work that they cost, until there is a wait: its timer. */
export async function guessUntilWaiting(page, name) {
  const timer = page.getByRole("timer");
  for (let i = 0; i < 10 && (await timer.count()) === 0; i += 1) {
    const settled = page.waitForResponse(
      (response) => response.url().endsWith("/sign-in") && response.status() !== 403,
    );
    await fillSignIn(page, name, WRONG);
    await settled;
    await page.locator(".fault, [role=timer]").first().waitFor();
  }
  await timer.waitFor();
  return timer;
}

/** Signed in, in a browser of one's own that the test `t` closes. */
export async function openSignedIn(t, browser, server, name, password) {
  const context = await browser.newContext(fromElsewhere(server));
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(`${server.url}/account`);
  await signIn(page, name, password);
  return page;
}

/** Comes back to a tab after having been elsewhere. */
export function lookAgain(page) {
  return page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
}

/** From now on, what screen readers are told. */
export async function listen(page) {
  await page.evaluate(() => {
    globalThis.heard = [];
    const status = document.querySelector("#account > [role=status]");
    new MutationObserver(() => globalThis.heard.push(status.textContent))
      .observe(status, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => globalThis.heard);
}

// Debian's Chromium under playwright-core, and what the widget shows.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ROOT } from "./server.mjs";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const AXE_PATH = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PICTURES = join(ROOT, "build/screenshots");

export const SCREENS = {
  wide: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

/** A browser that the test `t` (or the file, by `untilFileEnds`) closes. */
export async function launchBrowser(t) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, headless: true, args: ARGUMENTS });
  t.after(() => browser.close());
  return browser;
}

/**
 * Opens the start page, or another `url`, runs `use`, and checks that no script failed and no
 * policy was broken.
 */
export async function visit(browser, server, use, { url = server.url, ...options } = {}) {
  const context = await browser.newContext({ ...SCREENS.wide, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults = [];
  const outside = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (/content security policy|refused to/i.test(message.text())) faults.push(message.text());
  });
  page.on("request", (request) => {
    // A blob is made by the page itself: the worker of a proof of work.
    if (![server.url, url, "blob:"].some((own) => request.url().startsWith(own)))
      outside.push(request.url());
  });
  try {
    await page.goto(url);
    await use(page, context);
    assert.deepEqual(faults, []);
    assert.deepEqual(outside, [], "nothing is loaded from elsewhere");
  } finally {
    await context.close();
  }
}

export const input = (page) => page.getByLabel("Your message");
export const replies = (page) => page.locator(".message.reply");
export const textOfLastReply = (page) => replies(page).last().locator(".text").innerText();
export const sendButton = (page) => page.getByRole("button", { name: "Send", exact: true });
export const stopButton = (page) => page.getByRole("button", { name: "Stop" });

export async function ask(page, text) {
  await input(page).fill(text);
  await input(page).press("Enter");
}

/** Waits until no reply is being written: the send button is back. */
export async function replyFinished(page, count) {
  if (count !== undefined)
    await replies(page)
      .nth(count - 1)
      .waitFor();
  else await replies(page).last().waitFor();
  await sendButton(page).waitFor();
}

export async function waitForText(page, text) {
  await page.waitForFunction((wanted) => {
    const root = document.querySelector("gatehouse-chat")?.shadowRoot;
    const texts = root?.querySelectorAll(".message.reply .text") ?? [];
    return (texts[texts.length - 1]?.textContent ?? "").includes(wanted);
  }, text);
}

/** What axe-core finds that is serious or worse. */
export async function seriousFindings(page) {
  await page.evaluate(await readFile(AXE_PATH, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(" ")).join()}`);
}

/** Of the screen or a part; finished animations only, so that pictures can be compared. */
export async function picture(page, name, part = page) {
  await mkdir(PICTURES, { recursive: true });
  await page.evaluate(() => {
    const chat = document.querySelector("gatehouse-chat")?.shadowRoot.getAnimations() ?? [];
    for (const animation of [...document.getAnimations(), ...chat]) {
      if (animation.effect?.getComputedTiming().iterations !== Infinity) animation.finish();
    }
  });
  await part.screenshot({ path: join(PICTURES, `${name}.png`) });
}

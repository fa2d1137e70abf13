// One visit of the test browser: a page that fails the test on what must never happen.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const AXE_PATH = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Opens a page, runs `use` and checks that no script failed and no policy was broken. */
export async function visit(browser, url, use, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    const isExpected = options.mayBreakPolicy?.test(text) ?? false;
    if (/content security policy/i.test(text) && !isExpected) faults.push(text);
  });
  try {
    if (options.beforeScripts) await page.addInitScript(options.beforeScripts);
    await page.goto(url);
    await use(page, context);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

export const input = (page) => page.getByLabel("Your message");
export const lastReply = (page) => page.locator(".message.reply").last();
export const textOfLastReply = (page) => lastReply(page).locator(".text").innerText();

export async function ask(page, text) {
  await input(page).fill(text);
  await input(page).press("Enter");
}

/** Waits until no reply is being written: the send button is back. */
export async function replyFinished(page) {
  await page.locator(".message.reply").last().waitFor();
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
}

export async function waitForWords(page, count) {
  await page.waitForFunction((wanted) => {
    const root = document.querySelector("gatehouse-chat")?.shadowRoot;
    const texts = root?.querySelectorAll(".message.reply .text") ?? [];
    return (texts[texts.length - 1]?.textContent ?? "").split(" ").length >= wanted;
  }, count);
}

/** What axe-core finds that is serious or worse. */
export async function seriousFindings(page) {
  await page.evaluate(await readFile(AXE_PATH, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(" ")).join()}`);
}

/** Buttons that a finger could miss. Markers reach beyond their box, by a pseudo-element. */
export function smallButtons(page) {
  return page.evaluate(() => {
    const root = document.querySelector("gatehouse-chat").shadowRoot;
    return [...root.querySelectorAll("button:not(.marker)")]
      .filter((button) => button.checkVisibility())
      .map((button) => ({ name: button.ariaLabel ?? button.textContent,
                          box: button.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`);
  });
}

// `npm run shots [-- DIR]`: pictures of the states worth looking at, light and dark, wide and
// phone.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launchBrowser, startMock } from "../test/browser.mjs";

const directory = process.argv[2] ?? "/tmp/web-shots";
const SCREENS = [
  { name: "wide", viewport: { width: 1280, height: 800 } },
  { name: "phone", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
];

async function ask(page, text) {
  await page.getByLabel("Your message").fill(text);
  await page.getByLabel("Your message").press("Enter");
}

async function startPage(page, server, shot) {
  await page.goto(server.url);
  await page.getByRole("button", { name: "How do limits work?" }).waitFor();
  await shot("1-empty");
  await ask(page, "How do limits work?");
  await page.waitForTimeout(300);
  await shot("2-streaming");
  await page.getByRole("heading", { name: "Sources" }).waitFor();
  await page.waitForTimeout(100);
  await shot("3-cited");
  await page.locator(".marker").first().click();
  await page.locator("mark").waitFor();
  await page.waitForTimeout(300);
  await shot("4-document");
  await page.keyboard.press("Escape");
  await ask(page, `limit me ${Math.random()}`);
  await page.getByRole("timer").waitFor();
  await shot("5-throttled");
  await page.getByRole("timer").waitFor({ state: "detached" });
  await ask(page, "Show me some markdown");
  await page.getByRole("button", { name: "Copy" }).last().waitFor();
  await page.waitForTimeout(600);
  await shot("6-markdown");
  server.challengeMaxNumber = 8_000_000;
  await ask(page, "prove it");
  await page.waitForTimeout(500);
  await shot("10-challenge");
  await page.getByRole("button", { name: "New chat" }).click();
  server.isNeverConvinced = true;
  server.challengeMaxNumber = 10;
  await ask(page, "prove it");
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await shot("11-unproved");
  server.isNeverConvinced = false;
  await page.getByRole("button", { name: "Delete this chat" }).click();
  await shot("7-delete");
}

async function hostPage(page, server, shot) {
  await page.goto(`${server.url}/host`);
  await page.getByRole("button", { name: "Open the chat" }).waitFor();
  await shot("8-launcher");
  await page.getByRole("button", { name: "Open the chat" }).click();
  await page.getByRole("button", { name: "How do limits work?" }).click();
  await page.getByRole("heading", { name: "Sources" }).waitFor();
  await page.waitForTimeout(300);
  await shot("9-bubble");
}

await mkdir(directory, { recursive: true });
const server = await startMock();
const browser = await launchBrowser();
for (const { name, ...screen } of SCREENS) {
  for (const colorScheme of ["light", "dark"]) {
    for (const visit of [startPage, hostPage]) {
      const context = await browser.newContext({ ...screen, colorScheme });
      const page = await context.newPage();
      page.on("console", (message) => console.log(message.type(), message.text()));
      page.on("pageerror", (error) => console.log(error));
      const shot = (step) =>
        page.screenshot({ path: join(directory, `${step}-${name}-${colorScheme}.png`) });
      await visit(page, server, shot);
      await context.close();
    }
  }
}
console.log(server.violations);
await browser.close();
await server.close();

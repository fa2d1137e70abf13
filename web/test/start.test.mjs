// The start page around the chat.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser, startMock } from "./browser.mjs";
import { input, seriousFindings, visit } from "./visit.mjs";

let browser;
let server;
before(async () => {
  browser = await launchBrowser();
  server = await startMock();
});
after(() => Promise.all([browser.close(), server.close()]));

const PHONES = {
  upright: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  small: { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true },
  sideways: { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true },
};

for (const [name, screen] of Object.entries(PHONES)) {
  test(`on a phone the chat is the page: ${name}`, () =>
    visit(browser, server.url, async (page) => {
      await input(page).waitFor();
      const { width, height } = screen.viewport;
      const box = await page.locator("gatehouse-chat").boundingBox();
      assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, width, height]);
      const scrolls = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth - innerWidth, scrollHeight - innerHeight];
      });
      assert.deepEqual(scrolls, [0, 0]);
      assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
      await page.getByRole("heading", { name: "Gatehouse" }).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
    }, screen));
}

for (const width of [601, 768, 960, 1280, 1920]) {
  test(`the script tag is never broken inside a word: ${width} px`, () =>
    visit(browser, server.url, async (page) => {
      const words = await page.locator("#snippet span").evaluateAll((spans) =>
        spans.map((span) => [span.textContent, span.getClientRects().length]));
      assert.deepEqual(words, [["<script", 1], [`src="${server.url}/widget.js"`, 1],
                               ["async></script>", 1]]);
      assert.equal(await page.locator("#snippet").textContent(),
                   `<script src="${server.url}/widget.js" async></script>`);
      assert.ok(await page.locator("#snippet").isVisible());
      const surplus = await page.locator("#snippet").evaluate(
        (code) => code.scrollWidth - code.clientWidth);
      assert.equal(surplus, 0);
    }, { viewport: { width, height: 800 } }));
}

test("the note says how long the server keeps messages", async () => {
  for (const [days, words] of [[7, "kept for 7 days"], [1, "kept for 1 day."], [30, "30 days"]]) {
    server.conversationDays = days;
    await visit(browser, server.url, (page) => page.getByText(words).waitFor());
  }
});

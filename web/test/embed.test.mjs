// The widget on other people's pages: as a bubble, through createChat, from another origin.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser, startMock, withMock } from "./browser.mjs";
import { ask, input, replyFinished, seriousFindings, smallButtons, textOfLastReply, visit }
  from "./visit.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

function host(server, parameters = {}) {
  return `${server.url}/host?${new URLSearchParams(parameters)}`;
}

const openButton = (page) => page.getByRole("button", { name: "Open the chat" });
const focusInWidget = (page) => page.evaluate(() => {
  const focused = document.querySelector("gatehouse-chat").shadowRoot.activeElement;
  return focused?.getAttribute("aria-label") ?? focused?.tagName ?? null;
});

test("a bubble costs no request until it is opened", () => withMock(async (server) => {
  await visit(browser, host(server), async (page) => {
    await openButton(page).waitFor();
    assert.deepEqual(server.requests, []);
    await openButton(page).click();
    await page.getByRole("dialog", { name: "Gatehouse" }).waitFor();
    assert.equal(await focusInWidget(page), "Your message");
    await ask(page, "How do limits work?");
    await replyFinished(page);
    assert.deepEqual(await seriousFindings(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.equal(await focusInWidget(page), "Open the chat");
    await page.reload();
    await openButton(page).click();
    await page.locator(".sources").waitFor();
  });
}));

test("on a phone the bubble takes the screen and keeps the focus", () =>
  withMock(async (server) => {
    await visit(browser, host(server), async (page) => {
      await openButton(page).tap();
      const dialog = page.getByRole("dialog", { name: "Gatehouse" });
      await dialog.waitFor();
      await page.waitForTimeout(300);
      assert.equal(await dialog.getAttribute("aria-modal"), "true");
      const box = await dialog.boundingBox();
      assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 844]);
      await ask(page, "How do limits work?");
      await replyFinished(page);
      assert.deepEqual(await smallButtons(page), []);
      assert.deepEqual(await seriousFindings(page), []);
      for (let step = 0; step < 14; step += 1) {
        await page.keyboard.press("Tab");
        assert.notEqual(await focusInWidget(page), null);
      }
      await page.locator(".marker").first().tap();
      await page.locator("mark").waitFor();
      await page.waitForTimeout(300);
      for (let step = 0; step < 5; step += 1) {
        await page.keyboard.press("Tab");
        assert.match(String(await focusInWidget(page)), /Back to the chat|DIV|Table/);
      }
      assert.deepEqual(await seriousFindings(page), []);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
    }, PHONE);
  }));

test("createChat takes n8n's options and answers to its handle", () => withMock(async (server) => {
  const run = `
    window.heard = [];
    addEventListener("DOMContentLoaded", () => {
      window.chat = Gatehouse.createChat({
        webhookUrl: "https://n8n.example/webhook/1/chat", target: "#place", mode: "fullscreen",
        initialMessages: ["Hello there"], metadata: { plan: "pro" }, enableStreaming: false,
        i18n: { en: { title: "Help desk", subtitle: "We are here", footer: "Be kind",
                      inputPlaceholder: "Type" } },
      });
      window.chat.onMessage((message) => window.heard.push(message.role + ": " + message.text));
    });`;
  await visit(browser, host(server, { run }), async (page) => {
    await page.getByText("Help desk").waitFor();
    await page.getByText("We are here").waitFor();
    await page.getByText("Hello there").waitFor();
    await page.getByText("Be kind").waitFor();
    assert.equal(await page.locator("gatehouse-chat").count(), 1);
    assert.equal(await input(page).getAttribute("placeholder"), "Type");
    await page.evaluate(() => window.chat.send("How long are conversations kept?"));
    await replyFinished(page);
    const { body } = server.requests.find(({ path }) => path === "/api/v1/chat");
    assert.deepEqual(body.metadata, { plan: "pro" });
    assert.equal(body.stream, false);
    const heard = await page.evaluate(() => window.heard);
    assert.equal(heard.length, 2);
    assert.match(heard[1], /^assistant: Conversations are kept/);
    assert.equal(await page.locator(".sources li").count(), 1);
  });
}));

test("a welcome screen comes first when asked for", () => withMock(async (server) => {
  await visit(browser, host(server, { tag: 'data-welcome-screen data-title="Help"' }),
    async (page) => {
      await openButton(page).click();
      await page.getByRole("button", { name: "Start chatting" }).click();
      await ask(page, "How do limits work?");
      await replyFinished(page);
    });
}));

test("window.Gatehouse opens, closes and toggles", () => withMock(async (server) => {
  await visit(browser, host(server), async (page) => {
    await openButton(page).waitFor();
    const dialog = page.getByRole("dialog");
    await page.evaluate(() => window.Gatehouse.open());
    await dialog.waitFor();
    await page.evaluate(() => window.Gatehouse.close());
    await dialog.waitFor({ state: "hidden" });
    await page.evaluate(() => window.Gatehouse.toggle());
    await dialog.waitFor();
  });
}));

test("works from another origin that is allowed, and says so when it is not", async () => {
  const page = await startMock();
  const chat = await startMock({ allowedOrigins: [page.url] });
  const stranger = await startMock();
  try {
    await visit(browser, host(page, { from: chat.url }), async (view) => {
      await openButton(view).click();
      await ask(view, "drop the line");
      await replyFinished(view);
      assert.match(await textOfLastReply(view), /word60$/);
    });
    await visit(browser, host(page, { from: stranger.url }), async (view) => {
      const hints = [];
      view.on("console", (message) => hints.push(message.text()));
      await openButton(view).click();
      await ask(view, "How do limits work?");
      await view.getByText("The server can't be reached right now.").waitFor();
      assert.ok(hints.some((hint) => hint.includes(`add ${page.url} to ALLOWED_ORIGINS`)));
    });
    assert.deepEqual(chat.violations, []);
  } finally {
    await Promise.all([page.close(), chat.close(), stranger.close()]);
  }
});

test("right-to-left pages get a mirrored chat", () => withMock(async (server) => {
  const run = `document.documentElement.dir = "rtl";`;
  await visit(browser, host(server, { run }), async (page) => {
    const box = await openButton(page).boundingBox();
    assert.ok(box.x < 100, `the launcher stands at ${box.x}`);
    await openButton(page).click();
    await input(page).waitFor();
    assert.deepEqual(await smallButtons(page), []);
  });
}));

// The widget in a real browser, on the start page, under the strict policy.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launchBrowser, startMock } from "./browser.mjs";
import {
  ask,
  input,
  lastReply,
  replyFinished,
  seriousFindings,
  textOfLastReply,
  visit,
  waitForWords,
} from "./visit.mjs";

const LONG_ANSWER = Array.from({ length: 60 }, (_, index) => `word${index + 1}`).join(" ");

let browser;
let server;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
beforeEach(async (context) => {
  server = await startMock();
  context.after?.(() => server.close());
});

function onStartPage(name, use, options) {
  test(name, async () => {
    await visit(browser, server.url, use, options);
    assert.deepEqual(server.violations, []);
    await server.close();
  });
}

const chatRequests = () => server.requests.filter(({ path }) => path === "/api/v1/chat");
const eventRequests = () => server.requests.filter(({ path }) => path.endsWith("/events"));

onStartPage("a question is answered, and the answer cites its sources", async (page) => {
  await page.getByRole("button", { name: "How do limits work?" }).click();
  await page.getByText("How do limits work?").waitFor();
  await page.getByRole("img", { name: "A reply is being written" }).waitFor();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await replyFinished(page);
  assert.equal(await page.locator(".sources li").count(), 2);
  assert.match(await page.locator(".source").first().innerText(), /limits\.md · How a limit/);

  await page.getByRole("button", { name: "Open source 1: Limits" }).click();
  await page.locator("mark").waitFor();
  const marked = await page.locator("mark").innerText();
  assert.match(marked, /^A limit is a number/);
  assert.match(marked, /back to zero$/);
  assert.ok(await page.locator("mark").isVisible());
  await page.keyboard.press("Escape");
  await page.locator("mark").waitFor({ state: "detached" });
  const focused = await page.evaluate(() =>
    document.querySelector("gatehouse-chat").shadowRoot.activeElement.className);
  assert.equal(focused, "marker");
});

onStartPage("the source list opens the document, the back button closes it", async (page) => {
  await ask(page, "How do limits work?");
  await replyFinished(page);
  await page.locator(".source").nth(1).click();
  assert.match(await page.locator("mark").innerText(), /^Limits hold per address/);
  assert.equal(await page.locator(".document").getByRole("heading", { level: 4 }).count(), 3);
  assert.equal(await page.locator(".document strong").innerText(), "1000");
  assert.doesNotMatch(await page.locator(".document-text").innerText(), /##|\*\*|\|/);
  const isInView = await page.locator("mark").evaluate((mark) => {
    const frame = mark.closest(".document-text").getBoundingClientRect();
    const { top, bottom } = mark.getBoundingClientRect();
    return top >= frame.top && bottom <= frame.bottom;
  });
  assert.ok(isInView);
  await page.getByRole("button", { name: "Back to the chat" }).click();
  await page.locator(".document").waitFor({ state: "detached" });
});

onStartPage("stop ends the reply and keeps what was written", async (page) => {
  await ask(page, "a slow one");
  await waitForWords(page, 5);
  await page.getByRole("button", { name: "Stop" }).click();
  await replyFinished(page);
  const text = await textOfLastReply(page);
  assert.match(text, /^word1 word2/);
  assert.ok(!text.includes("word60"));
  await lastReply(page).getByText("Stopped").waitFor();
  assert.equal(server.requests.filter(({ path }) => path.endsWith("/stop")).length, 1);
});

onStartPage("stop before the first word", async (page) => {
  await ask(page, "think first");
  await page.getByRole("button", { name: "Stop" }).click();
  await replyFinished(page);
  await lastReply(page).getByText("Stopped").waitFor();
});

onStartPage("a proxy's error page is told in words, and retry asks once", async (page) => {
  await ask(page, "html please");
  await page.getByText("Not sent.").waitFor();
  const shown = await page.locator(".failure").innerText();
  assert.doesNotMatch(shown, /[<{]|502|nginx/);
  await page.getByRole("button", { name: "Try again" }).click();
  await replyFinished(page);
  assert.equal(await page.locator(".message.user").count(), 1);
  const ids = chatRequests().map(({ body }) => body.message_id);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

onStartPage("a lost answer is asked for again by itself, with the same id", async (page) => {
  await ask(page, "lost on the way");
  await replyFinished(page);
  assert.match(await textOfLastReply(page), /^A limit is a number/);
  assert.equal(await page.locator(".message.user").count(), 1);
  assert.equal(new Set(chatRequests().map(({ body }) => body.message_id)).size, 1);
});

onStartPage("a reply that fails keeps its text and can be asked again", async (page) => {
  await ask(page, "please fail");
  await page.getByText("The model did not finish its answer.").waitFor();
  assert.equal(await textOfLastReply(page), "Half an ans");
  await page.getByRole("button", { name: "Ask again" }).click();
  await page.waitForFunction(() => document.querySelector("gatehouse-chat").shadowRoot
    .querySelectorAll(".message.user").length === 2);
});

onStartPage("a connection that breaks twice resumes without a word lost or doubled",
  async (page) => {
    await ask(page, "drop the line");
    await replyFinished(page);
    assert.equal(await textOfLastReply(page), LONG_ANSWER);
    assert.equal(chatRequests().length, 1);
    assert.ok(eventRequests().length >= 2);
    assert.ok(eventRequests().every(({ lastEventId }) => lastEventId !== null));
  });

onStartPage("a server that closes the stream is followed", async (page) => {
  await ask(page, "closing time");
  await replyFinished(page);
  assert.equal(await textOfLastReply(page), LONG_ANSWER);
});

onStartPage("a reset reads the conversation again", async (page) => {
  await ask(page, "reset it");
  await replyFinished(page);
  assert.equal(await textOfLastReply(page), LONG_ANSWER);
  assert.equal(await page.locator(".message").count(), 2);
});

onStartPage("a server away for a while", async (page) => {
  await ask(page, "a slow one");
  await waitForWords(page, 5);
  server.isDown = true;
  server.dropConnections();
  await page.getByText("The connection was lost.").waitFor();
  server.isDown = false;
  await replyFinished(page);
  assert.equal(await textOfLastReply(page), LONG_ANSWER);
  assert.equal(await page.getByText("The connection was lost.").count(), 0);
});

onStartPage("a reload in the middle of a reply goes on with it", async (page) => {
  await ask(page, "a slow one");
  await waitForWords(page, 8);
  await page.reload();
  await waitForWords(page, 12);
  await replyFinished(page);
  assert.equal(await textOfLastReply(page), LONG_ANSWER);
  assert.equal(await page.locator(".message").count(), 2);
  assert.equal(server.requests.filter(({ path }) => path.endsWith("/sessions")).length, 1);
});

onStartPage("a reload later shows the conversation, and it goes on", async (page) => {
  await ask(page, "How do limits work?");
  await replyFinished(page);
  await page.reload();
  await page.locator(".sources").waitFor();
  await ask(page, "How long are conversations kept?");
  await replyFinished(page);
  assert.equal(await page.locator(".message").count(), 4);
  const [first, second] = chatRequests().map(({ body }) => body.conversation_id);
  assert.equal(first, undefined);
  assert.notEqual(second, undefined);
});

onStartPage("a message that was under way at a reload is not lost", async (page) => {
  await ask(page, "How long are conversations kept?");
  await replyFinished(page);
  server.isDown = true;
  await ask(page, "How do limits work?");
  await page.getByText("The connection was lost.").waitFor();
  await page.reload();
  await page.getByText("The connection was lost.").waitFor();
  server.isDown = false;
  await page.getByText("It is not certain that this message arrived.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await replyFinished(page);
  assert.equal(await page.locator(".message").count(), 4);
});

onStartPage("a second tab shows what the first one wrote when it is looked at",
  async (page, context) => {
    await ask(page, "How do limits work?");
    await replyFinished(page);
    const second = await context.newPage();
    await second.goto(server.url);
    await ask(second, "How long are conversations kept?");
    await replyFinished(second);
    assert.equal(await second.locator(".message").count(), 4);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText("Conversations are kept for seven days").first().waitFor();
    assert.equal(await page.locator(".message").count(), 4);
  });

onStartPage("too long a message is not sent, and the surplus is told", async (page) => {
  await input(page).fill("x".repeat(10_003));
  await page.getByText("3 characters too many").waitFor();
  await input(page).press("Enter");
  assert.deepEqual(chatRequests(), []);
  await input(page).fill("🎈".repeat(10_000));
  await page.getByText("characters too many").waitFor({ state: "detached" });
  assert.ok(await page.getByRole("button", { name: "Send", exact: true }).isEnabled());
});

onStartPage("a limit counts down and keeps the input", async (page) => {
  await ask(page, "limit me");
  const timer = page.getByRole("timer");
  await timer.filter({ hasText: "You can send again in 3 s" }).waitFor();
  assert.equal(await page.locator(".notice").innerText(),
               "Too many messages in a short time. You can send again in 3 s");
  assert.equal(await input(page).inputValue(), "limit me");
  assert.ok(await page.getByRole("button", { name: "Send", exact: true }).isDisabled());
  await timer.filter({ hasText: "You can send again in 1 s" }).waitFor();
  await timer.waitFor({ state: "detached" });
  await input(page).press("Enter");
  await replyFinished(page);
  assert.equal(chatRequests().length, 2);
  assert.equal(await page.locator(".message.user").count(), 1);
});

onStartPage("a limit met long after the page was opened counts from the right second",
  async (page) => {
    await page.evaluate(() => {
      globalThis.shown = [];
      const root = document.querySelector("gatehouse-chat").shadowRoot;
      new MutationObserver(() => {
        const timer = root.querySelector("[role=timer]");
        if (timer) globalThis.shown.push(timer.textContent);
      }).observe(root, { childList: true, subtree: true, characterData: true });
    });
    await page.waitForTimeout(2_000);
    await ask(page, "limit me");
    await page.getByRole("timer").waitFor();
    const [first] = await page.evaluate(() => globalThis.shown);
    assert.equal(first, "You can send again in 3 s");
  });

onStartPage("offline is said plainly, and the chat goes on by itself", async (page, context) => {
  await ask(page, "How long are conversations kept?");
  await replyFinished(page);
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await ask(page, "How do limits work?");
  await page.waitForTimeout(300);
  await context.setOffline(false);
  await replyFinished(page);
  assert.equal(await page.getByText("You are offline.").count(), 0);
  assert.match(await textOfLastReply(page), /^A limit is a number/);
  assert.equal(await page.locator(".message").count(), 4);
});

onStartPage("a session that ended is replaced unnoticed", async (page) => {
  await ask(page, "How do limits work?");
  await replyFinished(page);
  server.endSessions();
  await ask(page, "How long are conversations kept?");
  await replyFinished(page);
  assert.match(await textOfLastReply(page), /^Conversations are kept/);
  assert.equal(await page.locator(".failure").count(), 0);
});

onStartPage("hostile Markdown stays harmless", async (page) => {
  const outside = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) outside.push(request.url());
  });
  await ask(page, "markdown");
  await replyFinished(page);
  await page.waitForTimeout(200);
  assert.deepEqual(outside, []);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  const reply = lastReply(page);
  assert.equal(await reply.locator("img, script, svg, iframe, style").count(), 0);
  const links = await reply.locator("a").evaluateAll((anchors) =>
    anchors.map(({ protocol, rel, target }) => `${protocol} ${rel} ${target}`));
  assert.ok(links.length >= 2);
  for (const link of links) assert.equal(link, "https: noopener noreferrer nofollow _blank");
});

onStartPage("code can be copied", async (page, context) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ask(page, "markdown");
  await replyFinished(page);
  await lastReply(page).getByRole("button", { name: "Copy" }).click();
  await lastReply(page).getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
               "curl -N https://chat.example/api/v1/chat");
  await page.locator("#copy").click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
               `<script src="${server.url}/widget.js" async></script>`);
});

onStartPage("delete asks first, then deletes on the server", async (page) => {
  await ask(page, "How do limits work?");
  await replyFinished(page);
  await page.getByRole("button", { name: "Delete this chat" }).click();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".message").count(), 2);
  await page.getByRole("button", { name: "Delete this chat" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "How do limits work?" }).waitFor();
  assert.equal(server.requests.at(-1).method, "DELETE");
  await page.reload();
  await page.getByRole("button", { name: "How do limits work?" }).waitFor();
});

onStartPage("a new chat begins a new conversation", async (page) => {
  await ask(page, "How do limits work?");
  await replyFinished(page);
  await page.getByRole("button", { name: "New chat" }).click();
  await ask(page, "How long are conversations kept?");
  await replyFinished(page);
  assert.equal(await page.locator(".message").count(), 2);
  assert.equal(chatRequests()[1].body.conversation_id, undefined);
});

onStartPage("works where storage is blocked", async (page) => {
  await ask(page, "How do limits work?");
  await replyFinished(page);
  await ask(page, "How long are conversations kept?");
  await replyFinished(page);
  assert.equal(await page.locator(".message").count(), 4);
}, {
  beforeScripts: () => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new DOMException("blocked"); } });
    }
  },
});

onStartPage("finished replies are announced, tokens are not", async (page) => {
  await ask(page, "a slow one");
  await waitForWords(page, 3);
  assert.equal(await lastReply(page).getAttribute("aria-live"), "off");
  assert.equal(await page.locator(".panel > [role=status]").innerText(),
               "A reply is being written");
  await replyFinished(page);
  const told = page.locator(".panel > [role=status]");
  await told.filter({ hasText: /^Reply:/ }).waitFor();
  assert.equal(await told.innerText(), `Reply: ${LONG_ANSWER}`);
});

for (const colorScheme of ["light", "dark"]) {
  onStartPage(`axe-core finds nothing serious, ${colorScheme}`, async (page) => {
    await page.getByRole("button", { name: "How do limits work?" }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await ask(page, "markdown");
    await replyFinished(page);
    await ask(page, "How do limits work?");
    await replyFinished(page);
    assert.deepEqual(await seriousFindings(page), []);
    await page.locator(".marker").first().click();
    await page.locator("mark").waitFor();
    await page.waitForTimeout(300);
    assert.deepEqual(await seriousFindings(page), []);
    await page.keyboard.press("Escape");
    await ask(page, "please fail");
    await page.getByRole("button", { name: "Ask again" }).waitFor();
    await ask(page, "limit me");
    await page.getByRole("timer").waitFor();
    assert.deepEqual(await seriousFindings(page), []);
  }, { colorScheme });
}

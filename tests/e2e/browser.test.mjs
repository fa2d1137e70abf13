// The widget of the real server in a real browser: asked, stopped, cut off, reloaded, throttled.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { before, test } from "node:test";
import {
  ask,
  input,
  launchBrowser,
  picture,
  replies,
  replyFinished,
  SCREENS,
  sendButton,
  seriousFindings,
  stopButton,
  textOfLastReply,
  visit,
  waitForText,
} from "./support/browser.mjs";
import { send } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { launchServer, prepareServer, startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";

const later = untilFileEnds();
let browser;
let upstream;
let documents; // answers from its guide
let model; // answers from the fake backend
before(async () => {
  browser = await launchBrowser(later);
  upstream = await Upstream.start(later);
  documents = await startServer(later, {});
  model = await startServer(later, { env: upstream.env });
});

const open = (...names) => names.forEach((name) => upstream.open(name));
const userMessages = (page) => page.locator(".message.user");

test("a suggested question is answered, cited, and the citation opens at the quoted words", () =>
  visit(browser, documents, async (page) => {
    const { suggestions } = (await send(documents, "/api/v1/site")).json;
    assert.equal(suggestions.length, 4);
    for (const suggestion of suggestions)
      await page.getByRole("button", { name: suggestion }).waitFor();
    await page.getByRole("button", { name: suggestions[0] }).click();
    await replyFinished(page);
    assert.ok((await page.locator(".sources li").count()) >= 1);
  }));

test("F8 a marker opens its source at the quoted words, which are the answer's", () =>
  visit(browser, documents, async (page) => {
    await ask(page, "How do limits work?");
    await replyFinished(page);
    await page.getByRole("heading", { name: "Sources" }).waitFor();
    const answer = (await textOfLastReply(page)).replace(/\s+/g, " ");
    await page.locator(".marker").first().click();
    await page.locator("mark").first().waitFor();
    const marked = (await page.locator("mark").allInnerTexts())
      .join(" ")
      .replace(/\s+/g, " ")
      .trim();
    assert.ok(marked.length > 20, marked);
    assert.ok(answer.includes(marked.slice(0, 40)), `${marked}\n--\n${answer}`);
    assert.ok(await page.locator("mark").first().isVisible());
    await page.keyboard.press("Escape");
    await page.locator("mark").first().waitFor({ state: "detached" });
  }));

test("words appear as they are written", () =>
  visit(browser, model, async (page) => {
    await ask(page, "gated words 3");
    await stopButton(page).waitFor();
    open("words-1");
    await waitForText(page, "word1");
    assert.ok(!(await textOfLastReply(page)).includes("word2"));
    open("words-2", "words-3", "words-end");
    await replyFinished(page);
    assert.equal((await textOfLastReply(page)).trim(), "word1 word2 word3");
  }));

test("stop ends the reply, keeps its text and lets the backend go", () =>
  visit(browser, model, async (page) => {
    await ask(page, "gated stopping 9");
    open("stopping-1");
    await waitForText(page, "word1");
    await stopButton(page).click();
    await replyFinished(page);
    await replies(page).last().getByText("Stopped").waitFor();
    assert.match(await textOfLastReply(page), /^word1/);
    assert.equal(await (await upstream.asked("gated stopping 9")).closed(), true);
  }));

test("F7 a reload in the middle of a reply goes on with it, without a word lost or doubled", () =>
  visit(browser, model, async (page) => {
    await ask(page, "gated reloaded 4");
    open("reloaded-1", "reloaded-2");
    await waitForText(page, "word2");
    await page.reload();
    await waitForText(page, "word2");
    open("reloaded-3", "reloaded-4", "reloaded-end");
    await replyFinished(page);
    assert.equal((await textOfLastReply(page)).trim(), "word1 word2 word3 word4");
    assert.deepEqual([await userMessages(page).count(), await replies(page).count()], [1, 1]);
    assert.equal(upstream.count("gated reloaded 4"), 1);
  }));

test("a reload after the reply shows the conversation, and it goes on", () =>
  visit(browser, documents, async (page) => {
    await ask(page, "How do limits work?");
    await replyFinished(page);
    await page.reload();
    await page.getByRole("heading", { name: "Sources" }).waitFor();
    await ask(page, "What is Gatehouse?");
    await replyFinished(page, 2);
    assert.equal(await userMessages(page).count(), 2);
  }));

test("F7 offline in the middle of a reply: it is said, and the reply is whole afterwards", () =>
  visit(browser, model, async (page, context) => {
    await ask(page, "gated offline 4");
    open("offline-1");
    await waitForText(page, "word1");
    await context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    open("offline-2", "offline-3");
    await context.setOffline(false);
    open("offline-4", "offline-end");
    await replyFinished(page);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    assert.equal((await textOfLastReply(page)).trim(), "word1 word2 word3 word4");
    assert.deepEqual([await userMessages(page).count(), await replies(page).count()], [1, 1]);
  }));

test("a message written offline is sent when the line is back, once", () =>
  visit(browser, model, async (page, context) => {
    await context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await ask(page, "written offline");
    await userMessages(page).first().waitFor();
    await context.setOffline(false);
    await replyFinished(page);
    assert.equal((await textOfLastReply(page)).trim(), "written offline");
    assert.equal(upstream.count("written offline"), 1);
  }));

test("F7 the server restarts in the middle of a reply: the page comes back", async (t) => {
  const own = await startServer(t, {
    env: { ...upstream.env, GATEHOUSE_DRAIN_TIMEOUT_MS: "8000" },
  });
  await visit(browser, own, async (page) => {
    await ask(page, "gated restart 3");
    open("restart-1");
    await waitForText(page, "word1");
    own.signal("SIGTERM");
    await own.logged("DRAINING");
    // Only then: the stream is closed a moment after the log says so, and must not see the end.
    await page.getByText("The connection was lost.").waitFor();
    open("restart-2", "restart-3", "restart-end");
    await own.exited();
    await own.relaunch();
    await replyFinished(page);
    assert.equal((await textOfLastReply(page)).trim(), "word1 word2 word3");
    assert.equal(await page.getByText("The connection was lost.").count(), 0);
    await ask(page, "still here");
    await replyFinished(page, 2);
  });
});

test("too many messages: the seconds left are told, the input is kept", async (t) => {
  const env = { ...upstream.env, RATE_LIMIT_REQUESTS: "1", RATE_LIMIT_WINDOW: "3" };
  const own = await startServer(t, { env });
  await visit(browser, own, async (page) => {
    await ask(page, "first");
    await replyFinished(page);
    await ask(page, "second");
    const timer = page.getByRole("timer");
    await timer.waitFor();
    assert.match(await timer.innerText(), /send again in [1-4] s/);
    assert.equal(await input(page).inputValue(), "second");
    assert.ok(await sendButton(page).isDisabled());
    assert.deepEqual(await seriousFindings(page), []);
    await picture(page, "throttled-wide-light");
    await timer.waitFor({ state: "detached" });
    await input(page).press("Enter");
    await replyFinished(page, 2);
    assert.equal((await textOfLastReply(page)).trim(), "second");
  });
});

test("the note under the input says how long this server keeps conversations", async (t) => {
  const own = await startServer(t, { env: { GATEHOUSE_CONVERSATION_DAYS: "30" } });
  await visit(browser, own, (page) => page.getByText("kept for 30 days").waitFor());
});

test("a backend that fails: plain words, the text so far stays, asking again works", () =>
  visit(browser, model, async (page) => {
    await ask(page, "errorobject please");
    const again = page.getByRole("button", { name: "Ask again" });
    await again.waitFor();
    assert.match(await textOfLastReply(page), /^Half an/);
    assert.doesNotMatch(await replies(page).last().innerText(), /[{}<>]|overloaded|undefined|null/);
    await again.click();
    await userMessages(page).nth(1).waitFor();
  }));

test("hostile Markdown from a model stays harmless", async () => {
  upstream.scripts.hostile = async (x) => {
    x.start();
    await x.say(
      '<img src=x onerror="hacked=1"><script>hacked=1</script> [a](javascript:hacked=1) ' +
        "![b](https://evil.example/p.png) <svg onload=hacked=1> [c](https://ok.example)",
    );
    await x.finish();
    await x.done();
  };
  await visit(browser, model, async (page) => {
    await ask(page, "hostile please");
    await replyFinished(page);
    await replies(page).last().getByRole("link", { name: "c" }).waitFor();
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
    assert.equal(await replies(page).last().locator("img, script, svg, iframe, style").count(), 0);
    const hrefs = await replies(page)
      .last()
      .locator("a")
      .evaluateAll((links) => links.map((a) => a.protocol));
    assert.ok(
      hrefs.every((protocol) => protocol === "https:"),
      hrefs.join(),
    );
  });
});

test("C18 delete asks first, then the conversation is gone on the server", () =>
  visit(browser, documents, async (page) => {
    await ask(page, "How do limits work?");
    await replyFinished(page);
    await page.getByRole("button", { name: "Delete this chat" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await replies(page).first().waitFor({ state: "detached" });
    await page.reload();
    await page.waitForLoadState("networkidle");
    assert.equal(await replies(page).count(), 0);
  }));

test("everything can be done with the keyboard", () =>
  visit(browser, documents, async (page) => {
    await input(page).focus();
    await page.keyboard.type("How do limits work?");
    await page.keyboard.press("Enter");
    await replyFinished(page);
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document.querySelector("gatehouse-chat").shadowRoot;
        return activeElement?.getAttribute("aria-label") ?? activeElement?.className ?? "";
      });
    let reached = "";
    for (let i = 0; i < 30 && !/source/i.test(reached); i += 1) {
      await page.keyboard.press("Shift+Tab");
      reached = await focused();
    }
    assert.match(reached, /source/i);
    await page.keyboard.press("Enter");
    await page.locator("mark").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("mark").first().waitFor({ state: "detached" });
  }));

/** A page of another site, as strict as pages can be, with the widget's script tag. */
async function otherSite(t, server) {
  const site = createServer((request, response) => {
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy":
        `default-src 'none'; script-src ${server.url}; ` + `connect-src ${server.url}`,
    });
    response.end(
      `<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1></main>` +
        `<script src="${server.url}/widget.js" async></script></html>`,
    );
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  t.after(() => site.close());
  return `http://127.0.0.1:${site.address().port}`;
}

test("A7 the widget works on a page of an allowed site, under its strict policy", async (t) => {
  const prepared = await prepareServer({});
  const url = await otherSite(t, { url: prepared.url });
  prepared.env.ALLOWED_ORIGINS = url;
  await launchServer(t, prepared);
  await visit(
    browser,
    prepared,
    async (page) => {
      await page.getByRole("button", { name: "Open the chat" }).click();
      await ask(page, "How do limits work?");
      await replyFinished(page);
      await page.getByRole("heading", { name: "Sources" }).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      await picture(page, "6-other-site");
    },
    { url },
  );
});

test("A7 a page of a site that isn't allowed gets no answer; its owner is told why", async (t) => {
  const url = await otherSite(t, documents);
  await visit(
    browser,
    documents,
    async (page) => {
      const told = page.waitForEvent("console", (message) =>
        message.text().includes("ALLOWED_ORIGINS"),
      );
      await page.getByRole("button", { name: "Open the chat" }).click();
      await ask(page, "How do limits work?");
      await told;
      assert.equal(
        await page.locator(".message.reply .text").filter({ hasText: "limit" }).count(),
        0,
      );
    },
    { url },
  );
});

for (const [screen, options] of Object.entries(SCREENS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing serious: ${screen}, ${colorScheme}`, () =>
      visit(
        browser,
        documents,
        async (page) => {
          const shot = (step) => picture(page, `${step}-${screen}-${colorScheme}`);
          await input(page).waitFor();
          assert.deepEqual(await seriousFindings(page), []);
          await shot("1-empty");
          await ask(page, "How do limits work?");
          await replyFinished(page);
          await page.getByRole("heading", { name: "Sources" }).waitFor();
          assert.deepEqual(await seriousFindings(page), []);
          await shot("2-cited");
          await page.locator(".marker").first().click();
          await page.locator("mark").first().waitFor();
          await shot("3-document");
          assert.deepEqual(await seriousFindings(page), []);
          await page.keyboard.press("Escape");
          await ask(page, "Who won the ice hockey final of 1987?");
          await replyFinished(page, 2);
          await shot("4-unknown");
          const wide = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.ok(wide <= 0, `${wide} pixels to scroll sideways`);
          await page.getByRole("button", { name: "Delete this chat" }).click();
          await shot("5-delete");
          assert.deepEqual(await seriousFindings(page), []);
        },
        { ...options, colorScheme },
      ));
  }
}

// What tells people from programs: the proof of work, and the field that people don't see.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser, withMock } from "./browser.mjs";
import { ask, input, replyFinished, seriousFindings, visit } from "./visit.mjs";

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const requestsTo = (server, path) =>
  server.requests.filter((request) => request.path === `/api/v1/${path}`);

/** Counts the workers that a page makes. */
function countWorkers() {
  globalThis.workers = 0;
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    constructor(url) {
      super(url);
      this.addEventListener("message", () => (globalThis.workers += 1), { once: true });
    }
  };
}

test("on the start page a worker solves the challenge, and the message goes out once more", () =>
  withMock((server) => visit(browser, server.url, async (page) => {
    await ask(page, "prove it");
    await replyFinished(page);
    const [first, second, ...more] = requestsTo(server, "chat");
    assert.deepEqual(more, []);
    assert.deepEqual(first.body, second.body);
    assert.deepEqual([first.proof === null, second.proof === null], [true, false]);
    assert.equal(await page.evaluate(() => globalThis.workers), 1);
    assert.equal(await page.locator(".failure").count(), 0);
  }, { beforeScripts: countWorkers })));

test("where the page's policy forbids workers, the page solves it by itself", () =>
  withMock(async (server) => {
    const url = `${server.url}/host?tag=data-mode%3Dinline+data-target%3D%23place`;
    await visit(browser, url, async (page) => {
      await ask(page, "prove it");
      await replyFinished(page);
      assert.equal(requestsTo(server, "chat").length, 2);
      assert.equal(await page.evaluate(() => globalThis.workers), 0);
    }, { beforeScripts: countWorkers, mayBreakPolicy: /worker/i });
  }));

test("while it is checked, a quiet notice says so and shows how far it is", () =>
  withMock((server) => visit(browser, server.url, async (page) => {
    server.challengeMaxNumber = 3_000_000;
    await ask(page, "prove it");
    const notice = page.getByRole("status").filter({ hasText: "Checking that you are a person" });
    await notice.waitFor();
    const bar = notice.getByRole("progressbar");
    await page.waitForFunction(() => document.querySelector("gatehouse-chat").shadowRoot
      .querySelector("progress")?.value > 0.01);
    assert.ok(await bar.isVisible());
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole("button", { name: "New chat" }).click();
    await notice.waitFor({ state: "detached" });
    assert.equal(requestsTo(server, "chat").length, 1);
  })));

test("a proof that is refused is told plainly, and can be tried again", () =>
  withMock((server) => visit(browser, server.url, async (page) => {
    server.isNeverConvinced = true;
    await ask(page, "prove it");
    await page.getByText("The check that you are a person did not succeed.").waitFor();
    assert.equal(requestsTo(server, "chat").length, 2);
    assert.deepEqual(await seriousFindings(page), []);
    server.isNeverConvinced = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await replyFinished(page);
    assert.equal(await page.locator(".message.user").count(), 1);
    assert.equal(new Set(requestsTo(server, "chat").map(({ body }) => body.message_id)).size, 1);
  })));

test("a session may need a proof, too", () =>
  withMock((server) => visit(browser, server.url, async (page) => {
    server.isChallengingSessions = true;
    await ask(page, "How do limits work?");
    await replyFinished(page);
    assert.equal(requestsTo(server, "sessions").length, 2);
    assert.equal(requestsTo(server, "chat").length, 1);
  })));

test("an earlier conversation is not lost when the check for it fails", () =>
  withMock((server) => visit(browser, server.url, async (page) => {
    await ask(page, "How do limits work?");
    await replyFinished(page);
    await page.evaluate(() => {
      const name = Object.keys(localStorage).find((key) => key.endsWith(":session"));
      const session = JSON.parse(localStorage.getItem(name));
      localStorage.setItem(name, JSON.stringify({ ...session, expiresMs: 1 }));
    });
    server.isChallengingSessions = true;
    server.isNeverConvinced = true;
    await page.reload();
    await page.getByText("The check that you are a person did not succeed.").waitFor();
    assert.ok(await page.getByRole("button", { name: "Send", exact: true }).isDisabled());
    assert.deepEqual(await seriousFindings(page), []);
    server.adoptsSessions = true;
    server.isNeverConvinced = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".sources").waitFor();
  })));

test("the hidden field is out of reach for people, and what stands in it is sent", () =>
  withMock((server) => visit(browser, server.url, async (page) => {
    const trap = page.locator("input[name=website]");
    const box = await trap.boundingBox();
    assert.ok(box.x + box.width < 0, `it stands at ${box.x}`);
    assert.equal(await page.getByRole("textbox").count(), 1);
    await input(page).focus();
    for (let step = 0; step < 20; step += 1) {
      await page.keyboard.press("Tab");
      assert.notEqual(await page.evaluate(() => document.querySelector("gatehouse-chat").shadowRoot
        .activeElement?.getAttribute("name")), "website");
    }
    await ask(page, "How do limits work?");
    await replyFinished(page);
    await trap.evaluate((field) => (field.value = "https://spam.example"));
    await ask(page, "How long are conversations kept?");
    await replyFinished(page);
    const [person, program] = requestsTo(server, "chat").map(({ body }) => body);
    assert.equal("website" in person, false);
    assert.equal(program.website, "https://spam.example");
  })));

// The LINE channel against a strict stand-in of LINE's API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { validateSignature } from "@line/bot-sdk";
import { send } from "./support/client.mjs";
import * as events from "./support/line_events.mjs";
import { startLineHouse, textsOf } from "./support/line_house.mjs";
import { rows } from "./support/server.mjs";
import { eventually } from "./support/waiting.mjs";

const stored = (server) =>
  rows(server, "SELECT role, text, status FROM messages ORDER BY sequence").map(
    ({ role, text }) => `${role}: ${text}`,
  );

test("a text is answered by its reply token, read, and kept with its history", async (t) => {
  const { line, upstream, user } = await startLineHouse(t);
  const first = events.text(user, "hello LINE");
  const delivery = await line.deliver(first);
  assert.equal(delivery.status, 200);
  assert.equal(validateSignature(delivery.body, line.channel.secret, delivery.signature), true);
  const [sent] = await line.untilSent(1);
  assert.equal(sent.via, "reply");
  assert.equal(sent.to, user.userId);
  assert.equal(sent.webhookEventId, first.webhookEventId);
  assert.deepEqual(textsOf([sent]), ["hello LINE"]);
  assert.equal(line.reads.items[0].messageId, first.message.id);
  assert.equal(line.sending.usage, 0, "replies cost nothing");

  await line.deliver(events.text(user, "again LINE"));
  await line.untilSent(2);
  const asked = await upstream.asked("again LINE");
  assert.deepEqual(
    asked.body.messages.map(({ role, content }) => [role, content]),
    [
      ["user", "hello LINE"],
      ["assistant", "hello LINE"],
      ["user", "again LINE"],
    ],
  );
});

test("A1 nothing is taken without LINE's signature over these very bytes", async (t) => {
  const { line, upstream, server, user } = await startLineHouse(t);
  const event = events.text(user, "forged text");
  for (const lie of [
    { signature: null },
    { signature: "" },
    { signature: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
    { secret: "another" },
    { tamper: (body) => body.replace("forged", "changed") },
    { tamper: (body) => `${body} ` },
  ]) {
    const { status, answer } = await line.deliver(event, lie);
    assert.equal(status, 401, JSON.stringify(lie));
    assert.equal(answer.headers["content-type"], "application/problem+json");
  }
  await server.logged("AUTH_FAILED", ({ rule }) => rule === "webhook.signature");
  assert.equal(upstream.count("forged text"), 0);
  assert.equal((await line.deliver(event)).status, 200, "LINE itself is not shut out for that");
  await line.untilSent(1);
});

test("A4 unsigned webhooks are counted by prefix, signed ones are not", async (t) => {
  const { line, user } = await startLineHouse(t, { limits: true });
  const statuses = [];
  for (let count = 0; count < 32; count++)
    statuses.push((await line.deliver([], { signature: "no" })).status);
  assert.equal(statuses.filter((status) => status === 401).length, 30);
  assert.deepEqual(statuses.slice(-2), [429, 429]);
  const limited = await line.deliver([], { signature: null });
  assert.ok(Number(limited.answer.headers["retry-after"]) > 0);
  for (let count = 0; count < 70; count++)
    assert.equal((await line.deliver([])).status, 200, "LINE has no limit of its own");
  await line.deliver(events.text(user, "still here"));
  await line.untilSent(1);
});

test("an empty webhook, a site that isn't there, and what is no webhook", async (t) => {
  const { line, server } = await startLineHouse(t);
  assert.equal((await line.deliver([])).status, 200);
  assert.equal((await line.webhook.test()).success, true);
  for (const body of ["{}", "[", '{"events":7}', ""])
    assert.equal((await line.webhook.deliverRaw(body)).status, 400, body);
  const elsewhere = `${server.url}/webhooks/line/elsewhere`;
  assert.equal((await line.deliver([], { url: elsewhere })).status, 404);
  const got = await send(server, { path: "/webhooks/line/default" });
  assert.equal(got.status, 405);
});

test("A1 webhooks come from the networks that are set, unless that is skipped", async (t) => {
  const networks = { GATEHOUSE_LINE_NETWORKS: "192.0.2.0/24" };
  const closed = await startLineHouse(t, { env: networks });
  assert.equal((await closed.line.deliver([])).status, 403);
  const open = await startLineHouse(t, {
    env: { ...networks, GATEHOUSE_LINE_SKIPS_NETWORK_CHECK: "true" },
  });
  assert.equal((await open.line.deliver([])).status, 200);
  assert.equal((await open.line.deliver([], { signature: null })).status, 401, "never skipped");
});

test("an event delivered again is answered once, also after a restart", async (t) => {
  const { line, upstream, server, user } = await startLineHouse(t);
  const delivery = await line.deliver(events.text(user, "only once"));
  await line.untilSent(1);
  assert.equal((await line.redeliver(delivery)).status, 200);
  await server.restart();
  assert.equal((await line.redeliver(delivery)).status, 200);
  await line.deliver(events.text(user, "the next one"));
  const sent = await line.untilSent(2);
  assert.deepEqual(textsOf(sent), ["only once", "the next one"]);
  assert.equal(upstream.count("only once"), 1);
});

test("several events of one webhook are answered in their order", async (t) => {
  const { line, user } = await startLineHouse(t);
  const words = ["first one", "second one", "third one", "fourth one"];
  await line.deliver(words.map((text) => events.text(user, text)));
  assert.deepEqual(textsOf(await line.untilSent(4)), words);
});

test("in groups it answers when it is mentioned, with a history of the group", async (t) => {
  const { line, upstream, server } = await startLineHouse(t);
  const [anna, ben] = [line.people.addUser(), line.people.addUser()];
  const groupId = line.people.addGroup([anna, ben]);
  const mention = { part: "@Gatehouse", userId: line.channel.botUserId, isSelf: true };
  const said = (who, words, more) => events.text(events.fromGroup(groupId, who), words, more);
  await line.deliver([
    said(anna, "just between us"),
    said(anna, "@Ben look", { mentions: [{ part: "@Ben", userId: ben }] }),
    said(ben, "@all hear", { mentions: [{ part: "@all" }] }),
    events.sticker(events.fromGroup(groupId, anna)),
    said(anna, "@Gatehouse what is up?", { mentions: [mention] }),
  ]);
  await line.untilSent(1);
  await line.deliver(said(ben, "and then, @Gatehouse", { mentions: [mention] }));
  const sent = await line.untilSent(2);
  assert.deepEqual(textsOf(sent), ["what is up?", "and then,"]);
  assert.ok(sent.every(({ to }) => to === groupId));
  assert.equal((await upstream.asked("and then,")).body.messages.length, 3);
  assert.equal(stored(server).length, 4, "what was not for the bot is not kept");
  assert.equal(line.loadings.items.length, 0);
});

test("in standby nothing is answered", async (t) => {
  const { line, user } = await startLineHouse(t);
  await line.deliver(events.text(user, "for another module"), { mode: "standby" });
  await line.deliver(events.text(user, "for this one"));
  assert.deepEqual(textsOf(await line.untilSent(1)), ["for this one"]);
});

test("A2 stickers and places are asked about, files and voices get a plain word", async (t) => {
  const { line, upstream, user } = await startLineHouse(t);
  await line.deliver(events.sticker(user, { keywords: ["hi", "wave"] }));
  await line.deliver(events.location(user, { title: "Office", address: "Kioicho" }));
  await line.untilSent(2);
  assert.equal(upstream.count("(sticker: hi, wave)"), 1);
  const asked = upstream.requests.items.map(({ question }) => question);
  assert.ok(asked.includes("My location: Office, Kioicho (35.67966, 139.73669)"), String(asked));
  const before = upstream.requests.items.length;
  for (const event of [
    events.file(user),
    events.audio(user),
    events.video(user),
    events.image(user),
    events.sticker(user, { keywords: [] }),
  ])
    await line.deliver(event);
  const texts = textsOf(await line.untilSent(7)).slice(2);
  for (const what of [/files/, /voice/, /videos/, /pictures/, /in words/])
    assert.equal(texts.filter((text) => what.test(text)).length >= 1, true, String(what));
  assert.equal(upstream.requests.items.length, before);
});

test("what LINE invents tomorrow is passed over", async (t) => {
  const { line, user } = await startLineHouse(t);
  const { status } = await line.deliver([
    events.unknown(user),
    events.unknownMessage(user),
    events.beacon(user),
    events.accountLink(user, { isOk: false }),
    events.follow(user.userId),
    events.text(user, "known"),
  ]);
  assert.equal(status, 200);
  assert.deepEqual(textsOf(await line.untilSent(1)), ["known"]);
});

test("what is taken back is forgotten, and a chat that ended too", async (t) => {
  const { line, upstream, server, user } = await startLineHouse(t);
  const secret = events.text(user, "a secret thing");
  await line.deliver(secret);
  await line.untilSent(1);
  await line.deliver(events.text(user, "another thing"));
  await line.untilSent(2);
  await line.deliver(events.unsend(user, secret.message.id));
  await eventually(() => stored(server).length === 2, "the message to go");
  await line.deliver(events.text(user, "what did I say?"));
  await line.untilSent(3);
  const { messages } = (await upstream.asked("what did I say?")).body;
  assert.ok(!JSON.stringify(messages).includes("secret"));
  await line.deliver(events.unfollow(user.userId));
  await eventually(() => stored(server).length === 0, "the conversation to go");
});

test("the message stage of the guard holds here too", async (t) => {
  const { line, upstream, server, user } = await startLineHouse(t, {
    env: { GATEHOUSE_MESSAGE_MAX_CHARACTERS: "20" },
  });
  const long = "far too long a message for this";
  await line.deliver(events.text(user, long));
  const [told] = textsOf(await line.untilSent(1));
  assert.match(told, /20|long/);
  assert.equal(upstream.count(long), 0);
  assert.deepEqual(stored(server), []);
});

test("A12 a person has 30 messages a minute, and is told so once", async (t) => {
  const { line, upstream, user } = await startLineHouse(t, { limits: true });
  for (let count = 1; count <= 34; count++) await line.deliver(events.text(user, `text ${count}`));
  const other = events.fromUser(line.people.addUser());
  await line.deliver(events.text(other, "somebody else"));
  const sent = await line.untilSent(32, 30_000);
  const told = textsOf(sent).filter((text) => /many messages/.test(text));
  assert.equal(told.length, 1);
  assert.equal(upstream.count("somebody else"), 1);
  assert.equal(upstream.requests.items.length, 31);
});

test("health and metrics tell of the channel, and LINE's quota is watched", async (t) => {
  const { line, server, user } = await startLineHouse(t);
  await line.untilCalled("consumption", 1);
  const health = async () =>
    JSON.parse((await send(server, { path: "/api/health" })).body).services.channels.line;
  await eventually(async () => (await health()).quota?.used === 0, "the quota to be read");
  assert.equal((await health()).state, "healthy");
  assert.equal((await health()).last_webhook_at, null);
  await line.deliver(events.text(user, "hello"));
  await line.untilSent(1);
  assert.match((await health()).last_webhook_at, /^\d{4}-/);
  const metrics = (await send(server, { path: "/metrics" })).body.toString();
  assert.match(metrics, /gatehouse_line_quota_used 0/);
});

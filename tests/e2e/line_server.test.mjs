// The stand-in of LINE keeps LINE's rules: each is shown by LINE's own client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { messagingApi, validateSignature } from "@line/bot-sdk";
import * as events from "./support/line_events.mjs";
import { mistaken, refused, startBot, startLine } from "./support/line_bot.mjs";

const hello = (text = "hello") => ({ type: "text", text });
const button = (label = "More") => ({
  type: "action",
  action: { type: "message", label, text: "more" },
});

async function told(line, event) {
  line.webhook.url ??= "http://127.0.0.1:9/nobody";
  await line.deliver(event);
  return event.replyToken;
}

test("a reply reaches the chat that its token came from", async (t) => {
  const { line, client } = await startLine(t);
  const member = line.people.addUser();
  const groupId = line.people.addGroup([member]);
  const event = events.text(events.fromGroup(groupId, member), "hi");
  const answer = await client.replyMessage({
    replyToken: await told(line, event),
    messages: [hello("one"), hello("two")],
  });
  assert.equal(answer.sentMessages.length, 2);
  assert.match(answer.sentMessages[0].id, /^\d{18}$/);
  const [sent] = await line.untilSent(1);
  assert.equal(sent.via, "reply");
  assert.equal(sent.to, groupId);
  assert.equal(sent.webhookEventId, event.webhookEventId);
  assert.deepEqual(sent.recipients, [member]);
  assert.deepEqual(sent.messages, [hello("one"), hello("two")]);
  assert.deepEqual(sent.sentMessages, answer.sentMessages);
});

test("a reply token works once, within its time, and as LINE gave it", async (t) => {
  const { line, client, user } = await startLine(t);
  const reply = (replyToken) => client.replyMessage({ replyToken, messages: [hello()] });
  const used = await told(line, events.text(user, "hi"));
  await reply(used);
  await refused(reply(used), 400, "Invalid reply token");
  const late = await told(line, events.text(user, "hi"));
  line.advance(60_001);
  await refused(reply(late), 400, "Invalid reply token");
  line.sending.replyTokenLifeMs = 120_000;
  await reply(late);
  await refused(reply("0".repeat(32)), 400, "Invalid reply token");
  assert.equal(line.sent.length, 2);
});

test("a redelivery gives its reply token another minute, but not a second use", async (t) => {
  const { line, client, user } = await startLine(t);
  const bot = await startBot(t, line);
  const reply = (replyToken) => client.replyMessage({ replyToken, messages: [hello()] });
  const event = events.text(user, "hi");
  const first = await line.deliver(event);
  line.advance(61_000);
  const again = await line.redeliver(first);
  const [before, after] = bot.bodies.map(({ events: [one] }) => one);
  assert.equal(before.deliveryContext.isRedelivery, false);
  assert.deepEqual(after, { ...before, deliveryContext: { isRedelivery: true } });
  await reply(event.replyToken);
  await line.redeliver(again);
  await refused(reply(event.replyToken), 400, "Invalid reply token");
  const old = events.text(user, "hi");
  const lost = await line.deliver(old);
  line.advance(20 * 60_000 + 1_000);
  await line.redeliver(lost);
  await refused(reply(old.replyToken), 400, "Invalid reply token");
});

test("a webhook is signed over its bytes, and lies are not LINE's", async (t) => {
  const { line, client, user } = await startLine(t);
  const bot = await startBot(t, line, { status: (isRight) => (isRight ? 200 : 401) });
  const right = await line.deliver([events.text(user, "Grüße 😀"), events.follow(user.userId)]);
  assert.equal(right.status, 200);
  assert.ok(right.tookMs >= 0);
  assert.equal(bot.bodies[0].destination, line.channel.botUserId);
  assert.equal(bot.bodies[0].events.length, 2);
  assert.ok(validateSignature(right.body, line.channel.secret, right.signature));
  const lie = events.text(user, "hi");
  for (const how of [
    { secret: "another" },
    { signature: null },
    { signature: "bm90aGluZw==" },
    { tamper: (body) => body.replace("hi", "ho") },
  ])
    assert.equal((await line.deliver(lie, how)).status, 401);
  const replyToken = lie.replyToken;
  await refused(client.replyMessage({ replyToken, messages: [hello()] }), 400);
  assert.equal((await line.deliver([])).status, 200);
  assert.equal((await line.webhook.deliverRaw("{")).status, 200);
  assert.equal(line.webhook.deliveries.items.length, 7);
});

test("every kind of event is as LINE's reference shows it", async (t) => {
  const { line, user } = await startLine(t);
  const bot = await startBot(t, line);
  const { userId } = user;
  const group = events.fromGroup(events.makeGroupId());
  const all = [
    events.text(user, "@All @Bot hi (love)", {
      mentions: [{ part: "@All" }, { part: "@Bot", userId: line.channel.botUserId, isSelf: true }],
      emojis: [{ part: "(love)", productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }],
    }),
    ...events.images(user, 2),
    events.video(user, { url: "https://example.com/original.mp4" }),
    events.audio(user),
    events.file(user),
    events.location(user),
    events.sticker(user),
    events.unknownMessage(user),
    events.unsend(user, "325708"),
    events.follow(userId),
    events.unfollow(userId),
    events.join(group),
    events.leave(group),
    events.memberJoined(group, [userId]),
    events.memberLeft(group, [userId]),
    events.postback(user, "storeId=12345", { params: { date: "2017-12-25" } }),
    events.videoPlayComplete(user, "track-id"),
    events.beacon(user),
    events.accountLink(user),
    events.accountLink(user, { isOk: false }),
    events.unknown(user),
  ];
  await line.deliver(all);
  const silent = new Set(["unsend", "unfollow", "leave", "memberLeft"]);
  const [{ events: got }] = bot.bodies;
  for (const event of got) {
    const isFailure = event.link?.result === "failed";
    assert.match(event.webhookEventId, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    assert.equal("replyToken" in event, !silent.has(event.type) && !isFailure, event.type);
    assert.equal("source" in event, !isFailure);
    assert.equal(event.mode, "active");
    assert.equal(event.deliveryContext.isRedelivery, false);
  }
  assert.equal(new Set(got.map(({ webhookEventId }) => webhookEventId)).size, all.length);
  assert.deepEqual(got[0].message.mention.mentionees, [
    { index: 0, length: 4, type: "all" },
    { index: 5, length: 4, type: "user", userId: line.channel.botUserId, isSelf: true },
  ]);
  assert.equal(got[0].message.emojis[0].index, 13);
  assert.equal(got[1].message.imageSet.id, got[2].message.imageSet.id);
  assert.equal(got[3].message.contentProvider.type, "external");
});

test("in standby there is no reply token", async (t) => {
  const { line, user } = await startLine(t);
  const bot = await startBot(t, line);
  await line.deliver(events.text(user, "hi"), { mode: "standby" });
  await line.deliver(events.text(user, "hi", { mode: "standby" }));
  for (const { events: told } of bot.bodies) {
    assert.equal(told[0].mode, "standby");
    assert.equal("replyToken" in told[0], false);
  }
  assert.equal(bot.bodies.length, 2);
});

test("a call needs the right token, address, content type, text and size", async (t) => {
  const { line, user } = await startLine(t);
  const stranger = new messagingApi.MessagingApiClient({
    channelAccessToken: "another",
    baseURL: line.url,
  });
  const { message } = await refused(stranger.getBotInfo(), 401);
  assert.match(message, /^Authentication failed due to the following reason: invalid token\./);
  const { userId } = user;
  const right = JSON.stringify({ to: userId, messages: [hello()] });
  const ask = async (path, body, type = "application/json") => {
    const answer = await fetch(line.url + path, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${line.channel.accessToken}`,
        ...(type ? { "Content-Type": type } : {}),
      },
      body: Buffer.from(body),
    });
    return { status: answer.status, ...(await answer.json()), mistakes: line.mistakes.splice(0) };
  };
  for (const [path, body, type, status, message] of [
    ["/v2/bot/message/push", right, "text/plain", 415, /^The content type, text\/plain, is not/],
    ["/v2/bot/message/push", right, null, 415, /^The content type/],
    ["/v2/bot/message/push", "{", "application/json", 400, /could not be parsed as JSON/],
    ["/v2/bot/message/push", [0x22, 0xff, 0x22], "application/json", 400, /could not be parsed/],
    ["/v2/bot/message/push", " ".repeat(2 ** 21 + 1), "application/json", 413, /Too Large/],
    ["/v2/bot/message/shout", right, "application/json", 404, /^Not found/],
    ["/v2/bot/message/markAsRead", right, "application/json", 403, /not available/],
  ]) {
    const answer = await ask(path, body, type);
    assert.equal(answer.status, status, path);
    assert.match(answer.message, message);
    assert.equal(answer.mistakes.length, 1);
  }
  assert.equal(
    (await ask("/v2/bot/message/push", right, "application/json; charset=utf-8")).status,
    200,
  );
  const misspelt = JSON.stringify({ to: userId, messages: [{ ...hello(), quickreply: {} }] });
  const taken = await ask("/v2/bot/message/push", misspelt);
  assert.equal(taken.status, 200);
  assert.deepEqual(taken.mistakes, ["push: LINE knows no messages[0].quickreply"]);
  assert.equal(line.sent.length, 2);
});

test("a bot's mistake fails its test, after all has been cleaned up", async () => {
  const tasks = [];
  const { line } = await startLine({ after: (task) => tasks.push(task) });
  const answer = await fetch(`${line.url}/v2/bot/message/shout`);
  assert.equal(answer.status, 404);
  const complaints = [];
  for (const task of tasks) {
    try {
      await task();
    } catch (error) {
      complaints.push(error);
    }
  }
  await assert.rejects(fetch(line.url), TypeError, "it was closed");
  assert.match(String(complaints), /what LINE was sent/);
});

test("messages are one to five and right by their type", async (t) => {
  const { line, client, user } = await startLine(t);
  const { userId: to } = user;
  const push = (...messages) => client.pushMessage({ to, messages });
  const webUrl = "https://example.com/a%20b.png";
  const quick = (...items) => ({ ...hello(), quickReply: { items } });
  const act = (action) => quick({ type: "action", action });
  const family = "👩‍👩‍👧‍👦";
  await push(
    hello("x".repeat(5000)),
    hello("😀".repeat(2500)),
    quick(...Array(13).fill(button(family.repeat(20)))),
    { ...hello("$ hi"), emojis: [{ index: 0, productId: "5ac1", emojiId: "001" }] },
    { type: "sticker", packageId: "446", stickerId: "1988" },
  );
  await push(
    { type: "image", originalContentUrl: webUrl, previewImageUrl: webUrl },
    { type: "location", title: "here", address: "there", latitude: 35.6, longitude: 139.7 },
    { ...hello(), sender: { name: "Cony", iconUrl: webUrl } },
    act({ type: "datetimepicker", label: "When", data: "at", mode: "time", min: "09:00" }),
    act({ type: "postback", label: "Go", data: "go=1", displayText: "Go" }),
  );
  const templates = [
    { type: "buttons", text: "Pick", actions: [button().action] },
    { type: "confirm", text: "Sure?", actions: [button("Yes").action, button("No").action] },
  ];
  await push(...templates.map((template) => ({ type: "template", altText: "Pick", template })));
  assert.equal(line.sent.length, 3);
  const wrong = [
    ["messages[0].text", hello("")],
    ["messages[0].text", { type: "text" }],
    ["messages[0].text", hello("x".repeat(5001))],
    ["messages[0].text", hello("😀".repeat(2500) + "x")],
    ["messages[0].text", hello("half \ud83d")],
    ["messages[0].type", { text: "hello" }],
    ["messages[0].type", { type: "shout", text: "hello" }],
    [
      "messages[0].emojis[0].index",
      { ...hello("a$"), emojis: [{ index: 0, productId: "5", emojiId: "1" }] },
    ],
    ["messages[0].quickReply.items", quick()],
    ["messages[0].quickReply.items", quick(...Array(14).fill(button()))],
    ["messages[0].quickReply.items[0].action.label", quick(button("x".repeat(21)))],
    ["messages[0].quickReply.items[0].action.label", act({ type: "message", text: "more" })],
    ["messages[0].quickReply.items[0].action.type", act({ type: "richmenuswitch", label: "x" })],
    [
      "messages[0].quickReply.items[0].action.uri",
      act({ type: "uri", label: "x", uri: "ftp://x" }),
    ],
    [
      "messages[0].quickReply.items[0].action.text",
      act({ type: "postback", label: "x", data: "x", text: "x", displayText: "x" }),
    ],
    [
      "messages[0].quickReply.items[0].imageUrl",
      quick({ ...button(), imageUrl: "http://example.com/a.png" }),
    ],
    ["messages[0].sender.name", { ...hello(), sender: { name: "LINE" } }],
    ["messages[0].stickerId", { type: "sticker", packageId: "446", stickerId: "smile" }],
    [
      "messages[0].originalContentUrl",
      { type: "image", originalContentUrl: "http://example.com/a.png", previewImageUrl: webUrl },
    ],
    ["messages[0].previewImageUrl", { type: "image", originalContentUrl: webUrl }],
    ["messages[0].substitution", { type: "textV2", text: "Hi {who}" }],
  ];
  for (const [property, message] of wrong) {
    const asked = push(message);
    const { details } = await mistaken(line, asked, 400, "The request body has 1 error(s)");
    assert.deepEqual(
      details.map((detail) => detail.property),
      [property],
    );
  }
  for (const messages of [[], Array(6).fill(hello())]) {
    const { details } = await mistaken(line, push(...messages), 400);
    assert.deepEqual(details, [{ message: "Size must be between 1 and 5", property: "messages" }]);
  }
  const { details } = await mistaken(
    line,
    push(hello(""), { type: "x" }),
    400,
    "The request body has 2 error(s)",
  );
  assert.deepEqual(details[0], { message: "May not be empty", property: "messages[0].text" });
  assert.equal(line.sent.length, 3, "what was refused is not sent");
});

test("mentions are for groups only", async (t) => {
  const { line, client, user } = await startLine(t);
  const groupId = line.people.addGroup([user.userId]);
  const message = {
    type: "textV2",
    text: "Hi {who}, {{sic}}",
    substitution: { who: { type: "mention", mentionee: { type: "user", userId: user.userId } } },
  };
  await client.pushMessage({ to: groupId, messages: [message] });
  await mistaken(line, client.pushMessage({ to: user.userId, messages: [message] }), 400);
});

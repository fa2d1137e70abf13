// What LINE's stand-in keeps of limits, retries, people and content, shown by LINE's own client.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import * as events from "./support/line_events.mjs";
import { mistaken, refused, startBot, startLine } from "./support/line_bot.mjs";
import { within } from "./support/waiting.mjs";

const messages = [{ type: "text", text: "hello" }];
const TOO_OFTEN = "The API rate limit has been exceeded. Try again later.";
const NOBODY = `U${"0".repeat(32)}`;

test("a retry key is good for one push within a day", async (t) => {
  const { line, client, user } = await startLine(t);
  const to = user.userId;
  const retryKey = randomUUID();
  const first = await client.pushMessageWithHttpInfo({ to, messages }, retryKey);
  const body = await refused(
    client.pushMessage({ to, messages }, retryKey.toUpperCase()),
    409,
    "The retry key is already accepted",
  );
  assert.deepEqual(body.sentMessages, first.body.sentMessages);
  assert.equal(
    body.headers.get("x-line-accepted-request-id"),
    first.httpResponse.headers.get("x-line-request-id"),
  );
  assert.notEqual(body.headers.get("x-line-request-id"), line.sent[0].requestId);
  assert.equal(line.sent.length, 1);
  assert.equal(line.sent[0].retryKey, retryKey);
  await client.pushMessage({ to, messages }, randomUUID());
  line.advance(86_400_000);
  await client.pushMessage({ to, messages }, retryKey);
  assert.equal(line.sent.length, 3);
});

test("a retry key must be a UUID, of the same request, and never on a reply", async (t) => {
  const { line, client, user } = await startLine(t);
  const to = user.userId;
  await mistaken(line, client.pushMessage({ to, messages }, "once"), 400);
  const retryKey = randomUUID();
  await client.multicast({ to: [to], messages }, retryKey);
  const other = { to: [to], messages: [{ type: "text", text: "other" }] };
  await mistaken(line, client.multicast(other, retryKey), 409);
  const event = events.text(user, "hi");
  await startBot(t, line);
  await line.deliver(event);
  const reply = await fetch(`${line.url}/v2/bot/message/reply`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${line.channel.accessToken}`,
      "Content-Type": "application/json",
      "X-Line-Retry-Key": randomUUID(),
    },
    body: JSON.stringify({ replyToken: event.replyToken, messages }),
  });
  assert.equal(reply.status, 400);
  assert.equal(line.mistakes.splice(0).length, 1);
  await client.replyMessage({ replyToken: event.replyToken, messages });
  assert.deepEqual(
    line.sent.map(({ via }) => via),
    ["multicast", "reply"],
  );
});

test("a push goes to whom the channel knows, and reaches who wants it", async (t) => {
  const { line, client, user } = await startLine(t);
  const push = (to) => client.pushMessage({ to, messages });
  const { people } = line;
  await refused(push(NOBODY), 400, "Failed to send messages");
  await mistaken(
    line,
    push("brown"),
    400,
    "The property, 'to', in the request body is invalid (line: -, column: -)",
  );
  const groupId = people.addGroup([user.userId]);
  const blocked = people.addUser({ isBlocked: true });
  const stranger = people.addUser({ isFriend: false });
  for (const to of [user.userId, groupId, blocked, stranger]) await push(to);
  await startBot(t, line);
  await line.deliver(events.text(events.fromUser(stranger), "hi"));
  await push(stranger);
  line.advance(8 * 86_400_000);
  await push(stranger);
  await line.deliver(events.leave(events.fromGroup(groupId)));
  await refused(push(groupId), 400, "Failed to send messages");
  await line.deliver(events.unfollow(user.userId));
  await push(user.userId);
  assert.deepEqual(
    line.sent.map(({ recipients }) => recipients.length),
    [1, 1, 0, 0, 1, 0, 0],
  );
});

test("a multicast is for users only, and unknown ones get nothing", async (t) => {
  const { line, client, user } = await startLine(t);
  const cast = (to) => client.multicast({ to, messages });
  await cast([user.userId, NOBODY]);
  assert.deepEqual(line.sent[0].recipients, [user.userId]);
  for (const to of [[], [events.makeGroupId()], Array(501).fill(user.userId)])
    await mistaken(line, cast(to), 400);
  assert.equal(line.sent.length, 1);
});

test("the monthly limit counts requests by people reached, and no replies", async (t) => {
  const { line, client, user } = await startLine(t);
  await startBot(t, line);
  assert.deepEqual(await client.getMessageQuota(), { type: "none" });
  line.sending.quota = { type: "limited", value: 4 };
  assert.deepEqual(await client.getMessageQuota(), { type: "limited", value: 4 });
  const groupId = line.people.addGroup([user.userId, line.people.addUser(), line.people.addUser()]);
  const push = (to, key) => client.pushMessage({ to, messages: [...messages, ...messages] }, key);
  await push(groupId);
  await push(line.people.addUser({ isBlocked: true }));
  assert.deepEqual(await client.getMessageQuotaConsumption(), { totalUsage: 3 });
  await refused(push(groupId), 429, "You have reached your monthly limit.");
  const key = randomUUID();
  await push(user.userId, key);
  await refused(push(user.userId, key), 409);
  await refused(push(user.userId), 429, "You have reached your monthly limit.");
  const event = events.text(user, "hi");
  await line.deliver(event);
  await client.replyMessage({ replyToken: event.replyToken, messages });
  assert.deepEqual(await client.getMessageQuotaConsumption(), { totalUsage: 4 });
});

test("more calls in a second than the rate allows are refused", async (t) => {
  const { line, client, user } = await startLine(t);
  line.ratesMax.push = 2;
  const push = () => client.pushMessage({ to: user.userId, messages });
  await push();
  await push();
  await refused(push(), 429, TOO_OFTEN);
  await client.getBotInfo();
  line.advance(1_000);
  await push();
  assert.equal(line.sent.length, 3);
});

test("what a test asks to go wrong goes wrong, as often as it asks", async (t) => {
  const { line, client, user } = await startLine(t);
  const key = randomUUID();
  const push = () => client.pushMessage({ to: user.userId, messages }, key);
  line.misbehave("push", { times: 2 });
  await refused(push(), 500);
  await refused(push(), 500);
  line.misbehave("push", { status: 429, headers: { "Retry-After": "7" } });
  const { headers } = await refused(push(), 429, TOO_OFTEN);
  assert.equal(headers.get("retry-after"), "7");
  line.misbehave("push", { cuts: true });
  await assert.rejects(push(), TypeError);
  assert.equal(line.sent.length, 0);
  line.misbehave("push", { cuts: true, isAccepted: true });
  await assert.rejects(push(), TypeError);
  assert.equal((await line.untilSent(1)).length, 1);
  await refused(push(), 409);
  assert.equal(line.sent.length, 1, "the retry key kept it from being sent twice");
  const calls = await line.untilCalled("push", 6);
  assert.deepEqual([...new Set(calls.map(({ retryKey }) => retryKey))], [key]);
});

test("a call that hangs is answered by nothing", async (t) => {
  const { line, client, user } = await startLine(t);
  line.misbehave("push", { hangs: true, isAccepted: true });
  const asked = client.pushMessage({ to: user.userId, messages });
  asked.catch(() => {});
  await line.untilSent(1);
  await assert.rejects(within(asked, "an answer", 50), /waited 50 ms/);
});

test("a client that leaves in the middle of a call made no mistake", async (t) => {
  const { line } = await startLine(t);
  const socket = connect(new URL(line.url).port, "127.0.0.1");
  socket.write("POST /v2/bot/message/push HTTP/1.1\r\nHost: line\r\nContent-Length: 9\r\n\r\n{");
  await once(socket, "ready");
  socket.resetAndDestroy();
  await once(socket, "close");
  await startBot(t, line);
  assert.equal((await line.deliver([])).status, 200);
});

test("a loading animation is for one person, and 5 to 60 seconds in fives", async (t) => {
  const { line, client, user } = await startLine(t);
  const chatId = user.userId;
  const start = (request) => client.showLoadingAnimationWithHttpInfo(request);
  const { httpResponse, body } = await start({ chatId, loadingSeconds: 60 });
  assert.equal(httpResponse.status, 202);
  assert.deepEqual(body, {});
  await start({ chatId });
  const { details } = await mistaken(line, start({ chatId, loadingSeconds: 63 }), 400);
  assert.deepEqual(details, [
    { message: "Must be between 5 and 60", property: "loadingSeconds" },
    { message: "must be a multiple of five", property: "loadingSeconds" },
  ]);
  await mistaken(line, start({ chatId, loadingSeconds: 0 }), 400);
  const inGroup = await mistaken(line, start({ chatId: line.people.addGroup([chatId]) }), 400);
  assert.equal(inGroup.details[0].property, "chatId");
  await refused(start({ chatId: NOBODY }), 400);
  assert.deepEqual(
    line.loadings.items.map(({ loadingSeconds }) => loadingSeconds),
    [60, 20],
  );
});

test("a message is marked as read by the token it came with", async (t) => {
  const { line, client, user } = await startLine(t);
  await startBot(t, line);
  const event = events.text(user, "hi");
  const { markAsReadToken, id } = event.message;
  const mark = (token) => client.markMessagesAsReadByToken({ markAsReadToken: token });
  await mistaken(line, mark(markAsReadToken), 400);
  await line.deliver(event);
  await mark(markAsReadToken);
  await mark(markAsReadToken);
  assert.deepEqual(
    line.reads.items.map(({ messageId }) => messageId),
    [id, id],
  );
});

test("profiles are told of friends, and of members where the bot is", async (t) => {
  const { line, client } = await startLine(t);
  const { people } = line;
  const friend = people.addUser({ name: "Cony", pictureUrl: "https://example.com/cony.png" });
  const stranger = people.addUser({ name: "Moon", isFriend: false });
  const groupId = people.addGroup([stranger], { name: "Trip" });
  const roomId = people.addRoom([stranger]);
  assert.deepEqual(await client.getProfile(friend), {
    displayName: "Cony",
    userId: friend,
    language: "en",
    pictureUrl: "https://example.com/cony.png",
  });
  assert.equal((await client.getGroupMemberProfile(groupId, stranger)).displayName, "Moon");
  assert.equal((await client.getRoomMemberProfile(roomId, stranger)).displayName, "Moon");
  assert.equal((await client.getGroupSummary(groupId)).groupName, "Trip");
  people.users.get(friend).isBlocked = true;
  people.chats.get(roomId).hasBot = false;
  for (const asked of [
    client.getProfile(friend),
    client.getProfile(stranger),
    client.getProfile(NOBODY),
    client.getGroupMemberProfile(groupId, friend),
    client.getRoomMemberProfile(roomId, stranger),
    client.getGroupSummary(roomId),
  ])
    await refused(asked, 404, "Not found");
});

test("content is got from its own host, once it is there and until it is gone", async (t) => {
  const { line, client, blobs, user } = await startLine(t);
  await startBot(t, line);
  const bytes = Buffer.from("moving pictures");
  const video = events.video(user);
  const kept = line.contents.keep(video, { bytes, mime: "video/mp4", status: "processing" });
  const image = events.image(user);
  const file = events.file(user);
  const external = events.image(user, { url: "https://example.com/original.jpg" });
  await line.deliver([video, image, file, external]);
  const { id } = video.message;
  const waiting = await blobs.getMessageContentWithHttpInfo(id);
  assert.equal(waiting.httpResponse.status, 202);
  assert.equal((await buffer(waiting.body)).length, 0);
  const status = async () => (await blobs.getMessageContentTranscodingByMessageId(id)).status;
  assert.equal(await status(), "processing");
  kept.status = "succeeded";
  assert.equal(await status(), "succeeded");
  const got = await blobs.getMessageContentWithHttpInfo(id);
  assert.equal(got.httpResponse.headers.get("content-type"), "video/mp4");
  assert.deepEqual(await buffer(got.body), bytes);
  line.misbehave("content", { cuts: true, isAccepted: true });
  const cut = await fetch(`${line.dataUrl}/v2/bot/message/${id}/content`, {
    headers: { Authorization: `Bearer ${line.channel.accessToken}` },
  });
  assert.equal(cut.headers.get("content-length"), String(bytes.length));
  await assert.rejects(cut.arrayBuffer(), TypeError);
  const preview = await buffer(await blobs.getMessageContentPreview(image.message.id));
  assert.equal(preview.subarray(1, 4).toString(), "PNG");
  await refused(blobs.getMessageContentPreview(file.message.id), 400);
  await refused(blobs.getMessageContentTranscodingByMessageId(image.message.id), 400);
  await refused(blobs.getMessageContent("1"), 404, "not found");
  await mistaken(line, blobs.getMessageContent(external.message.id), 404);
  await line.deliver(events.unsend(user, id));
  await refused(blobs.getMessageContent(id), 410, "The content is gone");
  const elsewhere = await fetch(`${line.url}/v2/bot/message/${file.message.id}/content`, {
    headers: { Authorization: `Bearer ${line.channel.accessToken}` },
  });
  assert.equal(elsewhere.status, 404);
  assert.equal(line.mistakes.splice(0).length, 1);
  await client.getBotInfo();
});

test("the bot's own facts, its webhook and its token can be asked for", async (t) => {
  const { line, client } = await startLine(t);
  const bot = await client.getBotInfo();
  assert.equal(bot.userId, line.channel.botUserId);
  assert.equal(bot.chatMode, "chat");
  assert.equal(bot.markAsReadMode, "manual");
  await refused(client.getWebhookEndpoint(), 404, "Webhook endpoint not found");
  await refused(client.testWebhookEndpoint({}), 404, "Webhook endpoint not found");
  await refused(client.setWebhookEndpoint({ endpoint: "http://example.com" }), 400);
  await client.setWebhookEndpoint({ endpoint: "https://example.com/hook" });
  const endpoint = "https://example.com/hook";
  assert.deepEqual(await client.getWebhookEndpoint(), { endpoint, active: true });
  let answer = 200;
  const { bodies } = await startBot(t, line, { status: () => answer });
  const good = await client.testWebhookEndpoint({});
  assert.deepEqual([good.success, good.statusCode, good.reason], [true, 200, "OK"]);
  assert.deepEqual(bodies[0].events, []);
  answer = 503;
  const bad = await client.testWebhookEndpoint({});
  assert.deepEqual([bad.success, bad.reason, bad.detail], [false, "ERROR_STATUS_CODE", "503"]);
  line.webhook.url = "http://127.0.0.1:1/hook";
  assert.equal((await client.testWebhookEndpoint({})).reason, "COULD_NOT_CONNECT");
  const verify = (token) =>
    fetch(`${line.url}/v2/oauth/verify`, {
      method: "POST",
      body: new URLSearchParams({ access_token: token }),
    });
  const known = await (await verify(line.channel.accessToken)).json();
  assert.equal(known.client_id, line.channel.id);
  assert.equal((await verify("another")).status, 400);
});

test("messages can be checked without being sent", async (t) => {
  const { line, client } = await startLine(t);
  await client.validateReply({ messages });
  await client.validatePush({ messages });
  await mistaken(line, client.validatePush({ messages: [{ type: "text", text: "" }] }), 400);
  assert.equal(line.sent.length, 0);
});
